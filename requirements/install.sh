#!/usr/bin/env bash
# Fills .venv at the root from a lock file: `requirements/install.sh runtime` or `… dev`. Called by make.
set -euo pipefail
cd "$(dirname "$0")/.."
lock=requirements/$1.lock
python=${PYTHON:-python3}

fail() {
  echo "setup: $*" >&2
  exit 1
}

command -v "$python" >/dev/null || fail "Python 3.11 or 3.12 is needed, and there is no $python; name one with PYTHON=…"
"$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' ||
  fail "Python 3.11 or 3.12 is needed, $("$python" --version) given; name another with PYTHON=…"
if [ ! -x .venv/bin/pip ]; then
  "$python" -c 'import ensurepip, venv' 2>/dev/null ||
    fail "$python can't make virtual environments; on Debian: apt install python3-venv, then run make again"
  "$python" -m venv .venv
fi

echo "setup: filling .venv from $lock (minutes the first time)"
pip=(.venv/bin/pip --disable-pip-version-check install)
[ -t 1 ] || pip+=(--quiet) # progress is for people
"${pip[@]}" --require-hashes -r "$lock"
"${pip[@]}" --no-deps --no-build-isolation -e .

echo "setup: compiling the monitor's kernels and fetching Apache Kafka, so that the first demo starts at once"
.venv/bin/python - <<'PY' || echo "setup: that did not work yet; the demo will try again and say why" >&2
import sys

from models.runtime import Runtime
from processors.ward.warm_up import warm_up
from wardbeat.embedded.jars import kafka_jars
from wardbeat.errors import DownloadError

warm_up(Runtime.load())
try:
    kafka_jars()
except DownloadError as error:
    sys.exit(f"setup: {error}")
PY

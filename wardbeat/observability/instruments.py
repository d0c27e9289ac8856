"""Serves the metrics and probes of a process over HTTP, on its own port.

``/metrics`` has Prometheus' text format. ``/health`` is 503 if the process hangs, ``/ready`` is 503 while a need of the
process is not met; both name the problem. Separate threads answer, so that a process with a hanging event loop can
report it.
"""

import json
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector, generate_latest

from wardbeat import __version__
from wardbeat.clock import stepped_s
from wardbeat.errors import SettingsError
from wardbeat.observability.metrics import Reading
from wardbeat.observability.probes import Probes

CLIENT_TIMEOUT_S: Final = 5.0
"""A connection without a complete request is closed after this time."""
_log = structlog.get_logger(__name__)
_JSON: Final = "application/json"
Answer = tuple[HTTPStatus, str, bytes]


class Instruments:
    """The metrics and probes of one process.

    Parameters
    ----------
    needs : iterable of str
        The needs of the process (:class:`wardbeat.observability.probes.Probes`).

    Attributes
    ----------
    registry : CollectorRegistry
        Holds the metrics of every process; a process adds its own.
    probes : Probes
    """

    def __init__(self, needs: Iterable[str] = ()) -> None:
        self.registry = CollectorRegistry()
        self.probes = Probes(needs)
        ProcessCollector(registry=self.registry)
        self.read("wardbeat_info", lambda: {__version__: 1.0})
        self.read("wardbeat_need_met", self._needs_met)
        self.read("wardbeat_loop_silent_seconds", lambda: self.probes.silent_s)
        self.read("wardbeat_clock_step_seconds", stepped_s)

    def read(self, name: str, value: Callable[[], float | Mapping[str, float] | None]) -> None:
        """Call ``value`` for the value of a metric (:class:`wardbeat.observability.metrics.Reading`)."""
        self.registry.register(Reading(name, value))

    def _needs_met(self) -> dict[str, float]:
        return {need: float(problem is None) for need, problem in self.probes.problems().items()}


@contextmanager
def serve_instruments(instruments: Instruments, host: str, port: int | None) -> Iterator[int | None]:
    """Serve metrics and probes on ``host:port`` for the time of the context.

    Parameters
    ----------
    instruments : Instruments
    host : str
    port : int or None
        0 takes a free port; None serves nothing.

    Yields
    ------
    int or None
        The port.

    Raises
    ------
    SettingsError
        If a server can't listen on the address.
    """
    if port is None:
        yield None
        return
    try:
        server = _Server((host, port), _handler(instruments))
    except OSError as error:
        raise SettingsError(
            f"WARDBEAT_METRICS_PORT: {host}:{port} can't be used ({error.strerror or error}); choose another port: "
            "each process on a machine needs its own"
        ) from error
    thread = threading.Thread(target=server.serve_forever, name="instruments", daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def answer(instruments: Instruments, path: str) -> Answer:
    """Status, content type and body of the answer to ``GET path``."""
    if path == "/metrics":
        return HTTPStatus.OK, CONTENT_TYPE_LATEST, generate_latest(instruments.registry)
    if path == "/health":
        problem = instruments.probes.not_alive()
        return _status_body(problem is None, {"alive": problem is None, "problem": problem})
    if path == "/ready":
        problems = instruments.probes.problems()
        problem = instruments.probes.not_alive()
        ready = problem is None and not any(problems.values())
        return _status_body(ready, {"ready": ready, "problem": problem, "needs": problems})
    return HTTPStatus.NOT_FOUND, _JSON, b'{"problem": "there are /metrics, /health and /ready"}'


def _status_body(good: bool, body: dict[str, object]) -> Answer:
    status = HTTPStatus.OK if good else HTTPStatus.SERVICE_UNAVAILABLE
    return status, _JSON, json.dumps(body, ensure_ascii=False).encode()


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Log that the client has closed the connection, or that a metric could not be read."""
        _log.warning("a request for metrics or probes was not answered", exc_info=sys.exception())


def _handler(instruments: Instruments) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = CLIENT_TIMEOUT_S
        server_version = "wardbeat"
        sys_version = ""

        def do_GET(self) -> None:
            status, content_type, body = answer(instruments, self.path.partition("?")[0])
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Log no request: clients send one every few seconds."""

    return Handler

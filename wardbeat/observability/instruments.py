"""What shows the inside of a process: metrics and probes, over HTTP on a port of its own.

``/metrics`` is Prometheus' text format. ``/health`` is 503 if the process hangs, ``/ready`` while something is missing
that it needs; both say what. Answered by threads of their own, so that a loop that hangs is told of, and is not only
silent.
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
"""Who has not asked its question by then is hung up on."""
_log = structlog.get_logger(__name__)
_JSON: Final = "application/json"
_Answer = tuple[HTTPStatus, str, bytes]


class Instruments:
    """The metrics and probes of one process.

    Parameters
    ----------
    needs : iterable of str
        What the process needs to be ready (:class:`wardbeat.observability.probes.Probes`).

    Attributes
    ----------
    registry : CollectorRegistry
        With what every process has; whoever counts more registers it.
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
        """Let a metric be read by ``value`` (:class:`wardbeat.observability.metrics.Reading`)."""
        self.registry.register(Reading(name, value))

    def _needs_met(self) -> dict[str, float]:
        return {need: float(problem is None) for need, problem in self.probes.problems().items()}


@contextmanager
def shown(instruments: Instruments, host: str, port: int | None) -> Iterator[int | None]:
    """Answer on ``host:port`` as long as the context lasts; without a port nobody can ask. 0 takes a free one.

    Returns
    -------
    int or None
        The port.

    Raises
    ------
    SettingsError
        If the address can't be listened on.
    """
    if port is None:
        yield None
        return
    try:
        server = _Server((host, port), _handler(instruments))
    except OSError as error:
        raise SettingsError(
            f"WARDBEAT_METRICS_PORT: {host}:{port} can't be listened on ({error.strerror or error}); choose another, "
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


def answer(instruments: Instruments, path: str) -> _Answer:
    """Status, content type and body of what is said to ``GET path``."""
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


def _status_body(good: bool, body: dict[str, object]) -> _Answer:
    status = HTTPStatus.OK if good else HTTPStatus.SERVICE_UNAVAILABLE
    return status, _JSON, json.dumps(body, ensure_ascii=False).encode()


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Who asked has gone, or a metric could not be read."""
        _log.warning("a scrape or probe was not answered", exc_info=sys.exception())


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
            """Whoever asks every few seconds is not worth a line."""

    return Handler

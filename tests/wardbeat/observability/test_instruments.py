"""Metrics and probes over HTTP."""

import json
import urllib.error
import urllib.request

import pytest

from tests.support.limits import WAIT_S
from wardbeat import __version__
from wardbeat.embedded.processes import wait_until
from wardbeat.errors import SettingsError
from wardbeat.observability.instruments import Instruments, serve_instruments


def get(port: int | None, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=WAIT_S) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_metrics_have_their_present_values() -> None:
    instruments = Instruments(["redis"])
    delivered = 3
    instruments.read("wardbeat_escalator_told_total", lambda: delivered)
    with serve_instruments(instruments, "127.0.0.1", 0) as port:
        status, text = get(port, "/metrics")
        assert status == 200
        assert "# HELP wardbeat_escalator_told_total escalations that were delivered\n" in text
        assert "wardbeat_escalator_told_total 3.0\n" in text
        assert f'wardbeat_info{{version="{__version__}"}} 1.0\n' in text
        assert 'wardbeat_need_met{need="redis"} 0.0\n' in text
        assert "process_resident_memory_bytes" in text
        delivered = 4
        instruments.probes.set_check("redis", lambda: None)
        text = get(port, "/metrics")[1]
        assert "wardbeat_escalator_told_total 4.0\n" in text
        assert 'wardbeat_need_met{need="redis"} 1.0\n' in text


def test_probes_name_the_problem() -> None:
    instruments = Instruments(["redis"])
    with serve_instruments(instruments, "127.0.0.1", 0) as port:
        assert get(port, "/health") == (200, '{"alive": true, "problem": null}')
        status, body = get(port, "/ready")
        assert (status, json.loads(body)) == (503, {"ready": False, "problem": None, "needs": {"redis": "not yet"}})
        instruments.probes.set_check("redis", lambda: None)
        assert get(port, "/ready")[0] == 200
        instruments.probes._turned_s = -1e9
        assert get(port, "/health")[0] == 503
        status, body = get(port, "/ready")
        assert status == 503
        assert "has not turned" in json.loads(body)["problem"]
        assert get(port, "/etc/passwd")[0] == 404


def test_a_metric_that_can_not_be_read_is_logged_and_the_next_request_is_answered(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    instruments = Instruments()
    instruments.read("wardbeat_escalator_told_total", lambda: 1 / 0)
    with serve_instruments(instruments, "127.0.0.1", 0) as port:
        with pytest.raises((urllib.error.URLError, ConnectionError)):
            get(port, "/metrics")
        assert get(port, "/health")[0] == 200
        logged: list[str] = []

        def is_logged() -> bool:
            logged.extend(capsys.readouterr())  # as structlog prints by itself; or as an earlier test has set the logs
            return "ZeroDivisionError" in "".join(logged) + caplog.text

        wait_until("the error in the log", is_logged, WAIT_S, [])  # the server logs after it has closed the connection


def test_without_a_port_nothing_is_served() -> None:
    with serve_instruments(Instruments(), "127.0.0.1", None) as port:
        assert port is None


def test_a_port_that_is_taken_is_named() -> None:
    with (
        serve_instruments(Instruments(), "127.0.0.1", 0) as port,
        pytest.raises(SettingsError, match=f"WARDBEAT_METRICS_PORT: 127.0.0.1:{port}"),
        serve_instruments(Instruments(), "127.0.0.1", port),
    ):
        pass


def test_an_unknown_metric_is_refused() -> None:
    with pytest.raises(KeyError):
        Instruments().read("wardbeat_made_up", lambda: 1)

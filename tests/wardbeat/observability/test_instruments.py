"""Metrics and probes over HTTP."""

import json
import urllib.error
import urllib.request

import pytest

from wardbeat import __version__
from wardbeat.errors import SettingsError
from wardbeat.observability.instruments import Instruments, shown


def get(port: int | None, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_what_is_asked_is_what_is_true_now() -> None:
    instruments = Instruments(["redis"])
    told = 3
    instruments.read("wardbeat_escalator_told_total", lambda: told)
    with shown(instruments, "127.0.0.1", 0) as port:
        status, text = get(port, "/metrics")
        assert status == 200
        assert "# HELP wardbeat_escalator_told_total escalations that were delivered\n" in text
        assert "wardbeat_escalator_told_total 3.0\n" in text
        assert f'wardbeat_info{{version="{__version__}"}} 1.0\n' in text
        assert 'wardbeat_need_met{need="redis"} 0.0\n' in text
        assert "process_resident_memory_bytes" in text
        told = 4
        instruments.probes.ask("redis", lambda: None)
        text = get(port, "/metrics")[1]
        assert "wardbeat_escalator_told_total 4.0\n" in text
        assert 'wardbeat_need_met{need="redis"} 1.0\n' in text


def test_probes_say_what_is_wrong() -> None:
    instruments = Instruments(["redis"])
    with shown(instruments, "127.0.0.1", 0) as port:
        assert get(port, "/health") == (200, '{"alive": true, "problem": null}')
        status, body = get(port, "/ready")
        assert (status, json.loads(body)) == (503, {"ready": False, "problem": None, "needs": {"redis": "not yet"}})
        instruments.probes.ask("redis", lambda: None)
        assert get(port, "/ready")[0] == 200
        instruments.probes._turned_s = -1e9
        assert get(port, "/health")[0] == 503
        status, body = get(port, "/ready")
        assert status == 503
        assert "has not turned" in json.loads(body)["problem"]
        assert get(port, "/etc/passwd")[0] == 404


def test_a_metric_that_cannot_be_read_is_logged_and_the_next_question_is_answered(
    capsys: pytest.CaptureFixture[str],
) -> None:
    instruments = Instruments()
    instruments.read("wardbeat_escalator_told_total", lambda: 1 / 0)
    with shown(instruments, "127.0.0.1", 0) as port:
        with pytest.raises((urllib.error.URLError, ConnectionError)):
            get(port, "/metrics")
        assert get(port, "/health")[0] == 200
    said = capsys.readouterr()
    assert "ZeroDivisionError" in said.out + said.err


def test_without_a_port_nobody_can_ask() -> None:
    with shown(Instruments(), "127.0.0.1", None) as port:
        assert port is None


def test_a_port_that_is_taken_is_named() -> None:
    with (
        shown(Instruments(), "127.0.0.1", 0) as port,
        pytest.raises(SettingsError, match=f"WARDBEAT_METRICS_PORT: 127.0.0.1:{port}"),
        shown(Instruments(), "127.0.0.1", port),
    ):
        pass


def test_what_is_no_metric_of_ours_is_refused() -> None:
    with pytest.raises(KeyError):
        Instruments().read("wardbeat_made_up", lambda: 1)

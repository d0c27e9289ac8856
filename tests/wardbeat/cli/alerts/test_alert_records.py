"""How alert records are read and printed."""

import time

import pytest

from tests.support.two_alerts import HIGH
from wardbeat.care import alert_lifecycle
from wardbeat.cli.alerts.alert_records import as_plain, iso_time, known_alert, print_alert, time_since
from wardbeat.errors import AlertActionError

S = 1_000_000_000


@pytest.mark.slow
def test_a_known_alert_is_read_and_an_unknown_one_is_named(ward: str) -> None:
    assert known_alert(HIGH.alert_id).alert.alert_id == HIGH.alert_id
    with pytest.raises(AlertActionError, match="alert x: there is none with this id; see `wardbeat alerts list`"):
        known_alert("x")


def test_a_plain_record_has_no_signals() -> None:
    record = alert_lifecycle.begin(HIGH, 1)
    evidence = as_plain(record)["alert"]["evidence"]
    assert not {"strip", "reconstruction", "residual"} & set(evidence)
    assert evidence["rule"] == HIGH.evidence.rule
    assert "history" not in as_plain(record)
    assert as_plain(record, [])["history"] == []


def test_an_alert_is_printed_with_what_people_typed(capsys: pytest.CaptureFixture[str]) -> None:
    record = alert_lifecycle.acknowledge(alert_lifecycle.begin(HIGH, 1), "AB", 2, "paced rhythm, <b>pause_s</b>")
    print_alert(record, None, as_json=False)
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert "what  Asystole, high priority" in lines
    assert "comment  AB: paced rhythm, <b>pause_s</b>" in lines


def test_times_are_written_in_utc_with_milliseconds() -> None:
    assert iso_time(1_700_000_000_250_000_000) == "2023-11-14T22:13:20.250Z"
    assert iso_time(None) == ""


@pytest.mark.parametrize(("ago_s", "words"), [(5, "5 s"), (61, "1 min"), (3599, "59 min"), (3900, "1 h 05 min")])
def test_ages_are_written_in_words(monkeypatch: pytest.MonkeyPatch, ago_s: int, words: str) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 10_000 * S)
    assert time_since((10_000 - ago_s) * S) == words

"""``wardbeat alerts ack``, on a real Redis."""

import pytest

from tests.support.command_line import run, run_json
from tests.support.two_alerts import HIGH
from wardbeat.cli.alerts.acknowledge import command


def test_initials_are_required() -> None:
    result = run(command, HIGH.alert_id)
    assert (result.exit_code, "--by" in result.output) == (2, True)


@pytest.mark.slow
def test_an_alert_is_acknowledged_with_a_comment(ward: str) -> None:
    record = run_json(command, HIGH.alert_id, "--by", "AB", "--comment", "paced rhythm")
    assert (record["state"], record["acknowledged_by"]) == ("acknowledged", "AB")
    assert [(comment["by"], comment["text"]) for comment in record["comments"]] == [("AB", "paced rhythm")]


@pytest.mark.slow
def test_it_sounds_again_after_the_configured_time(ward: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARDBEAT_SOUNDS_AGAIN_S", "60")
    record = run_json(command, HIGH.alert_id, "--by", "AB")
    assert record["sounds_again_ns"] - record["acknowledged_ns"] == 60 * 10**9

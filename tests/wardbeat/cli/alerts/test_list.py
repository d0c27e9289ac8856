"""``wardbeat alerts list``, on a real Redis."""

import msgspec
import pytest

from tests.support.command_line import run, run_json
from tests.support.two_alerts import HIGH, MEDIUM, store_alert
from wardbeat.cli.alerts.acknowledge import command as acknowledge
from wardbeat.cli.alerts.list import command

pytestmark = pytest.mark.slow


def listed(*arguments: str) -> list[str]:
    return [record["alert"]["code"] for record in run_json(command, *arguments)["alerts"]]


def test_open_alerts_are_listed_in_plain_words(ward: str) -> None:
    lines = run(command).output.splitlines()
    assert len(lines) == 3
    assert "Asystole" in lines[1]
    assert HIGH.alert_id in lines[1]
    assert "bed-2" in lines[2]
    assert listed() == ["asystole", "pause"]


def test_all_alerts_of_one_stream_are_listed_up_to_a_limit(ward: str) -> None:
    store_alert(ward, msgspec.structs.replace(MEDIUM, ended_sample=5000))
    assert listed() == ["asystole"]
    assert listed("--stream", "bed-2") == ["pause"]
    store_alert(ward, msgspec.structs.replace(MEDIUM, alert_id="newer", code="couplet"))
    assert len(listed("--stream", "bed-2")) == 2
    assert len(listed("--stream", "bed-2", "--limit", "1")) == 1


def test_without_open_alerts_there_is_no_table(ward: str) -> None:
    for alert in (HIGH, MEDIUM):
        run(acknowledge, alert.alert_id, "--by", "AB")
        store_alert(ward, msgspec.structs.replace(alert, ended_sample=5000))
    assert run(command).output == "No alerts.\n"


def test_initials_with_markup_are_printed_verbatim(ward: str) -> None:
    """The table is made by a library that takes [b] for bold and :warning: for a picture."""
    run(acknowledge, HIGH.alert_id, "--by", "[b]")
    run(acknowledge, MEDIUM.alert_id, "--by", ":x:")
    lines = run(command).output.splitlines()
    assert " [b] " in lines[1]
    assert " :x: " in lines[2]

"""``wardbeat alerts list``, on a real Redis."""

import msgspec
import pytest

from tests.support.command_line import run, run_json
from tests.support.two_alerts import HIGH, MEDIUM, store_alert, store_comment
from wardbeat.cli.alerts.acknowledge import command as acknowledge
from wardbeat.cli.alerts.list import command
from wardbeat.errors import UnknownBedError

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
    store_comment(ward, HIGH, by="[b]", text="as an earlier version took them")
    store_comment(ward, MEDIUM, by=":x:", text="as an earlier version took them")
    lines = run(command).output.splitlines()
    assert " [b] " in lines[1]
    assert " :x: " in lines[2]


@pytest.mark.parametrize("name", ["bed2", "bed-22", "", "BED-2", "x" * 300, "bed\n2", "\udcff"])
def test_a_misspelt_bed_is_an_error_that_names_the_beds(ward: str, name: str) -> None:
    error = run(command, "--stream", name).exception
    assert isinstance(error, UnknownBedError)
    assert "bed-1" in str(error)
    assert "\n" not in str(error)
    assert len(str(error)) < 400


def test_the_most_urgent_alert_comes_first(ward: str) -> None:
    store_alert(ward, msgspec.structs.replace(HIGH, alert_id="later", stream_id="bed-3"))
    assert listed() == ["asystole", "asystole", "pause"]


def test_alerts_of_the_canary_are_not_listed(ward: str) -> None:
    store_alert(ward, msgspec.structs.replace(HIGH, alert_id="test", stream_id="wardbeat-canary", origin="canary"))
    assert listed() == ["asystole", "pause"]

"""What is to be heard, whatever was paused, acknowledged or raised when."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.samples import make_alert
from wardbeat import alerts
from wardbeat.alerts import AlertRecord
from wardbeat.audio_pause import LONGEST_PAUSE_S, audible, begin_pause, in_force
from wardbeat.errors import AlertActionError

S = 1_000_000_000
AT = 1_000 * S
BEDS = st.sampled_from(["bed-1", "bed-2", None])


def raised(code: str, at_ns: int = AT) -> AlertRecord:
    return alerts.begin(make_alert(code), at_ns)


@pytest.mark.parametrize("seconds", [0, -5, LONGEST_PAUSE_S + 1])
def test_a_pause_is_short(seconds: float) -> None:
    with pytest.raises(AlertActionError, match="it lasts 1 to 120 s"):
        begin_pause("bed-1", "EW", seconds, AT)


@given(BEDS, st.floats(1, LONGEST_PAUSE_S), st.integers(0, 300))
def test_a_pause_silences_its_bed_until_it_runs_out(bed: str | None, seconds: float, later_s: int) -> None:
    pause = begin_pause(bed, "EW", seconds, AT + S)
    now_ns = AT + S + later_s * S
    assert in_force(pause, now_ns) == (later_s < seconds)
    silent = bed != "bed-2" and later_s < seconds
    for code in ("asystole", "bradycardia", "lead_off"):
        assert audible(raised(code), [pause], now_ns) == (not silent)


def test_a_new_high_alert_breaks_through_and_a_new_medium_one_does_not() -> None:
    pause = begin_pause(None, "EW", 60, AT - S)
    assert audible(raised("asystole"), [pause], AT)
    assert not audible(raised("bradycardia"), [pause], AT)
    again = begin_pause(None, "EW", 60, AT + S)
    assert not audible(raised("asystole"), [again], AT + S), "whoever pauses after it began has heard it"


def test_what_becomes_high_during_a_pause_breaks_through() -> None:
    pause = begin_pause("bed-1", "EW", 60, AT + S)
    record = raised("lead_off")
    assert not audible(record, [pause], AT + 2 * S)
    record = alerts.go_on(record, msgspec.structs.replace(record.alert, priority="high"), AT + 3 * S)
    assert audible(record, [pause], AT + 3 * S)


def test_acknowledged_is_silent_until_it_sounds_again() -> None:
    record = alerts.acknowledge(raised("asystole"), "EW", AT)
    assert not audible(record, [], AT + 119 * S)
    assert audible(record, [], AT + 120 * S)


def test_a_latched_alert_is_heard_until_somebody_comes() -> None:
    record = raised("ventricular_tachycardia")
    record = alerts.go_on(record, msgspec.structs.replace(record.alert, ended_sample=9_000), AT + S)
    assert audible(record, [], AT + 600 * S)
    assert not audible(alerts.acknowledge(record, "EW", AT + 601 * S), [], AT + 900 * S)


def test_low_priority_and_what_standby_silences_are_never_heard() -> None:
    assert not audible(raised("pvc_rate"), [], AT)
    assert not audible(raised("no_data"), [], AT, frozenset({"no_data"}))

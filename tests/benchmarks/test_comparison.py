"""Lost, doubled and repeated outputs are distinguished, and the delay counts from the R peak."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.comparison import (
    UnixPeriod,
    compare_alerts,
    compare_beats,
    compare_stored,
    compare_windows,
    lateness,
)
from benchmarks.undisturbed import due_times, stored_alerts
from tests.support.samples import make_alert, make_window
from wardbeat.contracts.messages import Beat

BEATS = [Beat(1, "bed", "s", 250 * second, 250.0, "N", (1.0, 0.0, 0.0, 0.0, 0.0), 1.0) for second in range(1, 9)]
S = 10**9


@given(
    lost=st.sets(st.sampled_from(BEATS)),
    again=st.lists(st.sampled_from(BEATS)),
    changed=st.sets(st.sampled_from(BEATS)),
    order=st.randoms(),
)
def test_beats_by_id_and_content(lost: set[Beat], again: list[Beat], changed: set[Beat], order: object) -> None:
    other = [msgspec.structs.replace(beat, symbol="V") for beat in changed]
    there = [beat for beat in BEATS if beat not in lost]
    repeats = [beat for beat in again if beat not in lost]
    found = [*there, *repeats, *other]
    order.shuffle(found)  # type: ignore[attr-defined]
    assert compare_beats(BEATS, found)[:3] == (len(lost), len(changed), len(repeats))


def test_windows_by_id_and_content() -> None:
    windows = [make_window(number=number) for number in range(4)]
    other = msgspec.structs.replace(windows[2], verdict="abnormal")
    assert compare_windows(windows, [*windows, windows[1]])[:3] == (0, 0, 1)
    assert compare_windows(windows, [*windows[:2], other])[:3] == (2, 1, 0)


def test_each_version_of_an_alert_counts() -> None:
    raised = make_alert("pause", 360)
    ended = msgspec.structs.replace(raised, ended_sample=999)
    assert compare_alerts([raised, ended], [raised, ended, ended])[:3] == (0, 0, 1)
    assert compare_alerts([raised, ended], [raised])[:3] == (1, 0, 0)
    wrong = msgspec.structs.replace(raised, ended_sample=1000)
    difference = compare_alerts([raised, ended], [raised, ended, wrong])
    assert difference[:3] == (0, 1, 0)
    assert difference.examples == (raised.alert_id,)


def test_alerts_in_the_store() -> None:
    raised = make_alert("pause", 360)
    ended = msgspec.structs.replace(raised, ended_sample=999)
    expected = stored_alerts([raised, ended])
    assert expected == {raised.alert_id: ended}
    announced = [(raised.alert_id, 1), (raised.alert_id, 2)]
    assert compare_stored(expected, {raised.alert_id: ended}, announced)[:3] == (0, 0, 0)
    assert compare_stored(expected, {raised.alert_id: raised}, announced)[:3] == (1, 0, 0)
    assert compare_stored(expected, {}, announced)[:3] == (1, 0, 0)
    assert compare_stored(expected, {raised.alert_id: ended, "other": ended}, announced)[:3] == (0, 1, 0)
    assert compare_stored(expected, {raised.alert_id: ended}, [*announced, announced[0]])[:3] == (0, 1, 0)


def test_lateness_runs_from_the_r_peak_and_leaves_out_the_excused_periods() -> None:
    due = due_times(BEATS, {"s": 100 * S})
    assert due["s:250"] == 101 * S
    arrived = {"s:250": 102 * S, "s:500": 112 * S, "s:750": 120 * S}
    redis_gone = UnixPeriod(104 * S, 110 * S)
    found = {one.beat_id: (one.late_s, one.gap_s) for one in lateness(due, arrived, [redis_gone])}
    assert found == {
        "s:250": pytest.approx((1, 1)),
        "s:500": pytest.approx((10, 4)),
        "s:750": pytest.approx((17, 11)),
    }

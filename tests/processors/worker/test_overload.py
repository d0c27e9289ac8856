"""When a worker is behind, and when it has caught up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.worker.overload import BEHIND_AFTER_S, CAUGHT_UP_S, is_behind, waited_s
from processors.worker.records import KafkaRecord

WAITS_S = st.floats(0, 100)


def record(timestamp_s: float) -> KafkaRecord:
    return KafkaRecord("t", 0, 0, None, None, timestamp_s)


def changes(waits_s: list[float]) -> int:
    """How often a worker switches between behind and caught up."""
    behind, times = False, 0
    for wait_s in waits_s:
        was, behind = behind, is_behind(behind, wait_s)
        times += was != behind
    return times


@pytest.mark.parametrize(
    ("timestamps_s", "waited"),
    [([], 0.0), ([0.0], 0.0), ([97.0], 3.0), ([99.0, 96.5, 0.0, 98.0], 3.5), ([101.0], 0.0)],
)
def test_the_wait_is_the_age_of_the_oldest_record_with_a_time(timestamps_s: list[float], waited: float) -> None:
    assert waited_s(map(record, timestamps_s), 100.0) == waited


@given(st.lists(WAITS_S), WAITS_S)
def test_outside_the_band_the_wait_decides_and_within_it_the_state_stays(before_s: list[float], now_s: float) -> None:
    behind = False
    for wait_s in before_s:
        behind = is_behind(behind, wait_s)
    if now_s > BEHIND_AFTER_S:
        assert is_behind(behind, now_s)
    elif now_s <= CAUGHT_UP_S:
        assert not is_behind(behind, now_s)
    else:
        assert is_behind(behind, now_s) == behind


@given(st.booleans(), WAITS_S, WAITS_S)
def test_a_longer_wait_is_never_less_behind(was_behind: bool, one_s: float, other_s: float) -> None:
    shorter, longer = sorted((one_s, other_s))
    assert is_behind(was_behind, shorter) <= is_behind(was_behind, longer)
    assert is_behind(False, one_s) <= is_behind(True, one_s)


@given(st.lists(st.floats(CAUGHT_UP_S, BEHIND_AFTER_S, exclude_min=True)))
def test_a_worker_at_its_limit_does_not_switch(waits_s: list[float]) -> None:
    assert changes(waits_s) == 0
    assert changes([2 * BEHIND_AFTER_S, *waits_s]) == 1

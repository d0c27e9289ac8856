"""Deadlines are absolute: being late once never makes the next chunk late."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.pacing import Pace, Stop, SystemClock
from tests.support.clocks import HandClock
from tests.support.limits import WAIT_S


@given(
    overruns_s=st.lists(st.floats(0, 0.4), min_size=1, max_size=200),
    step_s=st.floats(0.05, 1),
)
def test_lateness_never_adds_up(overruns_s: list[float], step_s: float) -> None:
    clock = HandClock()
    pace = Pace(clock)
    for index, overrun_s in enumerate(overruns_s, 1):
        clock.overrun_s = overrun_s
        pace.wait_until(index * step_s, Stop())
        assert index * step_s - 1e-6 <= pace.elapsed_s() <= index * step_s + max(overruns_s[:index]) + 1e-6
    assert pace.late_s <= max(overruns_s) + 1e-6


def test_a_deadline_in_the_past_returns_immediately() -> None:
    clock = HandClock()
    pace = Pace(clock)
    clock.now_s += 10
    pace.wait_until(3, Stop())
    assert clock.waits_s == []
    assert pace.late_s == pytest.approx(7)


def test_stopping_ends_a_wait_and_allows_only_a_short_one_more() -> None:
    clock, stop = HandClock(), Stop()
    pace = Pace(clock)
    clock.on_wait = stop.set
    pace.wait_until(100, stop)
    assert clock.waits_s == [100, 1.0]


def test_a_stop_ends_a_wait_on_the_machine_clock() -> None:
    clock, stop = SystemClock(), Stop()
    began_s = clock.steady_s()
    threading.Timer(0.05, stop.set).start()
    clock.wait(WAIT_S, stop)
    assert clock.steady_s() - began_s < WAIT_S
    assert clock.wall_ns() > 1_700_000_000 * 10**9

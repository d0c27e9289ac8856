"""Each nanosecond is counted for one stage only."""

import time
from types import SimpleNamespace

import pytest

from benchmarks.timers import Timers


def spin(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def test_time_in_a_timed_function_is_its_own_only() -> None:
    place = SimpleNamespace(inner=lambda: spin(0.03))

    def outer() -> None:
        spin(0.01)
        place.inner()

    place.outer = outer
    timers, inner = Timers(), place.inner
    with timers.around({"outer": [(place, "outer")], "inner": [(place, "inner")]}):
        place.outer()
    assert place.inner is inner
    assert place.outer is outer
    assert timers.own_ns["outer"] / timers.own_ns["inner"] == pytest.approx(1 / 3, rel=0.2)


def test_a_stage_may_be_named_by_the_first_argument() -> None:
    timers = Timers()
    timers.timed("{} network", lambda network: network)("beat")
    assert list(timers.own_ns) == ["beat network"]

"""Each fault of a plan starts and ends at its time."""

import signal
from typing import Any, cast

import pytest

from benchmarks.faults import KINDS, Fault
from benchmarks.fleet import Fleet
from benchmarks.injection import Injection


class RecordedFleet:
    """Keeps the calls of a ward's faults, in order."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments, **keywords: self.calls.append((name, *arguments, *keywords.values()))


def injected(*faults: Fault) -> tuple[Injection, list[tuple[Any, ...]]]:
    fleet = RecordedFleet()
    return Injection(cast("Fleet", fleet), list(faults), extra_worker=3), fleet.calls


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "redis_slow"])
def test_each_kind_starts_and_ends_once(kind: str) -> None:
    injection, calls = injected(Fault(5.0, kind, 1, 2.0, step_s=60.0))
    injection.advance(4.9)
    assert calls == []
    injection.advance(5.0)
    assert (len(calls), injection.finished) == (1, False)
    injection.advance(7.0)
    assert (len(calls), injection.finished) == (2, True)
    (period,) = injection.struck_ns
    assert period.begin_ns <= period.end_ns


def test_a_fault_acts_on_its_target() -> None:
    injection, calls = injected(Fault(1.0, "worker_frozen", 2, 1.0), Fault(3.0, "worker_clock_stepped", 0, 1.0, -300.0))
    injection.advance(10.0)
    assert calls == [
        ("signal_worker", 2, signal.SIGSTOP),
        ("signal_worker", 2, signal.SIGCONT),
        ("set_clock", 0, -300.0),
        ("set_clock", 0, 0.0),
    ]


def test_the_additional_worker_has_its_own_number() -> None:
    injection, calls = injected(Fault(1.0, "worker_added", 0, 1.0))
    injection.advance(2.0)
    assert calls == [("start_worker", 3), ("stop_worker", 3)]


def test_a_slow_redis_pauses_again_and_again_until_the_end() -> None:
    injection, calls = injected(Fault(1.0, "redis_slow", 0, 1.0))
    injection.advance(10.0)
    assert injection.finished
    assert set(calls) == {("pause_redis", 0.2)}
    assert len(calls) == 5

"""Injects the faults of a plan into a ward, and ends them."""

import heapq
import itertools
import signal
import time
from collections.abc import Callable
from typing import Final

from benchmarks.comparison import UnixPeriod
from benchmarks.faults import Fault
from benchmarks.fleet import Fleet

Act = Callable[[], None]
PULSE_S: Final = 0.2
"""A slow Redis pauses for 0.2 s, then answers for ``ANSWER_S``, and so on."""
ANSWER_S: Final = 0.05


class Injection:
    """Injects the faults of a plan at their times.

    Parameters
    ----------
    fleet : Fleet
    plan : list of Fault
    extra_worker : int
        The number of the additional worker.

    Attributes
    ----------
    struck_ns : list of UnixPeriod
        Start and end of each fault, in the order of the plan.
    """

    def __init__(self, fleet: Fleet, plan: list[Fault], extra_worker: int) -> None:
        self._fleet = fleet
        self._extra = extra_worker
        self._count = itertools.count()
        self._due: list[tuple[float, int, Act]] = []
        self.struck_ns: list[UnixPeriod] = []
        for fault in plan:
            self._at(fault.at_s, lambda fault=fault: self._begin(fault))  # type: ignore[misc]

    @property
    def finished(self) -> bool:
        """Whether all faults have ended."""
        return not self._due

    def advance(self, now_s: float) -> None:
        """Start and end the faults that are due at this second of the run."""
        while self._due and self._due[0][0] <= now_s:
            _, _, act = heapq.heappop(self._due)
            act()

    def _at(self, at_s: float, act: Act) -> None:
        heapq.heappush(self._due, (at_s, next(self._count), act))

    def _begin(self, fault: Fault) -> None:
        strike, heal = self._acts(fault)
        began_ns = time.time_ns()
        strike()

        def end() -> None:
            self.struck_ns.append(UnixPeriod(began_ns, time.time_ns()))
            heal()

        self._at(fault.ends_s, end)

    def _acts(self, fault: Fault) -> tuple[Act, Act]:
        """The functions that start and end a fault."""
        fleet, target, extra = self._fleet, fault.target, self._extra
        acts: dict[str, tuple[Act, Act]] = {
            "worker_killed": (lambda: fleet.kill_worker(target), lambda: fleet.start_worker(target)),
            "worker_stopped": (lambda: fleet.stop_worker(target), lambda: fleet.start_worker(target)),
            "worker_added": (lambda: fleet.start_worker(extra), lambda: fleet.stop_worker(extra)),
            "worker_clock_stepped": (
                lambda: fleet.set_clock(target, fault.step_s),
                lambda: fleet.set_clock(target, 0.0),
            ),
            "worker_frozen": (
                lambda: fleet.signal_worker(target, signal.SIGSTOP),
                lambda: fleet.signal_worker(target, signal.SIGCONT),
            ),
            "node_killed": (lambda: fleet.kill_node(target), lambda: fleet.start_node(target)),
            "node_frozen": (
                lambda: fleet.signal_node(target, signal.SIGSTOP),
                lambda: fleet.signal_node(target, signal.SIGCONT),
            ),
            "redis_killed": (fleet.kill_redis, fleet.start_redis),
            "redis_gone": (fleet.kill_redis, fleet.start_redis),
            "redis_frozen": (
                lambda: fleet.signal_redis(signal.SIGSTOP),
                lambda: fleet.signal_redis(signal.SIGCONT),
            ),
            "redis_slow": (lambda: self._slow_redis(fault.at_s, fault.ends_s), lambda: None),
            "redis_memory_full": (
                lambda: fleet.fill_redis_memory(full=True),
                lambda: fleet.fill_redis_memory(full=False),
            ),
            "redis_disk_full": (fleet.fill_redis_disk, fleet.replace_redis),
            "producer_killed": (fleet.kill_producer, fleet.start_producer),
        }
        return acts[fault.kind]

    def _slow_redis(self, at_s: float, until_s: float) -> None:
        self._fleet.pause_redis(PULSE_S)
        if at_s < until_s:
            self._at(at_s + PULSE_S + ANSWER_S, lambda: self._slow_redis(at_s + PULSE_S + ANSWER_S, until_s))

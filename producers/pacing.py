"""When a chunk is due: absolute deadlines, so that lateness never adds up."""

import queue
import time
from typing import Final, Protocol

LONGEST_WAIT_WHEN_STOPPING_S: Final = 1.0


class Stop:
    """Says that it is time to end.

    Unlike ``threading.Event`` it may be set by a signal handler that interrupts its own waiter: no lock is involved.
    """

    def __init__(self) -> None:
        self._set = False
        self._wake: queue.SimpleQueue[None] = queue.SimpleQueue()

    def set(self) -> None:
        self._set = True
        self._wake.put(None)

    def is_set(self) -> bool:
        return self._set

    def wait(self, seconds: float) -> None:
        """Return after so many seconds, or at once when set."""
        if self._set:
            return
        try:
            self._wake.get(timeout=seconds)
        except queue.Empty:
            return


class Clock(Protocol):
    """A wall clock, a steady clock, and waiting on it."""

    def wall_ns(self) -> int: ...
    def steady_s(self) -> float: ...
    def wait(self, seconds: float, stop: Stop) -> None:
        """Return after so many seconds, or at once when ``stop`` is set."""
        ...


class SystemClock:
    """The clocks of the machine."""

    def wall_ns(self) -> int:
        return time.time_ns()

    def steady_s(self) -> float:
        return time.monotonic()

    def wait(self, seconds: float, stop: Stop) -> None:
        stop.wait(seconds)


class Pace:
    """The time line of one replay, from the moment it is made, or from where one that goes on began.

    Attributes
    ----------
    start_ns : int
        Unix time of the start.
    late_s : float
        How late the latest chunk so far was.
    """

    def __init__(self, clock: Clock, began_ns: int | None = None) -> None:
        self._clock = clock
        self.start_ns = clock.wall_ns() if began_ns is None else began_ns
        self._start_s = clock.steady_s() - (clock.wall_ns() - self.start_ns) / 1e9
        self.late_s = 0.0

    def elapsed_s(self) -> float:
        return self._clock.steady_s() - self._start_s

    def wait_until(self, deadline_s: float, stop: Stop) -> None:
        """Wait for ``deadline_s`` after the start; deadlines that have passed are not waited for.

        Once ``stop`` is set there is only as much waiting as a last chunk needs to have happened.
        """
        while (left_s := deadline_s - self.elapsed_s()) > 0:
            if stop.is_set():
                self._clock.wait(min(left_s, LONGEST_WAIT_WHEN_STOPPING_S), Stop())
                return
            self._clock.wait(left_s, stop)
        self.late_s = max(self.late_s, -left_s)

"""Waits for absolute deadlines, so that lateness never accumulates."""

import queue
import time
from typing import Final, Protocol

LONGEST_WAIT_WHEN_STOPPING_S: Final = 1.0


class Stop:
    """A request to stop.

    Unlike ``threading.Event`` it uses no lock, so a signal handler may set it while the same thread waits for it.
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
        """Return after ``seconds``, or immediately when the stop is set."""
        if self._set:
            return
        try:
            self._wake.get(timeout=seconds)
        except queue.Empty:
            return


class Clock(Protocol):
    """A wall clock, a monotonic clock, and a way to wait."""

    def wall_ns(self) -> int: ...
    def steady_s(self) -> float: ...
    def wait(self, seconds: float, stop: Stop) -> None:
        """Return after ``seconds``, or immediately when ``stop`` is set."""
        ...


class SystemClock:
    """The clocks of this machine."""

    def wall_ns(self) -> int:
        return time.time_ns()

    def steady_s(self) -> float:
        return time.monotonic()

    def wait(self, seconds: float, stop: Stop) -> None:
        stop.wait(seconds)


class Pace:
    """The time line of one replay. It starts now, or at ``began_ns`` if the replay continues an earlier one.

    Attributes
    ----------
    start_ns : int
        Unix time of the start.
    late_s : float
        The largest delay of a chunk so far.
    """

    def __init__(self, clock: Clock, began_ns: int | None = None) -> None:
        self._clock = clock
        self.start_ns = clock.wall_ns() if began_ns is None else began_ns
        self._start_s = clock.steady_s() - (clock.wall_ns() - self.start_ns) / 1e9
        self.late_s = 0.0

    def elapsed_s(self) -> float:
        """Seconds since the start."""
        return self._clock.steady_s() - self._start_s

    def wait_until(self, deadline_s: float, stop: Stop) -> None:
        """Wait until ``deadline_s`` after the start. A deadline in the past returns immediately.

        If ``stop`` is set, wait at most 1 s, so that the last chunk of a stream can still be on time.
        """
        while (left_s := deadline_s - self.elapsed_s()) > 0:
            if stop.is_set():
                self._clock.wait(min(left_s, LONGEST_WAIT_WHEN_STOPPING_S), Stop())
                return
            self._clock.wait(left_s, stop)
        self.late_s = max(self.late_s, -left_s)

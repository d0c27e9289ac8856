"""A clock that tests move by hand."""

from collections.abc import Callable

from producers.pacing import Stop


class HandClock:
    """A clock that moves only in waits. Each wait takes the asked time and ``overrun_s`` more.

    A wait takes no time if ``stop`` is set, also if ``on_wait`` has set it.
    """

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.overrun_s = 0.0
        self.waits_s: list[float] = []
        self.on_wait: Callable[[], None] = lambda: None

    def wall_ns(self) -> int:
        return 10**18 + round((self.now_s - 1000) * 1e9)

    def steady_s(self) -> float:
        return self.now_s

    def wait(self, seconds: float, stop: Stop) -> None:
        self.waits_s.append(seconds)
        self.on_wait()
        if not stop.is_set():
            self.now_s += max(seconds, 1e-9) + self.overrun_s  # a clock always moves on

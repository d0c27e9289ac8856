"""Probes: whether a process is alive, and whether it is ready for work.

A process is alive if its event loop turns; otherwise restart it. It is ready if all its needs are met; otherwise wait,
or repair what it needs.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Final

TURN_S: Final = 1.0
SILENT_AFTER_S: Final = 10.0
"""A loop that has not turned for this time hangs (our choice). Another worker takes its patients after 6 s."""


class Probes:
    """The state of a process, for any thread.

    Parameters
    ----------
    needs : iterable of str
        The names of what it needs to be ready. A need is not met before :meth:`set_check`.
    clock_s : callable
        Seconds of a monotonic clock.
    """

    def __init__(self, needs: Iterable[str] = (), clock_s: Callable[[], float] = time.monotonic) -> None:
        self._needs: dict[str, Callable[[], str | None]] = dict.fromkeys(needs, _not_yet)
        self._clock_s = clock_s
        self._turned_s: float | None = None

    def set_check(self, need: str, problem: Callable[[], str | None]) -> None:
        """Set how a need is checked: ``problem`` returns None if it is met, else the problem in words."""
        if need not in self._needs:
            raise KeyError(need)
        self._needs[need] = problem

    def turned(self) -> None:
        """Note that the event loop has turned."""
        self._turned_s = self._clock_s()

    async def keep_turning(self) -> None:
        """Note every second that the loop turns; run this as a task of the loop."""
        while True:
            self.turned()
            await asyncio.sleep(TURN_S)

    @property
    def silent_s(self) -> float:
        """Seconds since the loop last turned; 0 if no loop has turned yet."""
        return 0.0 if self._turned_s is None else self._clock_s() - self._turned_s

    def not_alive(self) -> str | None:
        """Why the process is not alive; None if it is."""
        silent_s = self.silent_s
        return f"the event loop has not turned for {silent_s:.0f} s" if silent_s >= SILENT_AFTER_S else None

    def problems(self) -> dict[str, str | None]:
        """The problem of each need; None if it is met."""
        return {need: problem() for need, problem in list(self._needs.items())}


def _not_yet() -> str | None:
    return "not yet"

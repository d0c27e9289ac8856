"""Whether a process is alive, and whether it is ready for work: what probes of it are answered.

Alive means that its event loop turns; a process that is not is to be restarted. Ready means that all that it needs is
there; one that is not has to be waited for, or what it needs put right.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Final

TURN_S: Final = 1.0
SILENT_AFTER_S: Final = 10.0
"""A loop that has not turned for so long hangs (our choice): its worker's patients go to another after 6 s."""


class Probes:
    """What a process says of itself; asked from any thread.

    Parameters
    ----------
    needs : iterable of str
        What it needs to be ready; none is met before :meth:`ask` says how to tell.
    clock_s : callable
        Seconds that only go forward.
    """

    def __init__(self, needs: Iterable[str] = (), clock_s: Callable[[], float] = time.monotonic) -> None:
        self._needs: dict[str, Callable[[], str | None]] = dict.fromkeys(needs, _not_yet)
        self._clock_s = clock_s
        self._turned_s: float | None = None

    def ask(self, need: str, problem: Callable[[], str | None]) -> None:
        """From now on a need is met while ``problem`` gives None; else it gives what is wrong, in words."""
        if need not in self._needs:
            raise KeyError(need)
        self._needs[need] = problem

    def turned(self) -> None:
        """The event loop has turned."""
        self._turned_s = self._clock_s()

    async def keep_turning(self) -> None:
        """Note each second that the loop turns; run this as a task of it."""
        while True:
            self.turned()
            await asyncio.sleep(TURN_S)

    @property
    def silent_s(self) -> float:
        """Time since the loop last turned; 0 while there is none."""
        return 0.0 if self._turned_s is None else self._clock_s() - self._turned_s

    def not_alive(self) -> str | None:
        """Why the process is not alive, None while it is."""
        silent_s = self.silent_s
        return f"the event loop has not turned for {silent_s:.0f} s" if silent_s >= SILENT_AFTER_S else None

    def problems(self) -> dict[str, str | None]:
        """Of each need what is wrong, None where it is met."""
        return {need: problem() for need, problem in list(self._needs.items())}


def _not_yet() -> str | None:
    return "not yet"

"""Ctrl-C, SIGTERM and a closed terminal stop a command in the same way, and it cleans up after itself."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """Whether one of the signals has come.

    Python loses a KeyboardInterrupt that is raised while a file is finalized. So a loop calls :meth:`check`, which
    raises it again.
    """

    def __init__(self) -> None:
        self._came = False

    def receive(self, *_: object) -> None:
        """Note a signal and raise a KeyboardInterrupt."""
        self._came = True
        raise KeyboardInterrupt

    def check(self) -> None:
        """Raise a KeyboardInterrupt if a signal has come before."""
        if self._came:
            raise KeyboardInterrupt


@contextmanager
def interruptible() -> Iterator[Interrupts]:
    """Inside the context each signal raises a KeyboardInterrupt; the handlers before are restored at its end."""
    interrupts = Interrupts()
    before = {number: signal.signal(number, interrupts.receive) for number in SIGNALS}
    try:
        yield interrupts
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def then_ignore_signals() -> Iterator[None]:
    """Ignore the signals from the end of the context on, so that none interrupts the cleaning up."""
    try:
        yield
    finally:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)

"""Ctrl-C, SIGTERM and a closed terminal all mean the same: stop, and leave nothing behind."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """Whether one of the signals has come.

    Python loses the KeyboardInterrupt if it is raised while a file is finalized. A loop checks, so that it ends then,
    too.
    """

    def __init__(self) -> None:
        self._came = False

    def come(self, *_: object) -> None:
        """Note it, and raise."""
        self._came = True
        raise KeyboardInterrupt

    def check(self) -> None:
        """Raise a KeyboardInterrupt if one was raised before."""
        if self._came:
            raise KeyboardInterrupt


@contextmanager
def interruptible() -> Iterator[Interrupts]:
    """Inside, each of the signals raises KeyboardInterrupt; how they were is restored at the end."""
    interrupts = Interrupts()
    before = {number: signal.signal(number, interrupts.come) for number in SIGNALS}
    try:
        yield interrupts
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def then_deaf() -> Iterator[None]:
    """At the end, deaf to the signals from then on: what is cleaned up afterwards is cleaned up whole."""
    try:
        yield
    finally:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)

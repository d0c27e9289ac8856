"""Ctrl-C, SIGTERM and a closed terminal all mean the same: stop, and leave nothing behind."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def interruptible() -> Iterator[None]:
    """Inside, each of the signals raises KeyboardInterrupt; how they were is restored at the end."""
    before = {number: signal.signal(number, signal.default_int_handler) for number in SIGNALS}
    try:
        yield
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

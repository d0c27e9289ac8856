"""Turns SIGTERM and SIGINT into an event, so that a loop ends in order."""

import asyncio
import signal


def stop_event() -> asyncio.Event:
    """An event of the running loop that is set when SIGTERM or SIGINT comes."""
    stop = asyncio.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signal_number, stop.set)
    return stop

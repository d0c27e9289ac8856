"""SIGTERM and SIGINT as an event: what runs in a loop ends in order, in its own time."""

import asyncio
import signal


def stop_event() -> asyncio.Event:
    """An event of the running loop that is set once the process is asked to stop."""
    stop = asyncio.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signal_number, stop.set)
    return stop

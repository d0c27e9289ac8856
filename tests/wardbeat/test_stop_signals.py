"""A signal to stop sets an event in the loop of the process."""

import asyncio
import os
import signal

import pytest

from tests.support.limits import WAIT_S
from wardbeat.stop_signals import stop_event


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_either_signal_sets_the_event(number: signal.Signals) -> None:
    stop = stop_event()
    assert not stop.is_set()
    os.kill(os.getpid(), number)
    async with asyncio.timeout(WAIT_S):
        await stop.wait()

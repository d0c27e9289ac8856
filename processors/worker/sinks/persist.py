"""Repeats a write until it succeeds: a worker skips nothing while Redis or Kafka is away."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from redis.exceptions import RedisError

from wardbeat.errors import BrokerError

FIRST_WAIT_S = 0.1
LONGEST_WAIT_S = 1.0
"""The worker uses a store again within 1 s after it is back. One try a second is no load for the store."""

_log = structlog.get_logger(__name__)
_T = TypeVar("_T")


async def persist(what: str, write: Callable[[], Awaitable[_T]]) -> _T:
    """Call ``write`` until it succeeds; what it returns.

    The wait between two tries doubles from ``FIRST_WAIT_S`` to ``LONGEST_WAIT_S``. Only a RedisError or a BrokerError
    is tried again. ``what`` names the write in the log.
    """
    wait_s = FIRST_WAIT_S
    while True:  # stamina would not log ``what`` with each failure, nor that a write has succeeded after failures
        try:
            result = await write()
        except (RedisError, BrokerError) as error:
            _log.warning("write failed; trying again", what=what, error=str(error), wait_s=wait_s)
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)
        else:
            if wait_s > FIRST_WAIT_S:
                _log.warning("write succeeded after failures", what=what)
            return result

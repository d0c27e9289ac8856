"""Repeats a check of what is in Redis, as the escalator and the canary's watch do."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from redis.exceptions import RedisError

CHECK_EVERY_S: Final = 1.0

_log = structlog.get_logger(__name__)


async def check_until(stop: asyncio.Event, check: Callable[[], Awaitable[None]], consequence: str) -> None:
    """Check every second until ``stop`` is set. While Redis is away, wait for it; the log has the consequence once."""
    away = False
    while not stop.is_set():
        try:
            await check()
            away = False
        except RedisError as error:
            if not away:
                _log.warning(f"Redis does not answer; {consequence}", error=str(error))
            away = True
        try:
            async with asyncio.timeout(CHECK_EVERY_S):
                await stop.wait()
        except TimeoutError:
            continue

"""Runs one coroutine with a Redis connection, for commands."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from redis.asyncio import Redis

_T = TypeVar("_T")


def with_redis(action: "Callable[[Redis], Awaitable[_T]]") -> _T:
    """Connect to the Redis of the settings, run ``action`` with it, close it and return the result.

    Raises
    ------
    StoreError
        If Redis does not answer.
    """
    from wardbeat.settings import settings
    from wardbeat.store import redis_client

    async def run() -> _T:
        url = settings().redis_address
        redis = redis_client.connect(url)
        try:
            await redis_client.check(redis, url)
            return await action(redis)
        finally:
            await redis.aclose()

    return asyncio.run(run())

"""One question to Redis from a command."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from redis.asyncio import Redis

_T = TypeVar("_T")


def with_redis(question: "Callable[[Redis], Awaitable[_T]]") -> _T:
    """The answer of the Redis that is set.

    Raises
    ------
    StoreError
        If it does not answer.
    """
    from wardbeat.settings import settings
    from wardbeat.store import redis_client

    async def ask() -> _T:
        url = settings().redis_address
        redis = redis_client.connect(url)
        try:
            await redis_client.check(redis, url)
            return await question(redis)
        finally:
            await redis.aclose()

    return asyncio.run(ask())

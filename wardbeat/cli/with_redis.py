"""Runs one coroutine with a Redis connection, for commands."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from redis.asyncio import Redis

_T = TypeVar("_T")


def with_redis(
    action: "Callable[[Redis], Awaitable[_T]]", *, bed: str | None = None, or_former_bed: bool = False
) -> _T:
    """Connect to the Redis of the settings, run ``action`` with it, close it and return the result.

    Parameters
    ----------
    action : callable
    bed : str, optional
        The bed that the command line names: without such a bed, ``action`` does not run.
    or_former_bed : bool
        Whether a bed that was removed, and of which the audit is left, counts as well.

    Raises
    ------
    StoreError
        If Redis does not answer.
    UnknownBedError
        If there is no such bed; it names the beds there are.
    """
    from wardbeat.settings import settings
    from wardbeat.store import redis_client
    from wardbeat.store.beds.bed_names import BedNames

    async def run() -> _T:
        url = settings().redis_address
        redis = redis_client.connect(url)
        try:
            await redis_client.check(redis, url)
            if bed is not None:
                await BedNames(redis).check(bed, former=or_former_bed)
            return await action(redis)
        finally:
            await redis.aclose()

    return asyncio.run(run())

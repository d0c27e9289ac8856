"""A Redis that has lost its history is noticed once by each worker; one that has not is not."""

from collections.abc import AsyncIterator
from typing import cast

import pytest
from redis.asyncio import Redis

from wardbeat.store import redis_keys
from wardbeat.store.history_store import SHORT_MS, HistoryGap, HistoryStore
from wardbeat.store.redis_client import connect

pytestmark = pytest.mark.slow  # a real Redis


@pytest.fixture
async def redis(redis_server: str) -> AsyncIterator[Redis]:
    async with connect(redis_server) as client:
        await client.flushdb()
        yield client


async def written(redis: Redis) -> int:
    return int(cast(bytes, await redis.get(redis_keys.HISTORY_WRITTEN)))


async def test_a_redis_that_keeps_its_history_has_no_gap(redis: Redis) -> None:
    store = HistoryStore(redis)
    assert [await store.check() for _ in range(3)] == [None, None, None]
    assert await store.gap() is None


async def test_an_emptied_redis_is_noticed_once_by_each_worker(redis: Redis) -> None:
    one, other = HistoryStore(redis), HistoryStore(redis)
    for worker in (one, other):
        await worker.check()
    await redis.flushall()
    gap = await one.check()
    assert gap is not None
    assert gap.from_ms is None
    assert await other.check() == gap, "the first worker has written since, and still the other one has lost its data"
    assert [await worker.check() for worker in (one, other)] == [None, None]
    assert await HistoryStore(redis).gap() == gap


async def test_a_redis_from_an_old_file_lacks_the_time_between(redis: Redis) -> None:
    store = HistoryStore(redis)
    await store.check()
    written_ms = await written(redis)
    old_ms = written_ms - SHORT_MS - 1000
    await redis.set(redis_keys.HISTORY_WRITTEN, old_ms)
    gap = await store.check()
    assert gap is not None
    assert (gap.from_ms, gap.to_ms >= written_ms) == (old_ms, True)


async def test_the_last_seconds_before_a_crash_are_no_gap(redis: Redis) -> None:
    store = HistoryStore(redis)
    await store.check()
    written_ms = await written(redis)
    await redis.set(redis_keys.HISTORY_WRITTEN, written_ms - 1500)
    assert await store.check() is None


async def test_a_worker_that_starts_after_the_loss_has_lost_nothing(redis: Redis) -> None:
    first = HistoryStore(redis)
    await first.check()
    await redis.flushall()
    assert isinstance(await first.check(), HistoryGap)
    assert await HistoryStore(redis).check() is None

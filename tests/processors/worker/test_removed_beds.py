"""A worker drops the monitor of a removed bed, with a real Redis."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from tests.support.samples import make_chunk
from tests.support.worker_bench import WorkerBench, record_of
from wardbeat.contracts.messages import EcgChunk
from wardbeat.store import redis_keys
from wardbeat.store.beds.bed_names import BedNames
from wardbeat.store.beds.bed_removal import BedRemoval
from wardbeat.store.redis_client import connect

pytestmark = pytest.mark.slow  # a real Redis
FIELD = "stream:bed-1"


@pytest.fixture
async def redis(redis_server: str) -> AsyncIterator[Redis]:
    async with connect(redis_server) as client:
        yield client


async def read(bench: WorkerBench, chunk: EcgChunk, offset: int = 0) -> None:
    await bench.processor.process([record_of(chunk, offset)])


async def has_snapshot(redis: Redis) -> bool:
    return bool(await redis.hexists(redis_keys.checkpoint("wards", 0), FIELD))


async def test_the_monitor_of_a_removed_bed_is_dropped_with_its_snapshot(redis: Redis) -> None:
    bench = WorkerBench(redis)
    bench.own(0)
    await read(bench, make_chunk("bed-1"))
    await bench.later(20)
    assert await has_snapshot(redis)
    await BedRemoval(redis, lambda: bench.now_ns).remove("bed-1", "AB")
    assert not await has_snapshot(redis)
    await bench.later(1)
    assert bench.ward.dropped == ["bed-1"]
    await bench.later(60)
    await bench.processor.finish()
    assert not await has_snapshot(redis)
    assert await BedNames(redis).present() == []
    assert bench.ward.dropped == ["bed-1"], "once"
    bench.processor.close()


async def test_a_device_that_still_sends_makes_the_bed_anew(redis: Redis) -> None:
    bench = WorkerBench(redis)
    bench.own(0)
    await read(bench, make_chunk("bed-1"))
    await bench.later(0)
    await BedRemoval(redis, lambda: bench.now_ns + 1).remove("bed-1", "AB")
    await bench.later(1)
    await read(bench, make_chunk("bed-1", 1), 1)
    await bench.later(20)
    assert await BedNames(redis).present() == ["bed-1"]
    assert await has_snapshot(redis)
    assert bench.ward.dropped == ["bed-1"]
    bench.processor.close()


async def test_a_monitor_from_before_the_removal_is_dropped_after_a_takeover(redis: Redis) -> None:
    first, second = WorkerBench(redis), WorkerBench(redis)
    first.own(0)
    await read(first, make_chunk("bed-1"))
    await first.processor.finish()
    stored = await redis.hget(redis_keys.checkpoint("wards", 0), FIELD)
    await BedRemoval(redis, lambda: second.now_ns).remove("bed-1", "AB")
    await redis.hset(redis_keys.checkpoint("wards", 0), FIELD, stored or b"")  # the successor has read it before
    second.own(0, generation=2)
    await second.later(0)
    assert second.ward.dropped == ["bed-1"]
    assert not await has_snapshot(redis)
    for bench in (first, second):
        bench.processor.close()

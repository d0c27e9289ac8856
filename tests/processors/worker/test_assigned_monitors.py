"""The monitors of an assignment continue from their snapshots, and end with a removed bed, with a real Redis."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from tests.support.samples import make_chunk
from tests.support.worker_bench import WorkerBench, record_of
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


async def read(bench: WorkerBench, stream_id: str, partition: int = 0, sequence: int = 0) -> None:
    await bench.processor.process([record_of(make_chunk(stream_id, sequence), sequence, partition)])


async def has_snapshot(redis: Redis) -> bool:
    return bool(await redis.hexists(redis_keys.checkpoint("wards", 0), FIELD))


async def test_only_the_assigned_partitions_are_restored(redis: Redis) -> None:
    before, after = WorkerBench(redis), WorkerBench(redis)
    before.own(0, 1)
    await read(before, "bed-1", 0)
    await read(before, "bed-2", 1)
    await before.processor.finish()
    after.own(1, generation=2)
    await after.later(0)
    assert after.ward.restored == {"bed-2": b"bed-2"}
    assert after.processor.health("w2", partitions=1, lag=0).streams == 1
    for bench in (before, after):
        bench.processor.close()


async def test_an_assignment_is_taken_over_once(redis: Redis) -> None:
    bench = WorkerBench(redis)
    bench.own(0)
    await read(bench, "bed-1", 0)
    await bench.later(1)
    assert bench.ward.dropped == []
    bench.own(0, generation=2)
    await bench.later(1)
    await bench.later(1)
    assert bench.ward.dropped == ["bed-1"], "Kafka brings its records again from the committed offset"
    bench.processor.close()


async def test_a_batch_that_waited_for_an_older_assignment_is_dropped(redis: Redis) -> None:
    bench = WorkerBench(redis)
    bench.own(0)
    async with bench.processor._busy:
        waiting = bench.start(record_of(make_chunk(), 0))
        await asyncio.sleep(0)  # it waits for the lock now
        bench.own(0, generation=2)
    await waiting
    assert bench.ward.taken == []
    bench.processor.close()


async def test_a_restored_stream_keeps_its_last_record(redis: Redis) -> None:
    before, after = WorkerBench(redis), WorkerBench(redis)
    before.own(0)
    await read(before, "bed-1", 0)
    await before.processor.finish()
    (seen,) = await before.live.last_seen(["bed-1"])
    after.now_ns = before.now_ns + 10**9
    after.own(0, generation=2)
    last = record_of(make_chunk(sequence=1), 1)
    await after.processor.process([last])
    (now,) = await after.live.last_seen(["bed-1"])
    assert (now.last_seen_ns, now.session_id) == (seen.last_seen_ns + 10**9, seen.session_id)
    for bench in (before, after):
        bench.processor.close()


async def test_the_monitor_of_a_removed_bed_is_dropped_with_its_snapshot(redis: Redis) -> None:
    bench = WorkerBench(redis)
    bench.own(0)
    await read(bench, "bed-1")
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
    await read(bench, "bed-1")
    await bench.later(0)
    await BedRemoval(redis, lambda: bench.now_ns + 1).remove("bed-1", "AB")
    await bench.later(1)
    await read(bench, "bed-1", sequence=1)
    await bench.later(20)
    assert await BedNames(redis).present() == ["bed-1"]
    assert await has_snapshot(redis)
    assert bench.ward.dropped == ["bed-1"]
    bench.processor.close()


async def test_a_monitor_from_before_the_removal_is_dropped_after_a_takeover(redis: Redis) -> None:
    first, second = WorkerBench(redis), WorkerBench(redis)
    first.own(0)
    await read(first, "bed-1")
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

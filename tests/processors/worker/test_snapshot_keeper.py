"""When snapshots are stored, and what a worker does if Redis is away, with a real Redis."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from tests.support.samples import make_chunk
from tests.support.worker_bench import WorkerBench, record_of, records_of
from wardbeat.store.redis_client import connect
from wardbeat.store.snapshot_store import Position, SnapshotStore

pytestmark = pytest.mark.slow  # a real Redis


@pytest.fixture
async def redis(redis_server: str) -> AsyncIterator[Redis]:
    async with connect(redis_server) as client:
        yield client


async def test_snapshots_are_stored_when_they_are_due_and_then_the_offset_is_committable(redis: Redis) -> None:
    bench = WorkerBench(redis)
    bench.own(0)
    await bench.processor.process(records_of([make_chunk("bed-1"), make_chunk("bed-2")]))
    await bench.later(9)
    assert bench.processor.committable == {}
    await bench.later(1)
    assert bench.processor.committable == {0: 2}
    stored = await SnapshotStore(redis, "wards").claim(0, 2)
    assert stored is not None
    assert (stored.snapshot_offset, stored.snapshots) == (2, {"bed-1": b"bed-1", "bed-2": b"bed-2"})
    bench.processor.close()


async def test_up_to_where_effects_are_written_is_stored_each_second(redis: Redis) -> None:
    bench = WorkerBench(redis)
    bench.own(0)
    await bench.processor.process([record_of(make_chunk(), 0)._replace(timestamp_s=5.0)])
    await bench.later(1)
    stored = await SnapshotStore(redis, "wards").claim(0, 2)
    assert stored is not None
    assert (stored.effects_written, stored.snapshot_offset) == (Position(1, 5.0), None)
    bench.processor.close()


async def test_a_stop_stores_all_snapshots(redis: Redis) -> None:
    bench = WorkerBench(redis)
    bench.own(0, 1)
    await bench.processor.process(records_of([make_chunk("bed-1")], partition=0))
    await bench.processor.process(records_of([make_chunk("bed-2")], partition=1))
    await bench.processor.finish()
    assert bench.processor.committable == {0: 1, 1: 1}
    bench.processor.close()


async def test_while_redis_takes_no_writes_nothing_becomes_committable(redis: Redis) -> None:
    bench = WorkerBench(redis)
    bench.own(0)
    await bench.processor.process(records_of([make_chunk()]))
    await redis.config_set("min-replicas-to-write", "1")
    try:
        await bench.later(10, end=5)  # records wait, so silence raises no alert
        assert (bench.processor.committable, bench.counts.snapshot_failures) == ({}, 1)
        await bench.processor.finish()
        assert (bench.processor.committable, bench.counts.snapshot_failures) == ({}, 2)
    finally:
        await redis.config_set("min-replicas-to-write", "0")
    bench.own(0)
    bench.processor.close()

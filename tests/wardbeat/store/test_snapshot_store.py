"""What is kept of a partition, and who may keep it."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from wardbeat.store import redis_keys
from wardbeat.store.redis_client import connect
from wardbeat.store.snapshot_store import Position, SnapshotStore, StoredCheckpoint

pytestmark = pytest.mark.slow  # a real Redis


@pytest.fixture
async def redis(redis_server: str) -> AsyncIterator[Redis]:
    async with connect(redis_server) as client:
        yield client


async def test_what_is_kept_is_there_for_the_next(redis: Redis) -> None:
    store = SnapshotStore(redis, "wards")
    assert await store.claim(3, 1) == StoredCheckpoint(None, None, {})
    assert await store.write(
        3, 1, effects_written=Position(7, 1.5), snapshot_offset=7, snapshots={"bed-1": b"\xff1", "bed-2": b"2"}
    )
    assert await store.write(3, 1, effects_written=Position(9, 2.5), snapshots={"bed-1": b"3"}, gone=["bed-2"])
    assert await store.claim(3, 2) == StoredCheckpoint(Position(9, 2.5), 7, {"bed-1": b"3"})
    assert await store.claim(4, 2) == StoredCheckpoint(None, None, {})
    assert await SnapshotStore(redis, "others").claim(3, 1) == StoredCheckpoint(None, None, {})
    assert 0 < await redis.pttl(redis_keys.checkpoint("wards", 3)) <= redis_keys.SNAPSHOT_TTL_MS


async def test_a_worker_that_was_taken_for_dead_changes_nothing(redis: Redis) -> None:
    late, next_one = SnapshotStore(redis, "wards"), SnapshotStore(redis, "wards")
    await late.claim(0, 4)
    assert await late.write(0, 4, snapshot_offset=10, snapshots={"bed-1": b"of the first"})
    await next_one.claim(0, 5)
    assert not await late.write(0, 4, snapshot_offset=20, snapshots={"bed-1": b"late"}, gone=["bed-1"])
    assert await late.claim(0, 4) is None
    assert await next_one.claim(0, 6) == StoredCheckpoint(None, 10, {"bed-1": b"of the first"})

"""The stored checkpoint of a partition: who may write it, and how an earlier version's is taken over."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from wardbeat.store import redis_keys
from wardbeat.store.redis_client import connect
from wardbeat.store.snapshot_store import Position, SnapshotStore, StoredCheckpoint

pytestmark = pytest.mark.slow  # a real Redis
FORMER_KEY = "wb:snapshots:wards:3"


@pytest.fixture
async def redis(redis_server: str) -> AsyncIterator[Redis]:
    async with connect(redis_server) as client:
        yield client


async def write_former(redis: Redis, generation: int, **fields: bytes) -> None:
    """Write a checkpoint as an earlier version did."""
    await redis.delete(FORMER_KEY)
    await redis.hset(FORMER_KEY, mapping={"generation": generation})
    for name, value in fields.items():
        await redis.hset(FORMER_KEY, name, value)
    await redis.pexpire(FORMER_KEY, 60_000)


async def test_the_next_worker_gets_what_was_written(redis: Redis) -> None:
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


async def test_a_worker_of_an_earlier_generation_changes_nothing(redis: Redis) -> None:
    late, next_one = SnapshotStore(redis, "wards"), SnapshotStore(redis, "wards")
    await late.claim(0, 4)
    assert await late.write(0, 4, snapshot_offset=10, snapshots={"bed-1": b"of the first"})
    await next_one.claim(0, 5)
    assert not await late.write(0, 4, snapshot_offset=20, snapshots={"bed-1": b"late"}, gone=["bed-1"])
    assert await late.claim(0, 4) is None
    assert await next_one.claim(0, 6) == StoredCheckpoint(None, 10, {"bed-1": b"of the first"})


async def test_the_checkpoint_of_an_earlier_version_is_taken_over_once(redis: Redis) -> None:
    store = SnapshotStore(redis, "wards")
    await write_former(redis, 4, said=b"[9,2.5]", whole=b"7", **{"stream:bed-1": b"\xff\x001"})
    assert await store.claim(3, 5) == StoredCheckpoint(Position(9, 2.5), 7, {"bed-1": b"\xff\x001"})
    fields = await redis.hgetall(redis_keys.checkpoint("wards", 3))
    assert set(fields) == {b"generation", b"effects_written", b"snapshot_offset", b"stream:bed-1"}
    assert fields[b"generation"] == b"5"
    assert not await redis.exists(FORMER_KEY)
    assert 60_000 < await redis.pttl(redis_keys.checkpoint("wards", 3)) <= redis_keys.SNAPSHOT_TTL_MS
    assert await store.write(3, 5, snapshot_offset=11)
    assert await store.claim(3, 6) == StoredCheckpoint(Position(9, 2.5), 11, {"bed-1": b"\xff\x001"})


async def test_an_earlier_version_that_has_written_no_snapshots_yet_is_taken_over(redis: Redis) -> None:
    await write_former(redis, 4)
    assert await SnapshotStore(redis, "wards").claim(3, 5) == StoredCheckpoint(None, None, {})
    assert not await redis.exists(FORMER_KEY)


async def test_the_newer_checkpoint_counts_while_both_versions_run(redis: Redis) -> None:
    store = SnapshotStore(redis, "wards")
    await store.claim(3, 5)
    await store.write(3, 5, snapshot_offset=10, snapshots={"bed-1": b"5"})
    await write_former(redis, 4, whole=b"8", **{"stream:bed-1": b"4"})
    assert await store.claim(3, 6) == StoredCheckpoint(None, 10, {"bed-1": b"5"})
    await write_former(redis, 7, whole=b"20", **{"stream:bed-2": b"7"})
    assert await store.claim(3, 6) is None, "generation 7 owns the partition"
    assert await store.claim(3, 8) == StoredCheckpoint(None, 20, {"bed-2": b"7"})

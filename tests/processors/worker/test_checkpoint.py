"""Where a partition stands, what is stored of it, and what may be committed."""

from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from processors.worker.checkpoint import SILENT_S, Assignment, Checkpoint
from wardbeat.store.redis_client import connect
from wardbeat.store.snapshot_store import Position, SnapshotStore, StoredCheckpoint

EVERY_S = 10.0


class Clock:
    def __init__(self) -> None:
        self.now_ns = 10**18

    def __call__(self) -> int:
        return self.now_ns

    def pass_s(self, seconds: float) -> None:
        self.now_ns += int(seconds * 1e9)


@pytest.fixture
async def redis(redis_server: str) -> AsyncIterator[Redis]:
    async with connect(redis_server) as client:
        yield client


@pytest.fixture
def clock() -> Clock:
    return Clock()


def make_checkpoint(redis: Redis, clock: Clock) -> Checkpoint:
    return Checkpoint(SnapshotStore(redis, "wards"), EVERY_S, clock)


def own(*partitions: int, generation: int) -> Assignment:
    return Assignment(frozenset(partitions), generation)


@pytest.mark.slow
async def test_an_offset_is_committable_only_after_its_snapshots_are_stored(redis: Redis, clock: Clock) -> None:
    checkpoint = make_checkpoint(redis, clock)
    await checkpoint.take_over(own(0, generation=1))
    for offset in range(5):
        checkpoint.advance(0, offset, offset / 2, "bed-1")
    assert checkpoint.next_offsets == {0: 5}
    await checkpoint.persist_effects_written()
    await checkpoint.save_snapshots(0, {"bed-1": b"before settings"})
    assert checkpoint.committable == {}
    await checkpoint.save(0, {"bed-1": b"at 5"})
    checkpoint.advance(0, 5, 2.5, "bed-1")
    assert checkpoint.committable == {0: 5}
    stored = await SnapshotStore(redis, "wards").claim(0, 2)
    assert stored == StoredCheckpoint(Position(5, 2.0), 5, {"bed-1": b"at 5"})


@pytest.mark.slow
async def test_a_worker_whose_partition_was_claimed_commits_nothing(redis: Redis, clock: Clock) -> None:
    late, next_one = make_checkpoint(redis, clock), make_checkpoint(redis, clock)
    await late.take_over(own(0, generation=1))
    await next_one.take_over(own(0, generation=2))
    late.advance(0, 0, 0.0, "bed-1")
    await late.save(0, {"bed-1": b"late"})
    assert late.committable == {}
    assert await late.take_over(own(0, generation=1)) == {0: {}}


@pytest.mark.slow
async def test_the_next_worker_repeats_records_up_to_where_effects_are_written(redis: Redis, clock: Clock) -> None:
    before, after = make_checkpoint(redis, clock), make_checkpoint(redis, clock)
    await before.take_over(own(0, 1, generation=1))
    for offset in range(4):
        before.advance(0, offset, float(offset), "bed-1")
    await before.save(0, {"bed-1": b"at 4"})
    for offset in range(4, 7):
        before.advance(0, offset, float(offset), "bed-1")
    await before.persist_effects_written()
    assert await after.take_over(own(0, 1, generation=2)) == {0: {"bed-1": b"at 4"}, 1: {}}
    assert after.next_offsets == {0: 4}
    assert after.is_catching_up(0)
    assert not after.is_catching_up(1)
    assert [after.is_new(0, offset, float(offset)) for offset in (4, 6, 7)] == [False, False, True]
    assert [after.has_read(0, offset) for offset in (3, 4)] == [True, False]
    for offset in range(4, 7):
        assert after.is_catching_up(0)
        after.advance(0, offset, float(offset), "bed-1")
    assert not after.is_catching_up(0)


@pytest.mark.slow
async def test_a_topic_that_was_created_again_has_new_records_at_old_offsets(redis: Redis, clock: Clock) -> None:
    before, after = make_checkpoint(redis, clock), make_checkpoint(redis, clock)
    await before.take_over(own(0, generation=1))
    before.advance(0, 9, 100.0, "bed-1")
    await before.persist_effects_written()
    await after.take_over(own(0, generation=2))
    assert not after.is_new(0, 0, 50.0)
    assert after.is_new(0, 0, 200.0), "it is younger than the last record with effects"
    after.advance(0, 0, 200.0, "bed-1")
    assert after.is_new(0, 1, 50.0), "nothing of the new topic has effects"
    assert after.next_offsets == {0: 1}


@pytest.mark.slow
async def test_snapshots_of_streams_without_monitor_or_without_records_for_an_hour_are_deleted(
    redis: Redis, clock: Clock
) -> None:
    checkpoint = make_checkpoint(redis, clock)
    await checkpoint.take_over(own(0, generation=1))
    for offset, stream_id in enumerate(["bed-1", "bed-2", "bed-3"]):
        checkpoint.advance(0, offset, 0.0, stream_id)
    assert checkpoint.changed(0) == ["bed-1", "bed-2", "bed-3"]
    await checkpoint.save(0, {"bed-1": b"1", "bed-2": b"2", "bed-3": b"3"})
    assert checkpoint.changed(0) == []
    clock.pass_s(SILENT_S)
    checkpoint.advance(0, 3, 1.0, "bed-2")
    checkpoint.advance(0, 4, 1.0, "bed-3")
    await checkpoint.save(0, {"bed-2": b"22"})  # the monitor of bed-3 has failed
    stored = await SnapshotStore(redis, "wards").claim(0, 2)
    assert stored is not None
    assert stored.snapshots == {"bed-2": b"22"}


@pytest.mark.slow
async def test_partitions_are_due_one_after_the_other(redis: Redis, clock: Clock) -> None:
    checkpoint = make_checkpoint(redis, clock)
    await checkpoint.take_over(own(0, 1, generation=1))
    assert checkpoint.due() == []
    clock.pass_s(EVERY_S / 2)
    assert checkpoint.due() == [0]
    await checkpoint.save(0, {})
    assert checkpoint.due() == []
    clock.pass_s(EVERY_S / 2)
    assert checkpoint.due() == [1]
    assert checkpoint.age_s == EVERY_S, "partition 1 was not saved yet"


@given(st.lists(st.integers(0, 50), min_size=1))
def test_the_next_offset_is_behind_the_furthest_record(offsets: list[int]) -> None:
    checkpoint = Checkpoint(SnapshotStore(Redis(), "wards"), EVERY_S, Clock())
    for offset in offsets:
        checkpoint.advance(3, offset, float(offset), None)
    end = max(offsets) + 1
    assert checkpoint.next_offsets == {3: end}
    assert checkpoint.lag(lambda _: end + 4, {}) == 4
    assert checkpoint.lag(lambda _: end + 4, {3: end - 1}) == 5, "the running batch has read one record"
    assert checkpoint.lag(lambda _: end, {7: end - 1}) == 1, "its first batch is running"
    assert checkpoint.lag(lambda _: None, {3: 0}) == 0
    assert checkpoint.is_caught_up(3, lambda _: end)
    assert not checkpoint.is_caught_up(3, lambda _: end + 1)
    assert checkpoint.is_caught_up(4, lambda _: 100), "no record of it came, so none waits"
    assert checkpoint.changed(3) == [], "a record without a stream changes no monitor"

"""Several beds change together or not at all, and a change of another process in between is not lost."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import msgspec
import pytest
from redis.asyncio import Redis

from wardbeat.care.admissions import Bed
from wardbeat.store.beds.bed_changes import BedAct, BedChanges
from wardbeat.store.redis_client import connect

pytestmark = pytest.mark.slow  # a real Redis


@pytest.fixture
async def redis(redis_server: str) -> AsyncIterator[Redis]:
    async with connect(redis_server) as client:
        await client.flushdb()
        yield client


def counted_up(beds: Sequence[Bed], _now_ns: int) -> BedAct:
    changed = [msgspec.structs.replace(bed, version=bed.version + 1) for bed in beds]
    return BedAct(changed, None, "tested", "AB")


async def test_both_beds_change(redis: Redis) -> None:
    beds = BedChanges(redis, lambda: 1)
    await beds.change(["bed-1", "bed-2"], counted_up)
    assert {bed.stream_id: bed.version for bed in (await beds.all()).values()} == {"bed-1": 1, "bed-2": 1}
    assert (await beds.bed("bed-3")).version == 0


async def test_changes_at_the_same_time_are_all_kept(redis: Redis) -> None:
    beds = [BedChanges(redis, lambda: 1) for _ in range(5)]
    await asyncio.gather(*(one.change(["bed-1"], counted_up) for one in beds))
    assert (await beds[0].bed("bed-1")).version == len(beds)

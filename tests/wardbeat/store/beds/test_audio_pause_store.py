from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from wardbeat.store.audit_log import AuditLog
from wardbeat.store.beds.audio_pause_store import AudioPauseStore
from wardbeat.store.redis_client import connect

pytestmark = pytest.mark.slow  # a real Redis
S = 1_000_000_000


@pytest.fixture
async def redis(redis_server: str) -> AsyncIterator[Redis]:
    async with connect(redis_server) as client:
        yield client


async def test_pauses_end_by_themselves_and_are_in_the_audit(redis: Redis) -> None:
    now_ns = S
    store = AudioPauseStore(redis, lambda: now_ns)
    bed = await store.pause("bed-1", "AB", 30)
    ward = await store.pause(None, "CD", 60)
    assert sorted(await store.in_force(), key=lambda pause: pause.by) == [bed, ward]
    now_ns += 30 * S
    assert await store.in_force() == [ward]
    await store.resume("bed-1", "AB")  # it has ended: this changes nothing
    await store.resume(None, "AB")
    assert await store.in_force() == []
    acts = [(entry.act, entry.by, entry.detail) for entry in await AuditLog(redis).of("bed-1")]
    assert acts == [("paused", "AB", "30 s")]
    acts = [(entry.act, entry.by, entry.detail) for entry in await AuditLog(redis).of(None)]
    assert acts == [("resumed", "AB", ""), ("paused", "CD", "60 s")]
    assert await AuditLog(redis).audited() == ["bed-1"]


async def test_the_last_pause_replaces_the_one_before(redis: Redis) -> None:
    store = AudioPauseStore(redis, lambda: S)
    await store.pause("bed-1", "AB", 30)
    last = await store.pause("bed-1", "CD", 10)
    assert await store.in_force() == [last]

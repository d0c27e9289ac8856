from collections.abc import AsyncIterator

import msgspec
import pytest
from redis.asyncio import Redis

from tests.support.samples import make_alert
from wardbeat.care.audit import AuditEntry
from wardbeat.store import audit_log, redis_keys
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.audit_log import AuditLog
from wardbeat.store.beds.audio_pause_store import AudioPauseStore
from wardbeat.store.redis_client import connect

pytestmark = pytest.mark.slow  # a real Redis


@pytest.fixture
async def redis(redis_server: str) -> AsyncIterator[Redis]:
    async with connect(redis_server) as client:
        yield client


async def test_every_change_is_in_the_audit_of_its_bed(redis: Redis) -> None:
    now_ns = 1_800_000_000_000_000_000
    store = AlertStore(redis, clock_ns=lambda: now_ns)
    alert = make_alert("lead_off")
    await store.take(alert)
    await store.take(alert)  # a repeated message
    await store.acknowledge(alert.alert_id, "AB", "electrode is dry")
    await store.take(msgspec.structs.replace(alert, priority="high"))
    await store.note_escalation(alert.alert_id, "high")
    await store.acknowledge(alert.alert_id, "CD")
    await store.take(msgspec.structs.replace(alert, priority="high", ended_sample=9000))
    await store.take(make_alert(stream_id="bed-2"))
    log = AuditLog(redis)
    acts = [(entry.act, entry.by, entry.before, entry.after) for entry in reversed(await log.of("bed-1"))]
    assert acts == [
        ("raised", "monitor", 0, 1),
        ("acknowledged", "AB", 1, 2),
        ("commented", "AB", 1, 2),
        ("rose", "monitor", 2, 3),
        ("escalated", "escalator", 3, 4),
        ("acknowledged", "CD", 4, 5),
        ("ended", "monitor", 5, 6),
        ("resolved", "monitor", 5, 6),
    ]
    assert [entry.detail for entry in await log.of("bed-1", limit=7)][-2:] == ["electrode is dry", ""]
    assert [entry.act for entry in await log.of("bed-2", subject=alert.alert_id)] == []
    assert await log.audited() == ["bed-1", "bed-2"]
    assert await log.audited(since_ns=now_ns + 1_000_000) == []


async def test_a_long_audit_is_read_in_pages(redis: Redis) -> None:
    store = AlertStore(redis)
    raised = [make_alert(onset_sample=n) for n in range(1, 21)]
    for alert in raised:
        await store.take(alert)
    log = AuditLog(redis)
    assert [entry.subject for entry in await log.of("bed-1", limit=7)] == [alert.alert_id for alert in raised[:12:-1]]
    (entry,) = await log.of("bed-1", subject=raised[0].alert_id, limit=3)
    assert entry.act == "raised"


async def test_entries_expire_with_the_alerts(redis: Redis) -> None:
    await AlertStore(redis).take(make_alert())
    assert 0 < await redis.ttl(redis_keys.audit("bed-1")) <= redis_keys.ALERT_TTL_S


async def test_acts_on_the_ward_are_in_the_log_of_the_ward_only(redis: Redis) -> None:
    await AudioPauseStore(redis).pause(None, "AB", 30)
    log = AuditLog(redis)
    assert [entry.act for entry in await log.of(None)] == ["paused"]
    assert await log.audited() == []


async def test_entries_before_a_time_are_left_out(redis: Redis) -> None:
    await AlertStore(redis).take(make_alert())
    info = await redis.xinfo_stream(redis_keys.audit("bed-1"))
    written_ns = int(info["last-generated-id"].partition(b"-")[0]) * 1_000_000
    log = AuditLog(redis)
    assert len(await log.of("bed-1", since_ns=written_ns)) == 1
    assert await log.of("bed-1", since_ns=written_ns + 1_000_000) == []


def test_a_script_gets_the_number_of_entries_before_them() -> None:
    entries = [AuditEntry(7, "bed-1", "a1", act, "AB") for act in ("ended", "resolved")]
    assert audit_log.args_of([]) == [0]
    assert audit_log.args_of(entries)[:4] == [2, "bed-1", 7, redis_keys.ALERT_TTL_S]
    assert [msgspec.json.decode(body, type=AuditEntry) for body in audit_log.args_of(entries)[4:]] == entries  # type: ignore[arg-type]

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import msgspec
import pytest
from redis.asyncio import Redis

from tests.support.samples import make_alert
from wardbeat.care import alert_lifecycle
from wardbeat.care.alert_lifecycle import AlertRecord
from wardbeat.contracts.canary import CANARY
from wardbeat.contracts.messages import Alert
from wardbeat.embedded.processes import Child, free_ports, is_free, wait_until
from wardbeat.embedded.redis_server import find_server, server_config
from wardbeat.errors import AlertActionError
from wardbeat.store import redis_keys
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.audit_log import AuditLog
from wardbeat.store.redis_client import connect

pytestmark = pytest.mark.slow  # a real Redis


def ended(alert: Alert, sample: int = 9000) -> Alert:
    return msgspec.structs.replace(alert, ended_sample=sample)


@pytest.fixture
async def redis(redis_server: str) -> AsyncIterator[Redis]:
    client = connect(redis_server)
    await client.flushdb()
    yield client
    await client.aclose()


async def test_an_alert_raised_twice_is_one_alert(redis: Redis) -> None:
    store = AlertStore(redis)
    alert = make_alert()
    assert await store.take(alert)
    await store.acknowledge(alert.alert_id, "AB")
    assert not await store.take(alert)
    record = await store.get(alert.alert_id)
    assert record is not None
    assert (record.state, record.acknowledged_by, record.version) == ("acknowledged", "AB", 2)
    assert len(await store.history(alert.stream_id)) == 1


async def test_two_people_acknowledge_at_once_and_one_wins(redis: Redis) -> None:
    alert = make_alert()
    await AlertStore(redis).take(alert)
    people = [f"P{n}" for n in range(20)]
    records = await asyncio.gather(*(AlertStore(redis).acknowledge(alert.alert_id, by) for by in people))
    assert len({record.acknowledged_by for record in records}) == 1
    assert records[0].version == 2
    assert await redis.xlen(redis_keys.LIFECYCLE) == 2


async def test_an_end_and_an_acknowledgement_at_once_lose_neither(redis: Redis) -> None:
    store = AlertStore(redis)
    raised = [make_alert("asystole", onset_sample=n) for n in range(20)]  # high: it waits for an acknowledgement
    for alert in raised:
        await store.take(alert)
    acts = [store.acknowledge(alert.alert_id, "AB") for alert in raised] + [
        store.take(ended(alert)) for alert in raised
    ]
    await asyncio.gather(*acts)
    for alert in raised:
        record = await store.get(alert.alert_id)
        assert record is not None
        assert (record.state, record.acknowledged_by, record.alert.ended_sample) == ("resolved", "AB", 9000)
    assert await store.open_alerts() == []


async def test_an_alert_that_lasts_can_not_be_resolved_and_an_unknown_one_is_named(redis: Redis) -> None:
    store = AlertStore(redis)
    alert = make_alert()
    await store.take(alert)
    with pytest.raises(AlertActionError, match="still lasts"):
        await store.resolve(alert.alert_id, "AB")
    with pytest.raises(AlertActionError, match="none with this id"):
        await store.acknowledge("no-such-id", "AB")


async def test_a_resolved_alert_expires_and_an_open_one_does_not(redis: Redis) -> None:
    store = AlertStore(redis)
    medium, high = make_alert(code="pause"), make_alert(code="asystole")
    for alert in (medium, high):
        await store.take(alert)
        await store.take(ended(alert))
    assert 0 < await redis.ttl(redis_keys.alert(medium.alert_id)) <= redis_keys.ALERT_TTL_S
    assert await redis.ttl(redis_keys.alert(high.alert_id)) == -1
    assert [record.alert.code for record in await store.open_alerts()] == ["asystole"]


async def test_signals_are_kept_for_a_week_and_the_alert_for_a_month(redis: Redis) -> None:
    store = AlertStore(redis)
    alert = make_alert()
    await store.take(alert)
    assert await redis.ttl(redis_keys.signals(alert.alert_id)) == -1
    await store.take(ended(alert))
    whole = msgspec.structs.replace(alert.evidence, strip=b"\1\0\2\0", strip_end_s=9.0)
    await store.take(msgspec.structs.replace(ended(alert), evidence=whole))
    assert 0 < await redis.ttl(redis_keys.signals(alert.alert_id)) <= redis_keys.SIGNALS_TTL_S < redis_keys.ALERT_TTL_S
    record = await store.get(alert.alert_id)
    assert record is not None
    assert record.alert.evidence == whole
    await redis.delete(redis_keys.signals(alert.alert_id))
    assert [await store.get(alert.alert_id)] == await store.history("bed-1")


async def test_signals_that_an_earlier_version_stored_in_the_record_survive_the_next_change(redis: Redis) -> None:
    alert = make_alert()
    await redis.hset(redis_keys.alert(alert.alert_id), "body", msgspec.json.encode(alert_lifecycle.begin(alert, 1)))
    await redis.hset(redis_keys.alert(alert.alert_id), "version", "1")
    await AlertStore(redis).acknowledge(alert.alert_id, "AB")
    record = await AlertStore(redis).get(alert.alert_id)
    assert record is not None
    assert record.alert.evidence == alert.evidence


async def test_old_ids_leave_the_history(redis: Redis) -> None:
    now_ns = 1_800_000_000_000_000_000
    store = AlertStore(redis, clock_ns=lambda: now_ns)
    await store.take(make_alert(onset_sample=1))
    now_ns += (redis_keys.ALERT_TTL_S + 1) * 1_000_000_000
    await store.take(make_alert(onset_sample=2))
    assert [record.alert.onset_sample for record in await store.history("bed-1")] == [2]


async def test_the_lifecycle_holds_every_change_in_order_without_signals(redis: Redis) -> None:
    store = AlertStore(redis)
    start = await store.last_change()
    alert = make_alert()
    await store.take(alert)
    await store.acknowledge(alert.alert_id, "AB")
    await store.take(ended(alert))
    changes = await store.changes(start)
    assert [record.state for _, record in changes] == ["active", "acknowledged", "resolved"]
    assert all(record.alert.evidence.strip == b"" for _, record in changes)
    full = await store.get(alert.alert_id)
    assert full is not None
    assert full.alert.evidence.strip == alert.evidence.strip != b""
    assert await store.changes(changes[1][0]) == changes[2:]
    assert await store.last_change() == changes[2][0]
    assert await store.changes(changes[2][0], block_ms=10) == []


async def test_an_end_that_comes_first_is_one_complete_alert(redis: Redis) -> None:
    store = AlertStore(redis)
    alert = make_alert("asystole")
    assert await store.take(ended(alert))
    assert not await store.take(alert)
    (record,) = await store.open_alerts()
    assert (record.state, record.version, record.alert.ended_sample) == ("ended", 1, 9000)


async def test_the_open_alerts_of_one_bed(redis: Redis) -> None:
    store = AlertStore(redis)
    mine, over, other = make_alert("lead_off"), make_alert("pause"), make_alert("pause", stream_id="bed-2")
    for alert in (mine, over, ended(over), other):
        await store.take(alert)
    assert [record.alert.alert_id for record in await store.open_of("bed-1")] == [mine.alert_id]
    await store.close(mine.alert_id, "AB")
    assert await store.open_of("bed-1") == []


async def test_a_longer_strip_is_a_change_without_an_audit_entry(redis: Redis) -> None:
    store = AlertStore(redis)
    alert = make_alert()
    await store.take(alert)
    whole = msgspec.structs.replace(alert, evidence=msgspec.structs.replace(alert.evidence, strip_end_s=30.0))
    await store.take(whole)
    record = await store.get(alert.alert_id)
    assert record is not None
    assert (record.alert, record.version) == (whole, 2)
    assert [record.version for _, record in await store.changes("0-0")] == [1, 2]
    assert [entry.act for entry in await AuditLog(redis).of("bed-1")] == ["raised"]


async def test_stored_alerts_survive_a_redis_that_is_killed(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    config = tmp_path / "redis.conf"
    config.write_text(server_config(port, tmp_path), encoding="utf-8")
    command = [str(find_server()), str(config)]
    redis = connect(f"redis://127.0.0.1:{port}/0")
    store = AlertStore(redis)
    expected: list[AlertRecord] = []
    async with aclosing(redis):
        for n in range(1, 9):
            with Child("redis", command, tmp_path) as child:
                wait_until("Redis answers", lambda: not is_free("127.0.0.1", port), 20, [child])
                assert await store.open_alerts() == expected
                assert len(await AuditLog(redis).of("bed-1")) == 2 * len(expected)
                alert = make_alert("asystole", onset_sample=n)
                assert await store.take(alert)
                expected.append(await store.acknowledge(alert.alert_id, "AB"))
                child.signal(signal.SIGKILL)
                child.wait(10)


async def test_alerts_of_the_canary_are_kept_for_an_hour_and_make_no_audit(redis: Redis) -> None:
    now_ns = 10**18
    store = AlertStore(redis, lambda: now_ns)
    first, second = (
        msgspec.structs.replace(make_alert("asystole", onset, stream_id=CANARY), origin="canary") for onset in (1, 2)
    )
    await store.take(first)
    await store.take(ended(first))
    assert await store.open_alerts() == [], "it does not latch"
    for key in (redis_keys.alert(first.alert_id), redis_keys.alerts_of(CANARY)):
        assert 0 < await redis.ttl(key) <= redis_keys.CANARY_ALERT_TTL_S
    now_ns += (redis_keys.CANARY_ALERT_TTL_S + 1) * 1_000_000_000
    await store.take(second)
    assert await redis.zrange(redis_keys.alerts_of(CANARY), 0, -1) == [second.alert_id.encode()]
    assert await AuditLog(redis).of(CANARY) == []

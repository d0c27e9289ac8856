import itertools
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

import msgspec
import pytest
from redis.asyncio import Redis

from processors.worker.bed_watch import BedWatch
from processors.worker.silence import NO_DATA_AFTER_S
from tests.support.samples import make_alert
from tests.support.turns import Turns
from wardbeat.care.escalation import escalation_id
from wardbeat.store import redis_keys
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.beds.admission_store import AdmissionStore
from wardbeat.store.escalation_store import EscalationStore
from wardbeat.store.live_store import LastSeen, LiveStore
from wardbeat.store.migrations import FORMER_KEPT_S, FORMER_LAST_SEEN, migrate
from wardbeat.store.redis_client import connect

pytestmark = pytest.mark.slow  # a real Redis

S = 1_000_000_000
NOW_NS = 1_800_000_000_123_456_789
LAST_SEEN = LastSeen("bed-1", "s1", "live", 5000, 250.0, NOW_NS, NOW_NS - S, partition=2)


@pytest.fixture
async def redis(redis_server: str) -> AsyncIterator[Redis]:
    client = connect(redis_server)
    yield client
    await client.aclose()


def former_body(entry: LastSeen) -> bytes:
    """An entry as the earlier version wrote it."""
    fields = msgspec.structs.asdict(entry)
    return msgspec.json.encode({"heard_ns" if name == "last_seen_ns" else name: fields[name] for name in fields})


def later(entry: LastSeen, **changes: Any) -> LastSeen:
    return msgspec.structs.replace(entry, last_seen_ns=entry.last_seen_ns + 1, **changes)


async def write_former(redis: Redis, *entries: LastSeen) -> None:
    for entry in entries:
        await redis.hset(FORMER_LAST_SEEN, entry.stream_id, former_body(entry))
        await redis.zadd(redis_keys.STREAMS, {entry.stream_id: entry.last_seen_ns / S})


async def test_every_last_record_is_converted_to_the_nanosecond(redis: Redis) -> None:
    entries = [
        LAST_SEEN,
        msgspec.structs.replace(LAST_SEEN, stream_id="bed-2", final=True),
        msgspec.structs.replace(LAST_SEEN, stream_id="bed-3", session_id='a "heard_ns":7 device', ecg_ns=0),
    ]
    await write_former(redis, *entries)
    await migrate(redis)
    assert await LiveStore(redis).last_seen(["bed-1", "bed-2", "bed-3"]) == entries


async def test_the_newer_record_stays(redis: Redis) -> None:
    live = LiveStore(redis)
    newer = later(LAST_SEEN, session_id="s2")
    await live.write([], [], 0.0, [newer])
    await write_former(redis, LAST_SEEN)
    await migrate(redis)
    assert await live.last_seen(["bed-1"]) == [newer]
    last = later(newer, sample=6000)
    await write_former(redis, last)  # a worker of the earlier version has the stream for a moment
    await migrate(redis)
    assert await live.last_seen(["bed-1"]) == [last]


async def test_the_former_key_is_removed_a_day_later(redis: Redis) -> None:
    await write_former(redis, LAST_SEEN)
    await migrate(redis)
    await redis.expire(FORMER_LAST_SEEN, FORMER_KEPT_S - 60)
    await migrate(redis)
    assert FORMER_KEPT_S - 120 < await redis.ttl(FORMER_LAST_SEEN) <= FORMER_KEPT_S - 60, "not put off"


async def test_nothing_to_convert_costs_one_command(redis: Redis) -> None:
    await migrate(redis)  # Redis knows the script from now on
    commands = 0
    execute = redis.execute_command

    async def count(*args: Any, **options: Any) -> Any:
        nonlocal commands
        commands += 1
        return await execute(*args, **options)  # type: ignore[no-untyped-call]

    redis.execute_command = count  # type: ignore[method-assign]
    await migrate(redis)
    assert commands == 1
    assert await redis.keys() == []


async def test_channels_that_have_delivered_an_escalation_do_not_deliver_it_again(redis: Redis) -> None:
    alert = make_alert("asystole")
    await AlertStore(redis).take(alert)
    escalation = escalation_id(alert.alert_id, "high")
    former = f"wb:escalations:told:{escalation}"
    await redis.sadd(former, "topic")
    store = EscalationStore(redis)
    await store.note_notified(escalation, "webhook")
    await write_former(redis, LAST_SEEN)
    await migrate(redis)
    assert await store.notified(escalation) == {"topic", "webhook"}
    assert 0 < await redis.ttl(redis_keys.escalation_notified(escalation)) <= redis_keys.NOTIFIED_TTL_S
    assert await redis.exists(redis_keys.escalation_notified(escalation_id(alert.alert_id, "medium"))) == 0


@pytest.mark.parametrize("killed_at", [None, 0, 1, 2, 3])
async def test_two_processes_at_once_and_one_that_is_interrupted_lose_nothing(
    redis: Redis, killed_at: int | None
) -> None:
    turns = Turns()
    gated = turns.gate(redis)
    acts: list[Callable[[], Any]] = [partial(migrate, gated), partial(migrate, gated)]
    for order in itertools.product([0, 1], repeat=3):
        await redis.flushdb()
        alert = make_alert("asystole")
        await AlertStore(redis).take(alert)
        escalation = escalation_id(alert.alert_id, "high")
        await redis.sadd(f"wb:escalations:told:{escalation}", "topic")
        await write_former(redis, LAST_SEEN)
        answers = await turns.run(acts, order, killed_at)
        assert [answer for answer in answers if isinstance(answer, Exception)] == []
        await migrate(redis)  # the next start of a process
        assert await LiveStore(redis).last_seen(["bed-1"]) == [LAST_SEEN]
        assert await EscalationStore(redis).notified(escalation) == {"topic"}


async def test_a_bed_that_was_silent_before_the_upgrade_raises_no_data_after_it(redis: Redis) -> None:
    await write_former(redis, LAST_SEEN)
    now_ns = NOW_NS + S
    live = LiveStore(redis)
    alerts = AlertStore(redis)
    watch = BedWatch(AdmissionStore(redis), live, alerts, lambda: now_ns)
    watch.set_partitions([LAST_SEEN.partition])
    await watch.read_settings()
    await migrate(redis)
    now_ns += int(2 * NO_DATA_AFTER_S * S)
    (alert,) = await watch.update_alerts(lambda _: True)
    assert (alert.code, alert.stream_id, alert.session_id) == ("no_data", "bed-1", "s1")
    assert alert.onset_sample == LAST_SEEN.sample


async def test_an_alert_for_a_silent_bed_stays_open_across_the_upgrade(redis: Redis) -> None:
    await write_former(redis, LAST_SEEN)
    now_ns = NOW_NS + int(2 * NO_DATA_AFTER_S * S)
    alerts = AlertStore(redis)
    before = msgspec.structs.replace(make_alert("no_data", LAST_SEEN.sample), stream_id="bed-1")
    await alerts.take(before)
    await migrate(redis)
    watch = BedWatch(AdmissionStore(redis), LiveStore(redis), alerts, lambda: now_ns)
    watch.set_partitions([LAST_SEEN.partition])
    await watch.read_settings()
    assert await watch.update_alerts(lambda _: True) == []
    (record,) = await alerts.open_alerts()
    assert record.alert.ended_sample is None

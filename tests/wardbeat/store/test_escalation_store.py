import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest
from redis.asyncio import Redis

from tests.support.samples import make_alert
from wardbeat.store import redis_keys
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.escalation_store import LEASE_S, MOST_AT_ONCE, EscalationStore
from wardbeat.store.redis_client import connect

pytestmark = pytest.mark.slow  # a real Redis

S = 1_000_000_000
AFTER_S = 60.0


class Clock:
    """Unix time that the test sets."""

    def __init__(self) -> None:
        self.now_ns = 1_800_000_000 * S

    def __call__(self) -> int:
        return self.now_ns

    def advance(self, seconds: float) -> None:
        self.now_ns += int(seconds * S)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def redis(redis_server: str) -> AsyncIterator[Redis]:
    async with connect(redis_server) as client:
        yield client


@pytest.fixture
def alerts(redis: Redis, clock: Clock) -> AlertStore:
    return AlertStore(redis, clock)


@pytest.fixture
def store(redis: Redis, clock: Clock) -> EscalationStore:
    return EscalationStore(redis, clock)


async def test_an_alert_is_claimed_when_it_is_due_and_by_one_escalator(
    alerts: AlertStore, store: EscalationStore, redis: Redis, clock: Clock
) -> None:
    alert = make_alert("asystole")
    await alerts.take(alert)
    clock.advance(AFTER_S - 1)
    assert await store.claim(AFTER_S) == []
    clock.advance(1)
    claims = await asyncio.gather(*(EscalationStore(redis, clock).claim(AFTER_S) for _ in range(5)))
    assert sorted(claims) == [[], [], [], [], [alert.alert_id]]


async def test_another_escalator_claims_the_alert_of_one_that_has_died(
    alerts: AlertStore, store: EscalationStore, clock: Clock
) -> None:
    alert = make_alert("asystole")
    await alerts.take(alert)
    clock.advance(AFTER_S)
    assert await store.claim(AFTER_S) == [alert.alert_id]
    clock.advance(LEASE_S - 1)
    assert await store.claim(AFTER_S) == []
    clock.advance(1)
    assert await store.claim(AFTER_S) == [alert.alert_id]
    await store.give_back(alert.alert_id)
    assert await store.claim(AFTER_S) == [alert.alert_id], "it waits for its escalation"


async def test_an_acknowledged_or_escalated_alert_does_not_wait(
    alerts: AlertStore, store: EscalationStore, clock: Clock
) -> None:
    acknowledged, escalated, silent = make_alert("asystole", 1), make_alert("asystole", 2), make_alert("couplet", 3)
    for alert in (acknowledged, escalated, silent):
        await alerts.take(alert)
    assert [await store.waits(alert.alert_id) for alert in (acknowledged, escalated, silent)] == [True, True, False]
    await alerts.acknowledge(acknowledged.alert_id, "AB")
    await alerts.note_escalation(escalated.alert_id, "high")
    clock.advance(AFTER_S)
    assert await store.claim(AFTER_S) == []
    assert not await store.waits(escalated.alert_id)


async def test_one_claim_takes_a_limited_number_of_alerts(
    alerts: AlertStore, store: EscalationStore, clock: Clock
) -> None:
    raised = [make_alert("asystole", n) for n in range(1, MOST_AT_ONCE + 4)]
    for alert in raised:
        await alerts.take(alert)
    clock.advance(AFTER_S)
    first, second = await store.claim(AFTER_S), await store.claim(AFTER_S)
    assert (len(first), len(second)) == (MOST_AT_ONCE, 3)
    assert {*first, *second} == {alert.alert_id for alert in raised}


async def test_channels_that_have_delivered_are_kept_for_a_day(store: EscalationStore, redis: Redis) -> None:
    assert await store.notified("e1") == set()
    for channel in ("topic", "webhook", "topic"):
        await store.note_notified("e1", channel)
    assert await store.notified("e1") == {"topic", "webhook"}
    assert 0 < await redis.ttl(redis_keys.escalation_notified("e1")) <= redis_keys.NOTIFIED_TTL_S


async def test_a_failed_escalation_is_one_alert_until_it_is_removed(store: EscalationStore) -> None:
    failure = make_alert("escalation_failed")
    await store.add_failure("a1", failure)
    newer = msgspec.structs.replace(failure, raised_sample=9000)
    await store.add_failure("a1", newer)
    assert await store.failures() == {"a1": newer}
    await store.remove_failure("a1")
    assert await store.failures() == {}


async def test_a_running_escalator_is_known_until_it_stops(store: EscalationStore, redis: Redis) -> None:
    assert not await store.running()
    await store.show_life()
    assert await store.running()
    assert 0 < await redis.pttl(redis_keys.ESCALATOR) <= redis_keys.ESCALATOR_TTL_MS

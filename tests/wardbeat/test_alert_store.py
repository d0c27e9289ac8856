import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from redis.asyncio import Redis

from tests.samples import make_alert
from wardbeat import alerts, redis_keys
from wardbeat.alert_store import AlertStore
from wardbeat.alerts import AlertRecord
from wardbeat.errors import AlertActionError
from wardbeat.messages import Alert
from wardbeat.redis_client import connect

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
    assert await store.raise_(alert)
    await store.acknowledge(alert.alert_id, "AB")
    assert not await store.raise_(alert)
    record = await store.get(alert.alert_id)
    assert record is not None
    assert (record.state, record.acknowledged_by, record.version) == ("acknowledged", "AB", 2)
    assert len(await store.history(alert.stream_id)) == 1


async def test_two_people_acknowledge_at_once_and_one_wins(redis: Redis) -> None:
    alert = make_alert()
    await AlertStore(redis).raise_(alert)
    people = [f"P{n}" for n in range(20)]
    records = await asyncio.gather(*(AlertStore(redis).acknowledge(alert.alert_id, by) for by in people))
    assert len({record.acknowledged_by for record in records}) == 1
    assert records[0].version == 2
    assert await redis.xlen(redis_keys.LIFECYCLE) == 2


async def test_an_end_and_an_acknowledgement_at_once_lose_neither(redis: Redis) -> None:
    store = AlertStore(redis)
    raised = [make_alert("asystole", onset_sample=n) for n in range(20)]  # high: it waits to be seen
    for alert in raised:
        await store.raise_(alert)
    acts = [store.acknowledge(alert.alert_id, "AB") for alert in raised] + [store.end(ended(alert)) for alert in raised]
    await asyncio.gather(*acts)
    for alert in raised:
        record = await store.get(alert.alert_id)
        assert record is not None
        assert (record.state, record.acknowledged_by, record.alert.ended_sample) == ("resolved", "AB", 9000)
    assert await store.open_alerts() == []


async def test_what_lasts_can_not_be_resolved_and_the_unknown_is_named(redis: Redis) -> None:
    store = AlertStore(redis)
    alert = make_alert()
    await store.raise_(alert)
    with pytest.raises(AlertActionError, match="still lasts"):
        await store.resolve(alert.alert_id, "AB")
    with pytest.raises(AlertActionError, match="none with this id"):
        await store.acknowledge("no-such-id", "AB")
    assert await store.end(make_alert(onset_sample=77)) is None


async def test_a_resolved_alert_expires_and_an_open_one_does_not(redis: Redis) -> None:
    store = AlertStore(redis)
    medium, high = make_alert(code="pause"), make_alert(code="asystole")
    for alert in (medium, high):
        await store.raise_(alert)
        await store.end(ended(alert))
    assert 0 < await redis.ttl(redis_keys.alert(medium.alert_id)) <= redis_keys.ALERT_TTL_S
    assert await redis.ttl(redis_keys.alert(high.alert_id)) == -1
    assert [record.alert.code for record in await store.open_alerts()] == ["asystole"]


async def test_old_ids_leave_the_history(redis: Redis) -> None:
    now_ns = 1_800_000_000_000_000_000
    store = AlertStore(redis, clock_ns=lambda: now_ns)
    await store.raise_(make_alert(onset_sample=1))
    now_ns += (redis_keys.ALERT_TTL_S + 1) * 1_000_000_000
    await store.raise_(make_alert(onset_sample=2))
    assert [record.alert.onset_sample for record in await store.history("bed-1")] == [2]


async def test_the_lifecycle_tells_every_change_in_order_without_strips(redis: Redis) -> None:
    store = AlertStore(redis)
    start = await store.last_change()
    alert = make_alert()
    await store.raise_(alert)
    await store.acknowledge(alert.alert_id, "AB")
    await store.end(ended(alert))
    changes = await store.changes(start)
    assert [record.state for _, record in changes] == ["active", "acknowledged", "resolved"]
    assert all(record.alert.evidence.strip == b"" for _, record in changes)
    full = await store.get(alert.alert_id)
    assert full is not None
    assert full.alert.evidence.strip == alert.evidence.strip != b""
    assert await store.changes(changes[1][0]) == changes[2:]
    assert await store.last_change() == changes[2][0]
    assert await store.changes(changes[2][0], block_ms=10) == []


class StoreAgainstRules(RuleBasedStateMachine):
    """Whatever is asked in whatever order, the store holds what the pure rules say."""

    url = ""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.redis = connect(self.url)
        self.loop.run_until_complete(self.redis.flushdb())
        self.now_ns = 1
        self.store = AlertStore(self.redis, clock_ns=lambda: self.now_ns)
        self.model: dict[str, AlertRecord] = {}
        self.order: list[str] = []

    def teardown(self) -> None:
        self.loop.run_until_complete(self.redis.aclose())
        self.loop.close()

    alerts_ = st.builds(make_alert, code=st.sampled_from(["asystole", "pause"]), onset_sample=st.integers(1, 2))

    @rule(alert=alerts_)
    def raise_(self, alert: Alert) -> None:
        self.now_ns += 1_000_000
        new = self.loop.run_until_complete(self.store.raise_(alert))
        assert new == (alert.alert_id not in self.model)
        if new:
            self.model[alert.alert_id] = alerts.raise_alert(alert, self.now_ns)
            self.order.append(alert.alert_id)

    @rule(alert=alerts_, act=st.sampled_from(["end", "acknowledge", "resolve"]), by=st.sampled_from(["AB", "CD"]))
    def change(self, alert: Alert, act: str, by: str) -> None:
        self.now_ns += 1_000_000
        known = self.model.get(alert.alert_id)
        try:
            expected = None if known is None else self._expected(known, alert, act, by)
        except AlertActionError:
            with pytest.raises(AlertActionError):
                self._ask(alert, act, by)
            return
        if known is None and act != "end":
            with pytest.raises(AlertActionError):
                self._ask(alert, act, by)
            return
        assert self._ask(alert, act, by) == expected
        if expected is not None:
            self.model[alert.alert_id] = expected

    def _expected(self, known: AlertRecord, alert: Alert, act: str, by: str) -> AlertRecord:
        if act == "end":
            return alerts.end_alert(known, ended(alert), self.now_ns)
        return (alerts.acknowledge if act == "acknowledge" else alerts.resolve)(known, by, self.now_ns)

    def _ask(self, alert: Alert, act: str, by: str) -> AlertRecord | None:
        if act == "end":
            return self.loop.run_until_complete(self.store.end(ended(alert)))
        ask = self.store.acknowledge if act == "acknowledge" else self.store.resolve
        return self.loop.run_until_complete(ask(alert.alert_id, by))

    @invariant()
    def same(self) -> None:
        still_open = self.loop.run_until_complete(self.store.open_alerts())
        history = self.loop.run_until_complete(self.store.history("bed-1"))
        assert still_open == [self.model[key] for key in self.order if self.model[key].state != "resolved"]
        assert history == [self.model[key] for key in reversed(self.order)]


def test_the_store_does_what_the_rules_say(redis_server: str) -> None:
    StoreAgainstRules.url = redis_server
    run_state_machine_as_test(
        StoreAgainstRules,
        settings=settings(
            max_examples=25, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )

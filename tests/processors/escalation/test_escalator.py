"""Alerts that are not acknowledged are escalated once, by every channel; a failed escalation is an alert itself."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest
from redis.asyncio import Redis

from processors.escalation.channels import Channel
from processors.escalation.escalator import Escalator
from processors.escalation.system_watch import SystemWatch
from tests.support.samples import make_alert
from wardbeat.contracts.messages import Escalation
from wardbeat.errors import EscalationError
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.audit_log import AuditLog
from wardbeat.store.beds.admission_store import AdmissionStore
from wardbeat.store.escalation_store import LEASE_S, EscalationStore
from wardbeat.store.live_store import LiveStore
from wardbeat.store.redis_client import connect
from wardbeat.store.screen_store import ScreenStore

pytestmark = pytest.mark.slow  # a real Redis
S = 1_000_000_000
AFTER_S = 60.0


class Bench:
    """A ward with a clock that the test sets, and any number of escalators."""

    def __init__(self, redis: Redis) -> None:
        self.now_ns = 1_800_000_000 * S
        self.redis = redis
        self.alerts = AlertStore(redis, lambda: self.now_ns)
        self.beds = AdmissionStore(redis, lambda: self.now_ns)
        self.delivered: list[Escalation] = []
        self.fails = False

    def escalator(self, *more: tuple[str, Channel]) -> Escalator:
        store = EscalationStore(self.redis, lambda: self.now_ns)
        channels = {"pager": self.deliver, **dict(more)}
        system = SystemWatch(self.alerts, LiveStore(self.redis), ScreenStore(self.redis), lambda: self.now_ns)
        return Escalator(self.alerts, self.beds, store, system, channels, AFTER_S, lambda: self.now_ns)

    async def deliver(self, escalation: Escalation) -> None:
        await asyncio.sleep(0)
        if self.fails:
            raise EscalationError("pager is out of order")
        self.delivered.append(escalation)

    async def open_codes(self) -> list[str]:
        return [record.alert.code for record in await self.alerts.open_alerts()]


@pytest.fixture
async def bench(redis_server: str) -> AsyncIterator[Bench]:
    async with connect(redis_server) as client:
        yield Bench(client)


async def test_an_alert_is_escalated_after_the_delay_and_only_once(bench: Bench) -> None:
    alert = make_alert("asystole")
    await bench.alerts.take(alert)
    bench.now_ns += 59 * S
    await bench.escalator().check()
    assert bench.delivered == []
    bench.now_ns += S
    await asyncio.gather(*(bench.escalator().check() for _ in range(5)))
    await bench.escalator().check()
    (notified,) = bench.delivered
    assert (notified.alert_id, notified.code, notified.priority, notified.lasts) == (
        alert.alert_id,
        "asystole",
        "high",
        True,
    )
    record = await bench.alerts.get(alert.alert_id)
    assert record is not None
    assert (record.state, record.escalated) == ("active", "high")
    assert [entry.act for entry in await AuditLog(bench.redis).of("bed-1")] == ["escalated", "raised"]


@pytest.mark.parametrize(("code", "count"), [("bradycardia", 0), ("pvc_rate", 0), ("no_data", 1), ("lead_off", 1)])
async def test_only_urgent_alerts_are_escalated(bench: Bench, code: str, count: int) -> None:
    await bench.alerts.take(make_alert(code))
    bench.now_ns += 90 * S
    await bench.escalator().check()
    assert len(bench.delivered) == count


async def test_an_acknowledged_alert_is_escalated_after_it_calls_again(bench: Bench) -> None:
    alert = make_alert("asystole")
    await bench.alerts.take(alert)
    bench.now_ns += 50 * S
    await bench.alerts.acknowledge(alert.alert_id, "AB")
    bench.now_ns += 179 * S  # it calls again after 120 s, and is escalated 60 s later
    await bench.escalator().check()
    assert bench.delivered == []
    bench.now_ns += S
    await bench.escalator().check()
    assert len(bench.delivered) == 1


async def test_an_alert_silenced_by_standby_is_not_escalated(bench: Bench) -> None:
    await bench.alerts.take(make_alert("lead_off"))
    await bench.beds.begin_standby("bed-1", 180, "AB")
    for _ in range(3):
        assert bench.delivered == []
        bench.now_ns += 60 * S
        await bench.escalator().check()
    assert [notified.code for notified in bench.delivered] == ["lead_off"], "the standby has run out"


async def test_a_latched_alert_is_escalated(bench: Bench) -> None:
    alert = make_alert("ventricular_tachycardia")
    await bench.alerts.take(msgspec.structs.replace(alert, ended_sample=9_000))
    bench.now_ns += 60 * S
    await bench.escalator().check()
    assert [notified.lasts for notified in bench.delivered] == [False]


async def test_an_alert_that_becomes_more_urgent_is_escalated_again(bench: Bench) -> None:
    alert = make_alert("no_data")
    await bench.alerts.take(alert)
    for priority in ("medium", "high", "high"):
        await bench.alerts.take(msgspec.structs.replace(alert, priority=priority))
        bench.now_ns += 60 * S
        await bench.escalator().check()
    assert [notified.priority for notified in bench.delivered] == ["medium", "high"]
    assert len({notified.escalation_id for notified in bench.delivered}) == 2


async def test_a_failed_escalation_is_an_alert_until_it_is_delivered(bench: Bench) -> None:
    alert = make_alert("asystole")
    await bench.alerts.take(alert)
    bench.now_ns += 60 * S
    bench.fails = True
    delivered_by_topic: list[Escalation] = []

    async def other(escalation: Escalation) -> None:
        delivered_by_topic.append(escalation)

    escalator = bench.escalator(("topic", other))
    await escalator.check()
    assert (escalator.notified, escalator.failed, len(delivered_by_topic)) == (0, 1, 1)
    assert await bench.open_codes() == ["asystole", "escalation_failed"]
    await bench.escalator().check()  # within the lease no escalator tries
    bench.now_ns += int(LEASE_S) * S
    await escalator.check()
    assert (escalator.failed, await bench.open_codes()) == (2, ["asystole", "escalation_failed"])
    bench.now_ns += int(LEASE_S) * S
    bench.fails = False
    await escalator.check()
    await escalator.check()
    assert (len(bench.delivered), len(delivered_by_topic)) == (1, 1), (
        "a channel that has delivered does not deliver again"
    )
    assert await bench.open_codes() == ["asystole"]


async def test_the_alert_on_a_failure_ends_when_staff_acknowledge(bench: Bench) -> None:
    alert = make_alert("asystole")
    await bench.alerts.take(alert)
    bench.now_ns += 60 * S
    bench.fails = True
    await bench.escalator().check()
    await bench.alerts.acknowledge(alert.alert_id, "AB")
    await bench.escalator().check()
    bench.now_ns += 60 * S
    await bench.alerts.take(msgspec.structs.replace(alert, ended_sample=9_000))
    await bench.escalator().check()
    assert await bench.open_codes() == []
    await bench.escalator().check()
    assert await bench.open_codes() == []


async def test_another_escalator_continues_after_one_has_died(bench: Bench) -> None:
    await bench.alerts.take(make_alert("asystole"))
    bench.now_ns += 60 * S

    async def dies(_: Escalation) -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await bench.escalator(("pager", dies)).check()
    bench.now_ns += int(LEASE_S) * S
    await bench.escalator().check()
    assert len(bench.delivered) == 1


async def test_an_unexpected_error_of_a_channel_delays_no_other_alert(bench: Bench) -> None:
    await bench.alerts.take(make_alert("asystole", 1))
    await bench.alerts.take(make_alert("asystole", 2, stream_id="bed-2"))
    bench.now_ns += 60 * S

    async def odd(notified: Escalation) -> None:
        if notified.stream_id == "bed-1":
            raise ZeroDivisionError

    escalator = bench.escalator(("odd", odd))
    await escalator.check()
    assert (escalator.notified, escalator.failed) == (1, 1)
    (failure,) = [record.alert for record in await bench.alerts.open_alerts() if record.alert.kind == "technical"]
    assert failure.evidence.rule == "odd: ZeroDivisionError()"


async def test_it_shows_that_it_runs_and_stops_on_request(bench: Bench) -> None:
    await bench.alerts.take(make_alert("asystole"))
    bench.now_ns += 60 * S
    stop = asyncio.Event()

    async def stops(_: Escalation) -> None:
        stop.set()

    assert not await EscalationStore(bench.redis).running()
    await bench.escalator(("pager", stops)).run(stop)
    assert await EscalationStore(bench.redis).running()

"""Others are told when nobody comes: once, by every channel, and what is not delivered is an alert itself."""

import asyncio
import http.server
import json
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any, ClassVar

import msgspec
import pytest
from confluent_kafka import Consumer
from redis.asyncio import Redis

from processors.escalation.escalator import Channel, Escalator, topic, webhook
from tests.support.samples import make_alert
from wardbeat.contracts import topics
from wardbeat.contracts.codec import decode_escalation
from wardbeat.contracts.messages import Alert, Escalation
from wardbeat.errors import EscalationError
from wardbeat.kafka.access import KafkaAccess
from wardbeat.store.admission_store import AdmissionStore
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.audit_log import AuditLog
from wardbeat.store.escalation_store import LEASE_S, EscalationStore
from wardbeat.store.redis_client import connect

pytestmark = pytest.mark.slow  # a real Redis
S = 1_000_000_000
AFTER_S = 60.0


class Bench:
    """A ward whose time is set by hand, and as many escalators as one likes."""

    def __init__(self, redis: Redis) -> None:
        self.now_ns = 1_800_000_000 * S
        self.redis = redis
        self.alerts = AlertStore(redis, lambda: self.now_ns)
        self.beds = AdmissionStore(redis, lambda: self.now_ns)
        self.heard: list[Escalation] = []
        self.fails = False

    def escalator(self, *more: tuple[str, Channel]) -> Escalator:
        store = EscalationStore(self.redis, lambda: self.now_ns)
        channels = {"pager": self.hear, **dict(more)}
        return Escalator(self.alerts, self.beds, store, channels, AFTER_S, lambda: self.now_ns)

    async def hear(self, escalation: Escalation) -> None:
        await asyncio.sleep(0)
        if self.fails:
            raise EscalationError("pager is out of order")
        self.heard.append(escalation)

    async def open_codes(self) -> list[str]:
        return [record.alert.code for record in await self.alerts.open_alerts()]


@pytest.fixture
async def bench(redis_server: str) -> AsyncIterator[Bench]:
    async with connect(redis_server) as client:
        yield Bench(client)


async def test_nobody_is_told_before_time_and_everybody_once_afterwards(bench: Bench) -> None:
    alert = make_alert("asystole")
    await bench.alerts.take(alert)
    bench.now_ns += 59 * S
    await bench.escalator().look()
    assert bench.heard == []
    bench.now_ns += S
    await asyncio.gather(*(bench.escalator().look() for _ in range(5)))
    await bench.escalator().look()
    (notified,) = bench.heard
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
async def test_only_what_is_urgent_is_told(bench: Bench, code: str, count: int) -> None:
    await bench.alerts.take(make_alert(code))
    bench.now_ns += 90 * S
    await bench.escalator().look()
    assert len(bench.heard) == count


async def test_whoever_comes_in_time_is_left_in_peace_until_it_sounds_again(bench: Bench) -> None:
    alert = make_alert("asystole")
    await bench.alerts.take(alert)
    bench.now_ns += 50 * S
    await bench.alerts.acknowledge(alert.alert_id, "AB")
    bench.now_ns += 179 * S  # 120 s until it sounds again, and then 60
    await bench.escalator().look()
    assert bench.heard == []
    bench.now_ns += S
    await bench.escalator().look()
    assert len(bench.heard) == 1


async def test_nobody_is_told_of_what_is_silent_while_a_patient_is_away(bench: Bench) -> None:
    await bench.alerts.take(make_alert("lead_off"))
    await bench.beds.begin_standby("bed-1", 180, "AB")
    for _ in range(3):
        assert bench.heard == []
        bench.now_ns += 60 * S
        await bench.escalator().look()
    assert [notified.code for notified in bench.heard] == ["lead_off"], "the time is up, and nobody has come back"


async def test_what_latches_is_told_too(bench: Bench) -> None:
    alert = make_alert("ventricular_tachycardia")
    await bench.alerts.take(msgspec.structs.replace(alert, ended_sample=9_000))
    bench.now_ns += 60 * S
    await bench.escalator().look()
    assert [notified.lasts for notified in bench.heard] == [False]


async def test_what_becomes_more_urgent_is_told_again(bench: Bench) -> None:
    alert = make_alert("no_data")
    await bench.alerts.take(alert)
    for priority in ("medium", "high", "high"):
        await bench.alerts.take(msgspec.structs.replace(alert, priority=priority))
        bench.now_ns += 60 * S
        await bench.escalator().look()
    assert [notified.priority for notified in bench.heard] == ["medium", "high"]
    assert len({notified.escalation_id for notified in bench.heard}) == 2


async def test_what_is_not_delivered_is_an_alert_until_it_is(bench: Bench) -> None:
    alert = make_alert("asystole")
    await bench.alerts.take(alert)
    bench.now_ns += 60 * S
    bench.fails = True
    heard: list[Escalation] = []

    async def other(escalation: Escalation) -> None:
        heard.append(escalation)

    escalator = bench.escalator(("topic", other))
    await escalator.look()
    assert (escalator.notified, escalator.failed, len(heard)) == (0, 1, 1)
    assert await bench.open_codes() == ["asystole", "escalation_failed"]
    await bench.escalator().look()  # within the lease nobody tries
    bench.now_ns += int(LEASE_S) * S
    await escalator.look()
    assert (escalator.failed, await bench.open_codes()) == (2, ["asystole", "escalation_failed"])
    bench.now_ns += int(LEASE_S) * S
    bench.fails = False
    await escalator.look()
    await escalator.look()
    assert (len(bench.heard), len(heard)) == (1, 1), "who was told is not told twice"
    assert await bench.open_codes() == ["asystole"]


async def test_a_failure_is_over_once_somebody_has_come(bench: Bench) -> None:
    alert = make_alert("asystole")
    await bench.alerts.take(alert)
    bench.now_ns += 60 * S
    bench.fails = True
    await bench.escalator().look()
    await bench.alerts.acknowledge(alert.alert_id, "AB")
    await bench.escalator().look()
    bench.now_ns += 60 * S
    await bench.alerts.take(msgspec.structs.replace(alert, ended_sample=9_000))
    await bench.escalator().look()
    assert await bench.open_codes() == []
    await bench.escalator().look()
    assert await bench.open_codes() == []


async def test_an_escalator_that_dies_is_followed_by_another(bench: Bench) -> None:
    await bench.alerts.take(make_alert("asystole"))
    bench.now_ns += 60 * S

    async def dies(_: Escalation) -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await bench.escalator(("pager", dies)).look()
    bench.now_ns += int(LEASE_S) * S
    await bench.escalator().look()
    assert len(bench.heard) == 1


async def test_a_channel_that_fails_in_a_way_nobody_thought_of_keeps_no_other_alert_waiting(bench: Bench) -> None:
    await bench.alerts.take(make_alert("asystole", 1))
    await bench.alerts.take(make_alert("asystole", 2, stream_id="bed-2"))
    bench.now_ns += 60 * S

    async def odd(notified: Escalation) -> None:
        if notified.stream_id == "bed-1":
            raise ZeroDivisionError

    escalator = bench.escalator(("odd", odd))
    await escalator.look()
    assert (escalator.notified, escalator.failed) == (1, 1)
    (failure,) = [record.alert for record in await bench.alerts.open_alerts() if record.alert.kind == "technical"]
    assert failure.evidence.rule == "odd: ZeroDivisionError()"


class Pager(http.server.BaseHTTPRequestHandler):
    """Refuses so many times, then takes what comes."""

    refusals: ClassVar[int] = 0
    refuses_with: ClassVar[int] = 503
    posts: ClassVar[list[tuple[str | None, Any]]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.posts.append((self.headers["Idempotency-Key"], body))
        taken = len(self.posts) > self.refusals
        self.send_response(204 if taken else self.refuses_with)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def pager() -> Iterator[str]:
    Pager.posts.clear()
    Pager.refuses_with = 503
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pager) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


def escalation(alert: Alert) -> Escalation:
    return Escalation(
        schema_version=1,
        escalation_id="e1",
        alert_id=alert.alert_id,
        stream_id=alert.stream_id,
        origin=alert.origin,
        kind=alert.kind,
        code=alert.code,
        words="Asystole",
        priority=alert.priority,
        lasts=True,
        raised_ns=1,
        escalated_ns=2,
    )


async def test_a_webhook_is_tried_again_under_the_same_key(pager: str) -> None:
    Pager.refusals = 2
    notified = escalation(make_alert("asystole"))
    await webhook(pager, waits_s=(0.01, 0.01))(notified)
    assert Pager.posts == [("e1", msgspec.to_builtins(notified))] * 3


async def test_a_webhook_that_never_takes_it_is_an_error(pager: str) -> None:
    Pager.refusals = 9
    with pytest.raises(EscalationError, match=r"webhook did not take it in 2 tries \(HTTP Error 503"):
        await webhook(pager, waits_s=(0.01,))(escalation(make_alert("asystole")))
    with pytest.raises(EscalationError, match="webhook did not take it"):
        await webhook("http://127.0.0.1:1/", waits_s=())(escalation(make_alert("asystole")))


async def test_a_webhook_that_sends_it_elsewhere_has_not_taken_it(pager: str) -> None:
    Pager.refusals, Pager.refuses_with = 9, 302
    with pytest.raises(EscalationError, match="HTTP Error 302"):
        await webhook(pager, waits_s=())(escalation(make_alert("asystole")))


async def test_the_topic_holds_it_under_the_key_of_its_bed(ward_topics: str, consumer_group: str) -> None:
    notified = escalation(make_alert("asystole"))
    await topic(KafkaAccess(ward_topics))(notified)
    consumer = Consumer({"bootstrap.servers": ward_topics, "group.id": consumer_group, "auto.offset.reset": "earliest"})
    consumer.subscribe([topics.ESCALATION])
    try:
        (message,) = await asyncio.to_thread(consumer.consume, 1, 20)
    finally:
        consumer.close()
    assert message.key() == b"bed-1"
    assert decode_escalation(message.value()) == notified


async def test_it_shows_that_it_is_at_work_and_stops_when_told(bench: Bench) -> None:
    await bench.alerts.take(make_alert("asystole"))
    bench.now_ns += 60 * S
    stop = asyncio.Event()

    async def stops(_: Escalation) -> None:
        stop.set()

    assert not await EscalationStore(bench.redis).running()
    await bench.escalator(("pager", stops)).run(stop)
    assert await EscalationStore(bench.redis).running()

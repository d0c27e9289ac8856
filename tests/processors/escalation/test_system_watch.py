"""Nobody listens, a screen stops, nobody monitors: alerts on the system, and their escalation."""

from collections.abc import AsyncIterator

import msgspec
import pytest
from redis.asyncio import Redis

from processors.escalation.escalator import Escalator
from processors.escalation.system_watch import NO_LISTENER_AFTER_S, NOT_MONITORED_AFTER_S, SystemWatch
from tests.support.samples import make_status
from wardbeat.contracts.alert_codes import SYSTEM
from wardbeat.contracts.messages import Escalation, Origin
from wardbeat.store import redis_keys
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.beds.admission_store import AdmissionStore
from wardbeat.store.escalation_store import EscalationStore
from wardbeat.store.live_store import LastSeen, LiveStore, WorkerHealth
from wardbeat.store.redis_client import connect
from wardbeat.store.screen_store import Screen, ScreenStore

pytestmark = pytest.mark.slow  # a real Redis
S = 1_000_000_000
LISTENING = Screen("screen-1", "station (ward)", sound=True, opened_ns=1, seen_ns=1)
HEALTH = WorkerHealth("w", 2**62, 1, 1, 0, 0, 0, 0.0, (0,))


class Bench:
    """A ward with a clock that the test sets; its workers and screens live until the test ends them."""

    def __init__(self, redis: Redis) -> None:
        self.now_ns = 1_800_000_000 * S
        self.redis = redis
        self.live, self.screens = LiveStore(redis), ScreenStore(redis)
        self.alerts = AlertStore(redis, lambda: self.now_ns)
        self.delivered: list[Escalation] = []
        watch = SystemWatch(self.alerts, self.live, self.screens, lambda: self.now_ns)
        store = EscalationStore(redis, lambda: self.now_ns)
        beds = AdmissionStore(redis, lambda: self.now_ns)
        self.escalator = Escalator(self.alerts, beds, store, watch, {"pager": self._deliver}, 60.0, lambda: self.now_ns)

    async def add_bed(self, origin: Origin = "live", *, final: bool = False) -> None:
        last = LastSeen("bed-1", "s1", origin, 1, 250.0, self.now_ns, self.now_ns, 0, final)
        await self.live.write([make_status("bed-1", self.now_ns)], [], self.now_ns / 1e9, [last])

    async def start(self) -> None:
        """A bed, a worker and a screen with sound."""
        await self.add_bed()
        await self.live.write_health(HEALTH)
        await self.screens.show([LISTENING])

    async def stop_screen(self) -> None:
        await self.redis.delete(redis_keys.screen(LISTENING.screen_id))

    async def later(self, seconds: float) -> list[str]:
        """Let time pass; the codes of the open alerts of the system."""
        self.now_ns += int(seconds * S)
        await self.redis.persist(redis_keys.worker("w"))  # its life is not what these tests measure
        await self.escalator.check()
        return sorted(record.alert.code for record in await self.alerts.open_of(SYSTEM))

    async def _deliver(self, escalation: Escalation) -> None:
        self.delivered.append(escalation)


@pytest.fixture
async def bench(redis_server: str) -> AsyncIterator[Bench]:
    async with connect(redis_server) as client:
        yield Bench(client)


async def test_a_monitored_ward_with_a_listening_screen_has_no_alert(bench: Bench) -> None:
    await bench.start()
    assert [await bench.later(s) for s in (0, 60, 600)] == [[], [], []]


async def test_without_a_listening_screen_an_alert_is_escalated_at_once_and_ends_with_one(bench: Bench) -> None:
    await bench.start()
    await bench.screens.show([msgspec.structs.replace(LISTENING, sound=False)])
    assert await bench.later(0) == []
    assert await bench.later(NO_LISTENER_AFTER_S - 1) == []
    assert await bench.later(1) == ["no_listener"]
    assert [(one.stream_id, one.code) for one in bench.delivered] == [(SYSTEM, "no_listener")]
    assert await bench.later(600) == ["no_listener"]
    assert len(bench.delivered) == 1
    await bench.screens.show([LISTENING])
    assert await bench.later(1) == []


@pytest.mark.parametrize(("origin", "final", "listened"), [("live", True, True), ("replay", True, False)])
async def test_only_beds_with_patients_need_a_listener(
    bench: Bench, origin: Origin, final: bool, listened: bool
) -> None:
    await bench.live.write_health(HEALTH)
    assert await bench.later(0) == []
    assert await bench.later(60) == [], "no bed at all"
    await bench.add_bed(origin, final=final)
    await bench.later(0)
    assert await bench.later(60) == (["no_listener"] if listened else [])


async def test_a_stopped_screen_is_an_alert_until_it_returns(bench: Bench) -> None:
    await bench.start()
    await bench.screens.show([msgspec.structs.replace(LISTENING, screen_id="screen-2")])
    await bench.stop_screen()
    assert await bench.later(0) == ["screen_stopped"]
    assert bench.delivered == []
    await bench.later(60)
    assert [one.words for one in bench.delivered] == ["A screen has stopped: station (ward)"]
    await bench.screens.show([LISTENING])
    assert await bench.later(1) == []


async def test_an_acknowledged_screen_is_known_to_be_off(bench: Bench) -> None:
    await bench.start()
    await bench.screens.show([msgspec.structs.replace(LISTENING, screen_id="screen-2")])
    await bench.stop_screen()
    await bench.later(0)
    (record,) = await bench.alerts.open_of(SYSTEM)
    await bench.alerts.acknowledge(record.alert.alert_id, "AB")
    assert await bench.later(1) == []
    assert (await bench.screens.read()).stopped == []


@pytest.mark.parametrize(("kafka", "words"), [(None, "the worker has stopped"), ("away", "Kafka does not answer")])
async def test_a_ward_that_nobody_monitors_is_an_alert_with_the_side(
    bench: Bench, kafka: str | None, words: str
) -> None:
    await bench.start()
    if kafka is None:
        await bench.live.remove_health("w")
    else:
        await bench.live.write_health(msgspec.structs.replace(HEALTH, kafka_problem=kafka))
    assert await bench.later(0) == []
    assert await bench.later(NOT_MONITORED_AFTER_S) == ["not_monitored"]
    await bench.later(60)
    assert [one.words for one in bench.delivered] == [f"No bed is monitored: {words}"]

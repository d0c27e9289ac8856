"""The settings of staff in the state of each bed."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from dashboard.feed.bedside import BedsideReader
from dashboard.views import BedView, WardView
from tests.support.samples import make_status
from wardbeat.care.admissions import PatientSettings
from wardbeat.store.beds.admission_store import AdmissionStore
from wardbeat.store.beds.audio_pause_store import AudioPauseStore
from wardbeat.store.escalation_store import EscalationStore
from wardbeat.store.live_store import LiveStore
from wardbeat.store.redis_client import connect

pytestmark = pytest.mark.slow  # a real Redis

WARD = WardView(
    problem=None, beds=[BedView(stream_id="bed-1", monitored=True), BedView(stream_id="bed-2", monitored=True)]
)


class Clock:
    """A clock that moves only by hand."""

    def __init__(self) -> None:
        self.now_ns = 1_700_000_000_000_000_000

    def __call__(self) -> int:
        return self.now_ns

    def pass_s(self, seconds: float) -> None:
        self.now_ns += int(seconds * 1e9)


@pytest.fixture
async def redis(redis_server: str) -> AsyncIterator[Redis]:
    async with connect(redis_server) as client:
        statuses = [make_status("bed-1", 2**62), make_status("bed-2", 2**62)]
        await LiveStore(client).write(statuses, [], now_s=1.0)
        yield client


async def shown(reader: BedsideReader) -> list[BedView]:
    await reader.read()
    return reader.add_to(WARD).beds


async def test_a_bed_without_settings_is_not_admitted_and_all_alerts_are_on(redis: Redis) -> None:
    first, second = await shown(BedsideReader(redis, Clock()))
    assert first == BedView(stream_id="bed-1", monitored=True)
    assert second.model_copy(update={"stream_id": "bed-1"}) == first


async def test_each_act_shows_only_at_its_bed(redis: Redis) -> None:
    clock = Clock()
    reader, beds, pauses = BedsideReader(redis, clock), AdmissionStore(redis, clock), AudioPauseStore(redis, clock)
    await beds.admit("bed-1", PatientSettings(paced=True, known_af=True), "AB")
    await beds.switch_off("bed-1", "couplet", "known", "CD")
    await pauses.pause("bed-1", "EF", 60)
    first, second = await shown(reader)
    assert (first.admitted, first.paced, first.known_af) == (True, True, True)
    assert [(off.code, off.reason, off.by) for off in first.off] == [("couplet", "known", "CD")]
    assert first.pause is not None
    assert (first.pause.by, first.pause.until_ms - first.pause.since_ms) == ("EF", 60_000)
    assert second == BedView(stream_id="bed-2", monitored=True)


async def test_a_pause_and_a_standby_end_without_another_read(redis: Redis) -> None:
    clock = Clock()
    reader = BedsideReader(redis, clock)
    await AdmissionStore(redis, clock).begin_standby("bed-2", 900, "AB")
    await AudioPauseStore(redis, clock).pause(None, "CD", 120)
    await reader.read()
    ward = reader.add_to(WARD)
    assert ward.pause is not None
    assert (ward.beds[1].standby_by, ward.beds[1].silenced) == ("AB", ["lead_off", "no_data", "noisy_signal"])
    clock.pass_s(121)
    assert reader.add_to(WARD).pause is None
    assert reader.add_to(WARD).beds[1].standby_by == "AB"
    clock.pass_s(780)
    assert reader.add_to(WARD).beds[1] == BedView(stream_id="bed-2", monitored=True)


async def test_the_ward_shows_whether_an_escalator_runs(redis: Redis) -> None:
    reader = BedsideReader(redis)
    await reader.read()
    assert reader.add_to(WARD).escalates is False
    await EscalationStore(redis).show_life()
    await reader.read()
    assert reader.add_to(WARD).escalates is True

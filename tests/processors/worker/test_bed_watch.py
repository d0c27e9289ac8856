"""Settings, standby and silence of beds, with a real Redis."""

from collections.abc import AsyncIterator

import msgspec
import pytest
from redis.asyncio import Redis

from processors.ward.failures import MonitorFailed
from processors.worker.bed_watch import SETTLES_S, BedWatch
from processors.worker.silence import NO_DATA_AFTER_S
from tests.support.samples import make_status
from wardbeat.care.admissions import PatientLimits, PatientSettings
from wardbeat.care.ward_defaults import WARD
from wardbeat.contracts.messages import Alert, Status
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.beds.admission_store import AdmissionStore
from wardbeat.store.live_store import LastSeen, LiveStore
from wardbeat.store.redis_client import connect

pytestmark = pytest.mark.slow  # a real Redis


class Beds:
    """A bed watch that owns partition 0, with a clock that the test sets."""

    def __init__(self, redis: Redis) -> None:
        self.now_ns = 10**18
        self.live, self.alerts = LiveStore(redis), AlertStore(redis)
        self.admissions = AdmissionStore(redis, lambda: self.now_ns)
        self.watch = self.next_worker()

    def next_worker(self, *partitions: int) -> BedWatch:
        watch = BedWatch(self.admissions, self.live, self.alerts, lambda: self.now_ns)
        watch.set_partitions(partitions or [0])
        return watch

    async def receive(self, stream_id: str = "bed-1", *, partition: int = 0) -> None:
        """A chunk with usable ECG comes, as the Redis sink writes it."""
        status = make_status(stream_id, self.now_ns)
        seen = LastSeen(
            stream_id, "s1", "live", status.sample, status.fs, self.now_ns, ecg_ns=self.now_ns, partition=partition
        )
        newer = msgspec.structs.replace(status, sample=self.now_ns // 10**6)
        await self.live.write([newer], [], self.now_ns / 1e9, [seen])

    async def pass_s(self, seconds: float, *, caught_up: bool = True) -> list[Alert]:
        self.now_ns += int(seconds * 1e9)
        await self.watch.read_settings()
        alerts = await self.watch.update_alerts(lambda _: caught_up)
        for alert in alerts:
            await self.alerts.take(alert)
        return alerts


@pytest.fixture
async def beds(redis_server: str) -> AsyncIterator[Beds]:
    async with connect(redis_server) as redis:
        yield Beds(redis)


def status(state: str) -> Status:
    return msgspec.structs.replace(make_status(), state=state)


async def test_settings_are_read_once_for_each_change(beds: Beds) -> None:
    assert not beds.watch.is_loaded
    assert await beds.watch.read_settings() == {WARD: PatientSettings()}
    assert beds.watch.is_loaded
    assert await beds.watch.read_settings() is None
    await beds.receive()
    bed = await beds.admissions.admit("bed-1", PatientSettings(limits=PatientLimits(hr_high_bpm=90)), "AB")
    settings = await beds.watch.read_settings()
    assert settings is not None
    assert bed.admission is not None
    assert settings["bed-1"].admission_id == bed.admission.admission_id
    assert settings["bed-1"].limits.hr_high_bpm == 90
    assert await beds.watch.read_settings() is None


async def test_the_ward_defaults_hold_where_a_bed_has_no_own_limit(beds: Beds) -> None:
    await beds.receive()
    own = PatientSettings(limits=PatientLimits(hr_high_bpm=90), own_limits=("hr_high_bpm",))
    await beds.admissions.admit("bed-1", own, "AB")
    await beds.watch.read_settings()
    await beds.admissions.defaults.change("CD", hr_low_bpm=40, hr_high_bpm=140)
    settings = await beds.watch.read_settings()
    assert settings is not None
    assert (settings["bed-1"].limits.hr_low_bpm, settings["bed-1"].limits.hr_high_bpm) == (40, 90)
    assert settings[WARD] == PatientSettings(limits=PatientLimits(hr_low_bpm=40, hr_high_bpm=140))


async def test_a_silent_bed_has_an_alert_until_data_come(beds: Beds) -> None:
    await beds.receive()
    assert await beds.pass_s(NO_DATA_AFTER_S - 1) == []
    (raised,) = await beds.pass_s(2)
    assert (raised.code, raised.stream_id, raised.ended_sample) == ("no_data", "bed-1", None)
    assert await beds.pass_s(1) == []
    await beds.receive()
    (ended,) = await beds.pass_s(0.5)
    assert (ended.alert_id, ended.ended_sample is not None) == (raised.alert_id, True)


async def test_silence_while_records_wait_raises_no_alert(beds: Beds) -> None:
    await beds.receive()
    assert await beds.pass_s(20, caught_up=False) == []
    assert len(await beds.pass_s(0, caught_up=True)) == 1


async def test_beds_of_other_partitions_raise_no_alert(beds: Beds) -> None:
    await beds.receive("bed-2", partition=1)
    assert await beds.pass_s(20) == []


async def test_a_partition_must_be_owned_for_as_long_as_a_silence_lasts(beds: Beds) -> None:
    await beds.receive("bed-2", partition=1)
    await beds.pass_s(20)
    beds.watch.set_partitions([0, 1])
    assert await beds.pass_s(NO_DATA_AFTER_S - 1) == []
    assert [alert.stream_id for alert in await beds.pass_s(1)] == ["bed-2"]


async def test_the_next_worker_ends_the_silence_that_another_has_raised(beds: Beds) -> None:
    await beds.receive()
    (raised,) = await beds.pass_s(6)
    beds.watch = beds.next_worker()
    assert await beds.pass_s(1) == []
    await beds.receive()
    (ended,) = await beds.pass_s(1)
    assert (ended.alert_id, ended.ended_sample is not None) == (raised.alert_id, True)


async def test_ecg_that_lasts_ends_a_standby(beds: Beds) -> None:
    await beds.receive()
    await beds.admissions.begin_standby("bed-1", 3600, "AB")
    beds.watch.add_outputs([status("no_signal")])
    await beds.pass_s(SETTLES_S + 1)
    beds.watch.add_outputs([status("monitoring")])
    await beds.receive()
    await beds.pass_s(SETTLES_S - 1)
    assert (await beds.admissions.bed("bed-1")).standby is not None, "a contact may be loose"
    beds.watch.add_outputs([status("monitoring")])
    await beds.receive()
    await beds.pass_s(1)
    assert (await beds.admissions.bed("bed-1")).standby is None


async def test_a_failed_monitor_raises_an_alert_until_its_stream_moves_to_another_worker(beds: Beds) -> None:
    await beds.receive()
    beds.watch.add_outputs([MonitorFailed("bed-1", "s1", "live", 5000, 250.0, "ValueError")])
    (raised,) = await beds.pass_s(0, caught_up=False)
    assert raised.evidence.rule == "the monitor failed (ValueError)"
    beds.watch.remove_stream("bed-1")
    (ended,) = await beds.pass_s(1)
    assert (ended.alert_id, ended.ended_sample is not None) == (raised.alert_id, True)

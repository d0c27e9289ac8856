"""Beds in a real Redis: who is slower sees what the faster one left, and a transfer is one change."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest
from redis.asyncio import Redis

from tests.support.samples import make_alert
from wardbeat.care import admissions
from wardbeat.care.admissions import PatientLimits, PatientSettings, SettingsApplied
from wardbeat.errors import AdmissionError, AlertActionError
from wardbeat.store import redis_keys
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.audit_log import AuditLog
from wardbeat.store.beds.admission_store import AdmissionStore
from wardbeat.store.redis_client import connect

pytestmark = pytest.mark.slow


@pytest.fixture
async def redis(redis_server: str) -> AsyncIterator[Redis]:
    client = connect(redis_server)
    await client.zadd(redis_keys.STREAMS, {"bed-1": 1, "bed-2": 1})
    yield client
    await client.aclose()


@pytest.fixture
def store(redis: Redis) -> AdmissionStore:
    return AdmissionStore(redis)


async def test_a_patient_is_admitted_transferred_and_discharged(store: AdmissionStore, redis: Redis) -> None:
    bed = await store.admit("bed-1", PatientSettings(paced=True), "AB")
    assert bed.admission is not None
    admission_id = bed.admission.admission_id
    await store.set_limits("bed-1", "CD", hr_low_bpm=45, pause_s=2.5)
    moved = await store.transfer("bed-1", "bed-2", "CD")
    assert moved.admission is not None
    assert moved.admission.settings.limits == PatientLimits(hr_low_bpm=45, pause_s=2.5)
    assert (await store.bed("bed-1")).admission is None
    over = await store.discharge("bed-2", "EF")
    assert over.admission_id == admission_id
    assert await store.admission(admission_id) == over
    assert 0 < await redis.ttl(redis_keys.admission(admission_id)) <= redis_keys.ALERT_TTL_S
    assert {stream: bed.admission for stream, bed in (await store.beds()).items()} == {"bed-1": None, "bed-2": None}


async def test_an_open_admission_does_not_expire(store: AdmissionStore, redis: Redis) -> None:
    bed = await store.admit("bed-1", PatientSettings(), "AB")
    assert bed.admission is not None
    assert await redis.ttl(redis_keys.admission(bed.admission.admission_id)) == -1


async def test_only_one_of_two_gets_the_bed(store: AdmissionStore) -> None:
    results = await asyncio.gather(
        *(store.admit("bed-1", PatientSettings(), by) for by in ("AB", "CD", "EF")), return_exceptions=True
    )
    assert sum(isinstance(result, AdmissionError) for result in results) == 2


async def test_changes_at_the_same_time_are_all_kept(store: AdmissionStore) -> None:
    await store.admit("bed-1", PatientSettings(), "AB")
    await asyncio.gather(
        store.set_limits("bed-1", "AB", hr_low_bpm=45),
        store.set_limits("bed-1", "CD", hr_high_bpm=130),
        store.begin_standby("bed-1", 600, "EF"),
        *(store.set_limits("bed-1", "GH", pvc_per_minute=n) for n in range(11, 20)),
    )
    bed = await store.bed("bed-1")
    limits = admissions.settings_of(bed).limits
    assert (limits.hr_low_bpm, limits.hr_high_bpm, bed.version) == (45, 130, 13)
    assert bed.standby is not None


async def test_only_one_of_two_patients_is_transferred_to_a_bed(store: AdmissionStore, redis: Redis) -> None:
    await redis.zadd(redis_keys.STREAMS, {"bed-3": 1})
    await store.admit("bed-1", PatientSettings(), "AB")
    await store.admit("bed-2", PatientSettings(), "AB")
    results = await asyncio.gather(
        store.transfer("bed-1", "bed-3", "AB"), store.transfer("bed-2", "bed-3", "CD"), return_exceptions=True
    )
    assert sum(isinstance(result, AdmissionError) for result in results) == 1
    in_beds = [bed.admission for bed in (await store.beds()).values() if bed.admission]
    assert len(in_beds) == 2


async def test_the_version_counts_every_change_and_no_refusal(store: AdmissionStore) -> None:
    versions = [await store.version()]
    await store.admit("bed-1", PatientSettings(), "AB")
    versions.append(await store.version())
    with pytest.raises(AdmissionError):
        await store.admit("bed-1", PatientSettings(), "AB")
    await store.end_standby("bed-1", "AB")
    await store.set_limits("bed-1", "AB", hr_low_bpm=50)  # the present value
    versions.append(await store.version())
    assert versions == [0, 1, 1]


async def test_no_patient_is_admitted_to_a_bed_without_a_device(store: AdmissionStore) -> None:
    with pytest.raises(AdmissionError, match="bde-1: no device has ever sent data for it"):
        await store.admit("bde-1", PatientSettings(), "AB")
    await store.admit("bed-1", PatientSettings(), "AB")
    with pytest.raises(AdmissionError, match="bed-9: no device has ever sent data for it"):
        await store.transfer("bed-1", "bed-9", "AB")


async def test_standby_ends_with_the_ecg_that_comes_back(store: AdmissionStore) -> None:
    await store.begin_standby("bed-1", 600, "AB")
    for usable in (True, False, True):
        bed = await store.see_ecg("bed-1", usable=usable)
    assert bed.standby is None


async def test_codes_are_off_for_the_patient_until_discharge(store: AdmissionStore) -> None:
    await store.admit("bed-1", PatientSettings(), "AB")
    await store.switch_off("bed-1", "bigeminy", "known for years", "CD")
    bed = await store.switch_off("bed-1", "bigeminy", "again", "EF")
    assert [(off.code, off.by) for off in admissions.settings_of(bed).off] == [("bigeminy", "CD")]
    with pytest.raises(AlertActionError):
        await store.switch_off("bed-1", "asystole", "no", "CD")
    await store.switch_off("bed-1", "couplet", "known", "CD")
    bed = await store.switch_on("bed-1", "bigeminy", "CD")
    assert [off.code for off in admissions.settings_of(bed).off] == ["couplet"]
    await store.discharge("bed-1", "CD")
    with pytest.raises(AdmissionError, match="no patient is admitted"):
        await store.switch_off("bed-1", "bigeminy", "why", "CD")
    bed = await store.admit("bed-1", PatientSettings(), "AB")
    assert admissions.settings_of(bed).off == ()


async def test_the_audit_has_every_act_at_both_beds(store: AdmissionStore, redis: Redis) -> None:
    bed = await store.admit("bed-1", PatientSettings(paced=True), "AB")
    await store.set_limits("bed-1", "CD", hr_low_bpm=45)
    await store.transfer("bed-1", "bed-2", "EF")
    await store.set_category("bed-2", "EF", paced=False)
    await store.discharge("bed-2", "GH")
    log = AuditLog(redis)
    left, entered = [await log.of(stream) for stream in ("bed-1", "bed-2")]
    assert [(entry.act, entry.by, entry.after) for entry in reversed(left)] == [
        ("admitted", "AB", 1),
        ("limits", "CD", 2),
        ("transferred", "EF", 3),
    ]
    assert [entry.act for entry in reversed(entered)] == ["transferred", "category", "discharged"]
    assert bed.admission is not None
    assert {entry.subject for entry in [*left, *entered]} == {bed.admission.admission_id}
    assert left[1].detail == (
        "hr_low_bpm 45, hr_high_bpm 120, pause_s 3, pvc_per_minute 10, "
        "hr_low_delay_s 3, hr_high_delay_s 3, slight_excess_min 10, paced"
    )


async def test_alerts_move_with_the_patient_and_close_at_the_former_bed(store: AdmissionStore, redis: Redis) -> None:
    alerts = AlertStore(redis)
    before = make_alert("asystole", 7)
    await alerts.take(before)
    bed = await store.admit("bed-1", PatientSettings(), "AB")
    own = admissions.settings_of(bed)
    assert len(await alerts.open_alerts()) == 1, "until the monitor has applied the patient's settings"
    await store.note_applied(SettingsApplied(1, "bed-1", "s1", 0, 250.0, own))
    assert await alerts.open_alerts() == []
    for stream_id, onset in (("bed-1", 8), ("bed-2", 9)):
        alert = make_alert("asystole", onset, stream_id=stream_id)
        await alerts.take(msgspec.structs.replace(alert, admission_id=own.admission_id))
        bed = await store.transfer("bed-1", "bed-2", "AB") if stream_id == "bed-1" else bed
    assert bed.admission is not None
    assert [record.alert.onset_sample for record in await store.alerts(bed.admission)] == [9, 8]
    assert [record.alert.onset_sample for record in await alerts.open_alerts()] == [9]
    await store.discharge("bed-2", "CD")
    assert await alerts.open_alerts() == []
    ended = msgspec.structs.replace(before, ended_sample=99)
    await alerts.take(ended)
    assert await alerts.open_alerts() == []


async def test_applied_settings_are_stored_once_if_they_are_repeated(store: AdmissionStore, redis: Redis) -> None:
    first = SettingsApplied(1, "bed-1", "s1", 0, 250.0, PatientSettings())
    later = SettingsApplied(1, "bed-1", "s1", 5000, 250.0, PatientSettings("a", PatientLimits(hr_low_bpm=40)))
    for applied in (later, first, later):
        await store.note_applied(applied)
    assert await store.applied("s1") == [first, later]
    assert [entry.subject for entry in await AuditLog(redis).of("bed-1")] == ["bed-1", "a"]


async def test_limits_are_the_patients_own_or_the_wards(store: AdmissionStore, redis: Redis) -> None:
    await store.admit("bed-1", PatientSettings(own_limits=()), "AB")
    bed = await store.set_limits("bed-1", "AB", hr_high_bpm=130)
    assert admissions.settings_of(bed).own_limits == ("hr_high_bpm",)
    bed = await store.set_limits("bed-1", "CD", ["hr_high_bpm"], hr_low_bpm=45)
    assert admissions.settings_of(bed).own_limits == ("hr_low_bpm",)
    with pytest.raises(AdmissionError, match="vt_bpm: no patient has this limit"):
        await store.set_limits("bed-1", "CD", ["vt_bpm"], hr_low_bpm=60)
    details = [entry.detail for entry in reversed(await AuditLog(redis).of("bed-1"))]
    assert details == ["ward_limits", "hr_high_bpm 130", "hr_low_bpm 45"]

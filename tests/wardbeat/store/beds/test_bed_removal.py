"""Removed beds leave nothing behind but closed alerts and the audit, in a real Redis."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from tests.support.samples import make_alert, make_status, make_window
from wardbeat.care.admissions import PatientSettings
from wardbeat.errors import AdmissionError, UnknownBedError
from wardbeat.store import redis_keys
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.audit_log import AuditLog
from wardbeat.store.beds.admission_store import AdmissionStore
from wardbeat.store.beds.audio_pause_store import AudioPauseStore
from wardbeat.store.beds.bed_names import BedNames
from wardbeat.store.beds.bed_removal import BedRemoval
from wardbeat.store.live_store import LastSeen, LiveStore
from wardbeat.store.redis_client import connect, names
from wardbeat.store.snapshot_store import SnapshotStore

pytestmark = pytest.mark.slow  # a real Redis

KEPT = {redis_keys.alerts_of("bed-1"), redis_keys.audit("bed-1")}
"""They tell who did what, and expire by themselves."""


@pytest.fixture
async def redis(redis_server: str) -> AsyncIterator[Redis]:
    async with connect(redis_server) as client:
        for bed in ("bed-1", "bed-10"):
            last = LastSeen(bed, "s1", "live", 1, 250.0, 1, 1, 0)
            await LiveStore(client).write([make_status(bed)], [], 1.0, [last], [make_window(bed)])
            await LiveStore(client).watch([bed])
            await AdmissionStore(client).begin_standby(bed, 600, "AB")
            await AudioPauseStore(client).pause(bed, "AB", 60)
            for group in ("wards", "other"):
                await SnapshotStore(client, group).write(3, 1, snapshots={bed: b"snapshot"})
            await AlertStore(client).take(make_alert("asystole", stream_id=bed))
        yield client


async def places_of(redis: Redis, stream_id: str) -> set[str]:
    """Every key that is named after a stream, or that holds it as a field or a member."""
    found = set()
    for name in await redis.keys("*"):
        (key,), kind = names([name]), await redis.type(name)
        members: list[object] = []
        if kind == b"hash":
            members = list(await redis.hkeys(name))
        elif kind == b"zset":
            members = list(await redis.zrange(name, 0, -1))
        if key.endswith(f":{stream_id}") or {stream_id.encode(), f"stream:{stream_id}".encode()} & set(members):
            found.add(key)
    return found


async def test_nothing_of_a_removed_bed_is_left_but_its_history(redis: Redis) -> None:
    before = await places_of(redis, "bed-10")
    assert len(before) > 10
    await BedRemoval(redis).remove("bed-1", "CD")
    marks = {redis_keys.BEDS_REMOVED, redis_keys.AUDITED}
    assert await places_of(redis, "bed-1") == KEPT | marks
    assert await places_of(redis, "bed-10") == before, "another bed with a similar name stays"
    assert await BedNames(redis).present() == ["bed-10"]
    for name in [*KEPT, redis_keys.BEDS_REMOVED]:
        assert await redis.ttl(name) > 0, name


async def test_the_alerts_of_a_removed_bed_are_closed_by_name(redis: Redis) -> None:
    alert_id = make_alert("asystole", stream_id="bed-1").alert_id
    await BedRemoval(redis).remove("bed-1", "CD")
    record = await AlertStore(redis).get(alert_id)
    assert record is not None
    assert (record.state, record.resolved_by) == ("resolved", "CD")
    entries = await AuditLog(redis).of("bed-1")
    assert [(entry.act, entry.by) for entry in entries[:2]] == [("closed", "CD"), ("removed", "CD")]
    assert await redis.zscore(redis_keys.ESCALATIONS, alert_id) is None


async def test_a_bed_with_a_patient_or_an_unknown_one_is_refused(redis: Redis) -> None:
    await AdmissionStore(redis).admit("bed-1", PatientSettings(), "AB")
    before = await places_of(redis, "bed-1")
    with pytest.raises(AdmissionError, match="bed bed-1: a patient is admitted to it; discharge"):
        await BedRemoval(redis).remove("bed-1", "CD")
    assert await places_of(redis, "bed-1") == before
    with pytest.raises(UnknownBedError, match="bed-10"):
        await BedRemoval(redis).remove("bed-99", "CD")


async def test_a_bed_that_sends_again_is_new(redis: Redis) -> None:
    await BedRemoval(redis).remove("bed-1", "CD")
    await LiveStore(redis).write([make_status("bed-1")], [], 2.0)
    assert await BedNames(redis).present() == ["bed-1", "bed-10"]
    bed = await AdmissionStore(redis).bed("bed-1")
    assert (bed.standby, bed.version) == (None, 0)

"""The ward's defaults in a real Redis."""

import asyncio

import pytest
from redis.asyncio import Redis

from wardbeat.care.admissions import PatientLimits
from wardbeat.care.ward_defaults import WardDefaults
from wardbeat.errors import AdmissionError
from wardbeat.store import redis_keys
from wardbeat.store.audit_log import AuditLog
from wardbeat.store.beds.ward_defaults_store import WardDefaultsStore
from wardbeat.store.redis_client import connect

pytestmark = pytest.mark.slow


async def test_a_change_is_versioned_audited_and_noticed(redis_server: str) -> None:
    redis: Redis = connect(redis_server)
    store = WardDefaultsStore(redis, lambda: 7)
    assert await store.read() == WardDefaults()
    changed = await store.change("AB", hr_low_bpm=45)
    assert changed == WardDefaults(1, PatientLimits(hr_low_bpm=45), 7, "AB")
    assert await store.change("CD", hr_low_bpm=45) == changed, "the same again changes nothing"
    with pytest.raises(AdmissionError, match="from 30 to 100, 10 given"):
        await store.change("CD", hr_low_bpm=10)
    assert await store.read() == changed
    assert await redis.get(redis_keys.BEDS_VERSION) == b"1"
    (entry,) = await AuditLog(redis).of(None)
    assert (entry.act, entry.by, entry.before, entry.after) == ("ward defaults", "AB", 0, 1)
    assert entry.detail.startswith("hr_low_bpm 45, hr_high_bpm 120")
    await redis.aclose()


async def test_changes_at_the_same_time_are_all_kept(redis_server: str) -> None:
    redis: Redis = connect(redis_server)
    store = WardDefaultsStore(redis)
    await asyncio.gather(store.change("AB", hr_low_bpm=45), store.change("CD", hr_high_bpm=130))
    defaults = await store.read()
    assert (defaults.version, defaults.limits) == (2, PatientLimits(hr_low_bpm=45, hr_high_bpm=130))
    await redis.aclose()

"""The names of the beds there are, in a real Redis."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from tests.support.samples import make_alert
from wardbeat.contracts.canary import CANARY
from wardbeat.errors import UnknownBedError
from wardbeat.store import redis_keys
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.beds.admission_store import AdmissionStore
from wardbeat.store.beds.bed_names import BedNames
from wardbeat.store.redis_client import connect

pytestmark = pytest.mark.slow  # a real Redis


@pytest.fixture
async def redis(redis_server: str) -> AsyncIterator[Redis]:
    async with connect(redis_server) as client:
        await client.zadd(redis_keys.STREAMS, {"bed-1": 1})
        yield client


async def test_a_bed_has_a_device_or_a_setting_and_a_former_one_an_audit(redis: Redis) -> None:
    await AdmissionStore(redis).begin_standby("bed-2", 600, "AB")
    await AlertStore(redis).take(make_alert("pause", stream_id="bed-3"))
    await redis.zadd(redis_keys.STREAMS, {CANARY: 1})  # it has no patient
    beds = BedNames(redis)
    assert await beds.with_device() == ["bed-1"]
    assert await beds.present() == ["bed-1", "bed-2"]
    assert await beds.present(former=True) == ["bed-1", "bed-2", "bed-3"]


@pytest.mark.parametrize("name", ["bde-1", "", "bed-1\n", "x" * 300, "\udcff", "*"])
async def test_another_name_is_refused_and_makes_nothing(redis: Redis, name: str) -> None:
    beds = BedNames(redis)
    for check in (beds.check, beds.check_device):
        with pytest.raises(UnknownBedError, match=r"closest names first: bed-1$"):
            await check(name)
    await beds.check("bed-1")
    assert await redis.keys("*") == [redis_keys.STREAMS.encode()]

"""Open alerts that Redis has lost are stored again, and those that ended meanwhile are ended."""

from collections.abc import AsyncIterator

import msgspec
import pytest
from redis.asyncio import Redis

from processors.worker.sinks.lasting_alerts import LastingAlerts
from tests.support.samples import make_alert, make_status
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.redis_client import connect

pytestmark = pytest.mark.slow  # a real Redis


@pytest.fixture
async def redis(redis_server: str) -> AsyncIterator[Redis]:
    async with connect(redis_server) as client:
        await client.flushdb()
        yield client


async def states(store: AlertStore) -> dict[str, str]:
    return {record.alert.code: record.state for record in await store.history("bed-1")}


async def test_an_emptied_redis_gets_the_open_alerts_again(redis: Redis) -> None:
    store = AlertStore(redis)
    lasting = LastingAlerts(store)
    open_alert, over = make_alert("bradycardia"), make_alert("asystole")
    for alert in (open_alert, over):
        await store.take(alert)
    lasting.note([open_alert, over, msgspec.structs.replace(over, ended_sample=over.raised_sample + 1)])
    await redis.flushall()
    assert await lasting.raise_again(()) == 1
    (record,) = await store.open_alerts()
    assert (record.alert.alert_id, record.alert.onset_sample, record.state) == (
        open_alert.alert_id,
        open_alert.onset_sample,
        "active",
    )
    assert await lasting.raise_again(()) == 0, "repeated: nothing changes"


async def test_an_alert_of_an_old_file_whose_condition_has_ended_is_ended(redis: Redis) -> None:
    store = AlertStore(redis)
    lasting = LastingAlerts(store)
    alert, waiting, of_escalator = make_alert("bradycardia"), make_alert("pause"), make_alert("escalation_failed")
    for one in (alert, waiting, of_escalator):
        await store.take(one)
    lasting.note([alert, msgspec.structs.replace(alert, ended_sample=alert.raised_sample + 1)])
    await lasting.raise_again({waiting.alert_id})
    assert await states(store) == {"bradycardia": "resolved", "pause": "active", "escalation_failed": "active"}


async def test_the_alerts_of_restored_monitors_are_read(redis: Redis) -> None:
    store = AlertStore(redis)
    await store.take(make_alert("bradycardia"))
    lasting = LastingAlerts(store)
    await lasting.read(["bed-1"])
    await redis.flushall()
    assert await lasting.raise_again(()) == 1


async def test_the_alerts_of_other_workers_are_left_alone(redis: Redis) -> None:
    store = AlertStore(redis)
    await store.take(make_alert("bradycardia"))
    lasting = LastingAlerts(store)
    await lasting.read(["bed-2"])
    lasting.note([make_alert("pause")])
    lasting.remove_stream("bed-1")
    assert await lasting.raise_again(()) == 0
    assert await states(store) == {"bradycardia": "active"}


async def test_an_old_alert_of_a_stream_without_any_now_is_ended(redis: Redis) -> None:
    store = AlertStore(redis)
    lasting = LastingAlerts(store)
    lasting.note([make_status("bed-1")])
    await store.take(make_alert("bradycardia"))
    await lasting.raise_again(())
    assert await states(store) == {"bradycardia": "resolved"}

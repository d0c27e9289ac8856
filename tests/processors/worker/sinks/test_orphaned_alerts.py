"""The open alerts of a monitor that is gone end, unless the next monitor raises them again."""

from collections.abc import AsyncIterator

import msgspec
import pytest
from redis.asyncio import Redis

from processors.worker.sinks.orphaned_alerts import GRACE_S, OrphanedAlerts
from tests.support.samples import make_alert, make_status
from wardbeat.contracts.messages import Status
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.redis_client import connect

pytestmark = pytest.mark.slow  # a real Redis


@pytest.fixture
async def redis(redis_server: str) -> AsyncIterator[Redis]:
    async with connect(redis_server) as client:
        yield client


def status(t_s: float, session_id: str = "s1") -> Status:
    return msgspec.structs.replace(make_status(), sample=int(t_s * 360), t_s=t_s, session_id=session_id)


async def states(store: AlertStore) -> dict[str, str]:
    return {record.alert.code: record.state for record in await store.history("bed-1")}


async def test_an_alert_that_the_next_monitor_does_not_raise_again_ends(redis: Redis) -> None:
    store = AlertStore(redis)
    codes = ("asystole", "bradycardia", "ventricular_tachycardia", "no_data")
    raised = {code: make_alert(code) for code in codes}
    for alert in raised.values():
        await store.take(alert)
    await store.acknowledge(raised["ventricular_tachycardia"].alert_id, "AB")
    orphaned = OrphanedAlerts(store)
    await orphaned.update([status(100)])
    await orphaned.update([status(130), raised["bradycardia"]])
    await orphaned.update([status(100 + GRACE_S - 1)])
    assert set((await states(store)).values()) == {"active", "acknowledged"}
    await orphaned.update([status(100 + GRACE_S)])
    assert await states(store) == {
        "asystole": "ended",  # not acknowledged
        "bradycardia": "active",  # raised again
        "ventricular_tachycardia": "resolved",
        "no_data": "active",  # not from a monitor
    }


@pytest.mark.parametrize("another", ["session", "end"])
async def test_all_orphaned_alerts_end_with_the_session(redis: Redis, another: str) -> None:
    store = AlertStore(redis)
    await store.take(make_alert("bradycardia"))
    orphaned = OrphanedAlerts(store)
    await orphaned.update([status(100)])
    if another == "session":
        await orphaned.update([status(1, "s2")])
    else:
        await orphaned.update([], ended=["bed-1"])
    assert await states(store) == {"bradycardia": "resolved"}


async def test_an_alert_of_the_running_monitor_stays_open(redis: Redis) -> None:
    store = AlertStore(redis)
    orphaned = OrphanedAlerts(store)
    await orphaned.update([status(1)])
    alert = make_alert("bradycardia")
    await store.take(alert)
    await orphaned.update([status(2), alert])
    await orphaned.update([status(200)])
    assert await states(store) == {"bradycardia": "active"}


async def test_a_stream_that_comes_back_is_checked_again(redis: Redis) -> None:
    store = AlertStore(redis)
    orphaned = OrphanedAlerts(store)
    await orphaned.update([status(1)])
    orphaned.remove_stream("bed-1")
    await store.take(make_alert("bradycardia"))
    await orphaned.update([status(300)])
    await orphaned.update([status(300 + GRACE_S)])
    assert await states(store) == {"bradycardia": "resolved"}


async def test_the_alerts_of_a_restored_monitor_stay_open(redis: Redis) -> None:
    store = AlertStore(redis)
    await store.take(make_alert("bradycardia"))
    orphaned = OrphanedAlerts(store)
    orphaned.skip(["bed-1"])
    await orphaned.update([status(1)])
    await orphaned.update([status(1 + GRACE_S)])
    assert await states(store) == {"bradycardia": "active"}

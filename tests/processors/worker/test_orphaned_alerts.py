"""Alerts of a monitor that is no more end, unless the next one says them again."""

from collections.abc import AsyncIterator

import msgspec
import pytest
from redis.asyncio import Redis

from processors.worker.orphaned_alerts import GRACE_S, OrphanedAlerts
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


async def test_what_the_next_monitor_does_not_say_again_is_over(redis: Redis) -> None:
    store = AlertStore(redis)
    codes = ("asystole", "bradycardia", "ventricular_tachycardia", "no_data")
    raised = {code: make_alert(code) for code in codes}
    for alert in raised.values():
        await store.take(alert)
    await store.acknowledge(raised["ventricular_tachycardia"].alert_id, "AB")
    orphans = OrphanedAlerts(store)
    await orphans.see([status(100)])
    await orphans.see([status(130), raised["bradycardia"]])
    await orphans.see([status(100 + GRACE_S - 1)])
    assert set((await states(store)).values()) == {"active", "acknowledged"}
    await orphans.see([status(100 + GRACE_S)])
    assert await states(store) == {
        "asystole": "ended",  # nobody has seen it
        "bradycardia": "active",  # said again
        "ventricular_tachycardia": "resolved",
        "no_data": "active",  # not the monitor's
    }


@pytest.mark.parametrize("another", ["session", "end"])
async def test_with_the_session_all_of_it_is_over(redis: Redis, another: str) -> None:
    store = AlertStore(redis)
    await store.take(make_alert("bradycardia"))
    orphans = OrphanedAlerts(store)
    await orphans.see([status(100)])
    if another == "session":
        await orphans.see([status(1, "s2")])
    else:
        await orphans.see([], final=["bed-1"])
    assert await states(store) == {"bradycardia": "resolved"}


async def test_what_a_monitor_raises_itself_is_no_orphan(redis: Redis) -> None:
    store = AlertStore(redis)
    orphans = OrphanedAlerts(store)
    await orphans.see([status(1)])
    alert = make_alert("bradycardia")
    await store.take(alert)
    await orphans.see([status(2), alert])
    await orphans.see([status(200)])
    assert await states(store) == {"bradycardia": "active"}


async def test_a_stream_that_comes_back_is_looked_at_again(redis: Redis) -> None:
    store = AlertStore(redis)
    orphans = OrphanedAlerts(store)
    await orphans.see([status(1)])
    orphans.forget("bed-1")
    await store.take(make_alert("bradycardia"))
    await orphans.see([status(300)])
    await orphans.see([status(300 + GRACE_S)])
    assert await states(store) == {"bradycardia": "resolved"}

"""Two alerts, and how tests of the commands write an alert to Redis."""

import asyncio

from tests.support.samples import make_alert
from wardbeat.contracts.messages import Alert
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.redis_client import connect

HIGH, MEDIUM = make_alert("asystole"), make_alert("pause", stream_id="bed-2")


def store_alert(url: str, alert: Alert) -> None:
    """Raise an alert, or write its newer version, as a worker does."""

    async def store() -> None:
        async with connect(url) as redis:
            await AlertStore(redis).take(alert)

    asyncio.run(store())


def store_comment(url: str, alert: Alert, by: str, text: str) -> None:
    """Acknowledge an alert with a comment, without the checks of the entrances."""

    async def store() -> None:
        async with connect(url) as redis:
            await AlertStore(redis).acknowledge(alert.alert_id, by, text)

    asyncio.run(store())

"""Fixtures of the API: the application on a real Redis, asked without a network."""

from collections.abc import AsyncIterator

import httpx
import pytest
from redis.asyncio import Redis

from dashboard.feed.live import Live
from dashboard.server import create_app
from tests.support.samples import make_alert
from wardbeat.contracts.messages import Alert
from wardbeat.settings import Settings
from wardbeat.store import redis_keys
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.redis_client import connect


@pytest.fixture
async def redis(redis_server: str) -> AsyncIterator[Redis]:
    async with connect(redis_server) as client:
        yield client


@pytest.fixture
def live(redis: Redis) -> Live:
    """A live feed that does not run: it has read nothing yet."""
    return Live(redis)


@pytest.fixture
async def api(redis: Redis, live: Live) -> AsyncIterator[httpx.AsyncClient]:
    """A client that may act."""
    transport = httpx.ASGITransport(create_app(redis, live, Settings(dashboard_hosts=("ward.example",))))
    headers = {"x-wardbeat": "test"}
    async with httpx.AsyncClient(transport=transport, base_url="http://ward.example", headers=headers) as client:
        yield client


@pytest.fixture
async def alert(redis: Redis) -> Alert:
    """An active alert in Redis, of a bed with a device."""
    await redis.zadd(redis_keys.STREAMS, {"bed-1": 1})
    alert = make_alert("ventricular_tachycardia")
    assert await AlertStore(redis).take(alert)
    return alert

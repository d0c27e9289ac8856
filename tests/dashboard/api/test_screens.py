"""Screens by the API."""

import httpx
import pytest
from redis.asyncio import Redis

from wardbeat.store import redis_keys
from wardbeat.store.screen_store import Screen, ScreenStore

pytestmark = pytest.mark.slow  # a real Redis


async def test_screens_are_listed_and_a_stopped_one_is_dismissed(api: httpx.AsyncClient, redis: Redis) -> None:
    await ScreenStore(redis).show([Screen("screen-1", "station (ward)", True, 1, 5_000_000)])
    screen = {"screen_id": "screen-1", "words": "station (ward)", "sound": True, "seen_ms": 5}
    assert (await api.get("/api/v1/screens")).json() == {"listening": 1, "alive": [screen], "stopped": []}
    await redis.delete(redis_keys.screen("screen-1"))
    assert (await api.get("/api/v1/screens")).json() == {"listening": 0, "alive": [], "stopped": [screen]}
    dismiss = "/api/v1/screens/screen-1/dismiss"
    assert (await api.post(dismiss, json={})).status_code == 422
    assert (await api.post(dismiss, json={"by": "AB"})).status_code == 204
    assert (await api.post(dismiss, json={"by": "AB"})).status_code == 404

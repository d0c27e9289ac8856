"""Screens that live, stop and are closed, in a real Redis."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from wardbeat.store import redis_keys
from wardbeat.store.redis_client import connect
from wardbeat.store.screen_store import Screen, ScreenStore

pytestmark = pytest.mark.slow  # a real Redis

FIRST = Screen("screen-1", "station (ward)", sound=True, opened_ns=1, seen_ns=5)
SECOND = Screen("screen-2", "10.0.0.7 (bed-1)", sound=False, opened_ns=2, seen_ns=5)


@pytest.fixture
async def redis(redis_server: str) -> AsyncIterator[Redis]:
    async with connect(redis_server) as client:
        yield client


async def test_screens_live_stop_and_return(redis: Redis) -> None:
    store = ScreenStore(redis)
    assert await store.read() == ([], [])
    await store.show([])
    await store.show([SECOND, FIRST])
    assert await store.read() == ([FIRST, SECOND], [])
    assert (await store.read()).listening == 1
    assert 0 < await redis.pttl(redis_keys.screen("screen-1")) <= redis_keys.SCREEN_TTL_MS
    await redis.delete(redis_keys.screen("screen-1"))  # as after its life
    screens = await store.read()
    assert (screens, screens.listening) == (([SECOND], [FIRST]), 0)
    await store.show([FIRST])
    assert (await store.read()).stopped == []


async def test_a_closed_screen_has_not_stopped(redis: Redis) -> None:
    store = ScreenStore(redis)
    await store.show([FIRST])
    assert await store.remove("screen-1")
    assert not await store.remove("screen-1")
    assert await store.read() == ([], [])
    assert await redis.keys("*") == []

"""The live feed through a real WebSocket, on a real Redis."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from redis.asyncio import Redis
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from dashboard.feed import live
from dashboard.feed.live import Live
from dashboard.server import serve
from tests.support.limits import WAIT_S
from tests.support.samples import make_alert, make_status, make_strip
from wardbeat.contracts.messages import SCHEMA_VERSION, Beat
from wardbeat.observability.instruments import Instruments
from wardbeat.settings import Settings
from wardbeat.store import redis_client, redis_keys
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.live_store import LiveStore, WorkerHealth


@pytest.fixture
async def redis(redis_server: str) -> AsyncIterator[Redis]:
    async with redis_client.connect(redis_server) as client:
        store = LiveStore(client)
        await store.write_health(WorkerHealth("w", 2**62, 12, 2, 0, 0, 0))
        await store.write([make_status(stream, acquired_ns=2**62) for stream in ("bed-1", "bed-2")], [], now_s=1.0)
        yield client


@pytest.fixture
async def address(redis: Redis, redis_server: str) -> AsyncIterator[str]:
    """The address of a dashboard in this process."""
    announced: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(
        serve(Settings(redis_url=redis_server), "127.0.0.1", 0, announced.set_result, Instruments(["redis"]))
    )
    yield await asyncio.wait_for(announced, WAIT_S)
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


@pytest.fixture
async def socket(address: str) -> AsyncIterator[ClientConnection]:
    origin = Origin(address.rstrip("/"))
    async with connect(address.replace("http", "ws") + "live", origin=origin) as connection:
        yield connection


async def next_of(socket: ClientConnection, kind: str) -> dict[str, Any]:
    async with asyncio.timeout(WAIT_S):
        async for message in socket:
            frame = json.loads(message) if isinstance(message, str) else {"type": "strip", "bytes": message}
            if frame["type"] == kind:
                return dict(frame)
    raise AssertionError(f"closed before a frame of type {kind}")


@pytest.mark.slow
async def test_a_page_gets_alerts_and_beds_and_then_every_change(socket: ClientConnection, redis: Redis) -> None:
    assert (await next_of(socket, "alerts"))["alerts"] == []
    while len((await next_of(socket, "ward"))["beds"]) < 2:
        pass
    alert = make_alert()
    await AlertStore(redis).take(alert)
    assert (await next_of(socket, "alert"))["alert"]["alert_id"] == alert.alert_id
    await AlertStore(redis).acknowledge(alert.alert_id, "AB")
    assert (await next_of(socket, "alert"))["alert"]["acknowledged_by"] == "AB"


@pytest.mark.slow
async def test_only_watched_streams_are_leased_and_sent(socket: ClientConnection, redis: Redis) -> None:
    while len((await next_of(socket, "ward"))["beds"]) < 2:
        pass
    await socket.send('{"look": ["bed-2", "unknown-bed"]}')
    async with asyncio.timeout(WAIT_S):
        while not await redis.exists(redis_keys.watch("bed-2")):  # noqa: ASYNC110  Redis sends no event
            await asyncio.sleep(0.05)
    assert await redis.exists(redis_keys.watch("bed-1"), redis_keys.watch("unknown-bed")) == 0

    beats = [Beat(SCHEMA_VERSION, stream, "s1", 360, 360.0, "V", (0.2,) * 5, 0.8) for stream in ("bed-1", "bed-2")]
    await LiveStore(redis).write([], [make_strip("bed-1"), make_strip("bed-2"), *beats], now_s=1.0)
    assert b"bed-2" in (await next_of(socket, "strip"))["bytes"]
    assert (await next_of(socket, "beat"))["stream_id"] == "bed-2"


@pytest.mark.slow
@pytest.mark.parametrize("message", ["{}", '{"look": ["../x"]}', "no JSON", b"bytes"])
async def test_a_wrong_message_closes_the_socket(socket: ClientConnection, message: str | bytes) -> None:
    await socket.send(message)
    with pytest.raises(ConnectionClosed) as closed:
        await next_of(socket, "never")
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008


@pytest.mark.slow
async def test_an_alert_that_the_lifecycle_stream_misses_is_found(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "RESYNC_S", 0.1)
    monkeypatch.setattr(live, "BLOCK_MS", 50)
    feed = Live(redis)
    running = asyncio.create_task(feed.run())
    alert = make_alert()
    await AlertStore(redis).take(alert)
    async with asyncio.timeout(WAIT_S):
        await wait_for(lambda: list(feed.alerts) == [alert.alert_id])
        await redis.delete(redis_keys.ALERTS_OPEN)  # as after a restart of Redis with an older state
        await wait_for(lambda: not feed.alerts)
    running.cancel()


async def test_an_error_of_our_own_ends_the_feed_instead_of_freezing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async with redis_client.connect("redis://127.0.0.1:1/0") as redis:
        feed = Live(redis)
        monkeypatch.setattr(feed._bedside, "read", lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await asyncio.wait_for(feed.run(), WAIT_S)


async def wait_for(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110  the condition has no event
        await asyncio.sleep(0.05)

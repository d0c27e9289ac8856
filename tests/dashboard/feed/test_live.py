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
from tests.support.samples import make_alert, make_status, make_strip
from wardbeat.contracts.messages import SCHEMA_VERSION, Beat
from wardbeat.errors import SettingsError
from wardbeat.observability.instruments import Instruments
from wardbeat.settings import Settings
from wardbeat.store import redis_client, redis_keys
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.live_store import LiveStore, WorkerHealth

LIMIT_S = 10


@pytest.fixture
async def redis(redis_server: str) -> AsyncIterator[Redis]:
    async with redis_client.connect(redis_server) as client:
        store = LiveStore(client)
        await store.write_health(WorkerHealth("w", 2**62, 12, 2, 0, 0, 0))
        await store.write([make_status(stream, acquired_ns=2**62) for stream in ("bed-1", "bed-2")], [], now_s=1.0)
        yield client


@pytest.fixture
async def address(redis: Redis, redis_server: str) -> AsyncIterator[str]:
    """A dashboard in this process; its address."""
    told: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(
        serve(Settings(redis_url=redis_server), "127.0.0.1", 0, told.set_result, Instruments(["redis"]))
    )
    yield await asyncio.wait_for(told, LIMIT_S)
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


@pytest.fixture
async def socket(address: str) -> AsyncIterator[ClientConnection]:
    origin = Origin(address.rstrip("/"))
    async with connect(address.replace("http", "ws") + "live", origin=origin) as connection:
        yield connection


async def next_of(socket: ClientConnection, kind: str) -> dict[str, Any]:
    async with asyncio.timeout(LIMIT_S):
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
async def test_only_what_is_looked_at_is_leased_and_sent(socket: ClientConnection, redis: Redis) -> None:
    while len((await next_of(socket, "ward"))["beds"]) < 2:
        pass
    await socket.send('{"look": ["bed-2", "never-heard"]}')
    async with asyncio.timeout(LIMIT_S):
        while not await redis.exists(redis_keys.watch("bed-2")):  # noqa: ASYNC110  Redis tells nobody
            await asyncio.sleep(0.05)
    assert await redis.exists(redis_keys.watch("bed-1"), redis_keys.watch("never-heard")) == 0

    beats = [Beat(SCHEMA_VERSION, stream, "s1", 360, 360.0, "V", (0.2,) * 5, 0.8) for stream in ("bed-1", "bed-2")]
    await LiveStore(redis).write([], [make_strip("bed-1"), make_strip("bed-2"), *beats], now_s=1.0)
    assert b"bed-2" in (await next_of(socket, "strip"))["bytes"]
    assert (await next_of(socket, "beat"))["stream_id"] == "bed-2"


@pytest.mark.slow
@pytest.mark.parametrize("message", ["{}", '{"look": ["../x"]}', "no JSON", b"bytes"])
async def test_whoever_says_something_else_is_cut_off(socket: ClientConnection, message: str | bytes) -> None:
    await socket.send(message)
    with pytest.raises(ConnectionClosed) as closed:
        await next_of(socket, "never")
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008


@pytest.mark.slow
async def test_an_alert_that_slips_past_the_lifecycle_stream_is_found(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "RESYNC_S", 0.1)
    monkeypatch.setattr(live, "BLOCK_MS", 50)
    feed = Live(redis)
    running = asyncio.create_task(feed.run())
    alert = make_alert()
    await AlertStore(redis).take(alert)
    async with asyncio.timeout(LIMIT_S):
        await wait_for(lambda: list(feed.alerts) == [alert.alert_id])
        await redis.delete(redis_keys.ALERTS_OPEN)  # as if Redis had come back with an older state
        await wait_for(lambda: not feed.alerts)
    running.cancel()


async def test_an_error_of_our_own_ends_the_feed_instead_of_freezing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async with redis_client.connect("redis://127.0.0.1:1/0") as redis:
        feed = Live(redis)
        monkeypatch.setattr(feed._bedside, "read", lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await asyncio.wait_for(feed.run(), LIMIT_S)


async def test_an_address_that_is_taken_is_named() -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(SettingsError, match=f"127.0.0.1:{port}.*--port"):
        await serve(Settings(), "127.0.0.1", port, print, Instruments(["redis"]))
    server.close()


async def wait_for(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110  what is waited for is no event
        await asyncio.sleep(0.05)

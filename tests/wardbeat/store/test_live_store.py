import asyncio
import time
from collections.abc import AsyncIterator

import msgspec
import pytest
from redis.asyncio import Redis

from tests.support.limits import WAIT_S
from tests.support.samples import make_status, make_strip, make_window
from wardbeat.contracts.messages import SCHEMA_VERSION, Beat, Status
from wardbeat.errors import CodecError
from wardbeat.store import redis_keys
from wardbeat.store.live_store import LiveStore, WorkerHealth, decode_live, encode_live
from wardbeat.store.redis_client import connect

BEAT = Beat(SCHEMA_VERSION, "bed-1", "s1", 360, 360.0, "V", (0.1, 0.0, 0.9, 0.0, 0.0), 0.8)


def test_live_messages_survive_the_channel() -> None:
    strip = make_strip()
    assert decode_live(encode_live(strip)) == strip
    assert decode_live(encode_live(BEAT)) == BEAT


@pytest.mark.parametrize("data", [b"", b"\xff", b"\x92\xa5other\xc0", b"\x92\xa5strip\x90"])
def test_bytes_that_are_no_live_message_are_refused(data: bytes) -> None:
    with pytest.raises(CodecError, match="live message"):
        decode_live(data)


@pytest.fixture
async def redis(redis_server: str) -> AsyncIterator[Redis]:
    client = connect(redis_server)
    await client.flushdb()
    yield client
    await client.aclose()


@pytest.mark.slow
async def test_the_newest_status_wins(redis: Redis) -> None:
    live = LiveStore(redis)
    for session_id, second, hr_bpm in (("s1", 2, 60.0), ("s1", 4, 72.0), ("s1", 3, 66.0), ("s0", 1, 50.0)):
        await live.write([status_at(session_id, second, second, hr_bpm)], [], now_s=5.0)
    statuses = await live.statuses(["bed-1", "bed-2"])
    assert {stream: status.hr_bpm for stream, status in statuses.items()} == {"bed-1": 72.0}
    assert await live.streams() == ["bed-1"]


@pytest.mark.slow
async def test_a_clock_that_is_set_back_hides_no_newer_status(redis: Redis) -> None:
    live = LiveStore(redis)
    for second, clock_s, hr_bpm in ((1, 10_001, 60.0), (2, 10_002, 61.0), (3, 3, 62.0), (4, 4, 63.0)):
        await live.write([status_at("s1", second, clock_s, hr_bpm)], [], now_s=5.0)
        assert (await live.statuses(["bed-1"]))["bed-1"].hr_bpm == hr_bpm


def status_at(session_id: str, second: int, clock_s: int, hr_bpm: float) -> Status:
    status = make_status(acquired_ns=clock_s * 10**9, hr_bpm=hr_bpm)
    return msgspec.structs.replace(status, session_id=session_id, sample=second * 360)


@pytest.mark.slow
async def test_a_status_that_is_not_renewed_expires(redis: Redis) -> None:
    live = LiveStore(redis)
    await live.write([make_status(acquired_ns=10**18)], [], now_s=5.0)
    before_ms = await redis.pttl(redis_keys.status("bed-1"))
    assert 0 < before_ms <= redis_keys.STATUS_TTL_MS
    await redis.pexpire(redis_keys.status("bed-1"), 500)
    await live.write([make_status(acquired_ns=10**18)], [], now_s=6.0)  # a repeated status is no newer
    assert await redis.pttl(redis_keys.status("bed-1")) <= 500


@pytest.mark.slow
async def test_a_watched_stream_is_received_live(redis: Redis) -> None:
    live = LiveStore(redis)
    await live.watch(["bed-2"])
    assert await live.watched(["bed-1", "bed-2"]) == {"bed-2"}
    assert await live.watched([]) == set()
    assert 0 < await redis.pttl(redis_keys.watch("bed-2")) <= redis_keys.WATCH_TTL_MS
    async with redis.pubsub() as pubsub:
        await pubsub.psubscribe(redis_keys.LIVE_PATTERN)
        assert (await pubsub.get_message(timeout=WAIT_S))["type"] == "psubscribe"
        await live.write([], [make_strip("bed-2"), BEAT], now_s=5.0)
        received = [
            await asyncio.wait_for(pubsub.get_message(ignore_subscribe_messages=True, timeout=WAIT_S), WAIT_S)
            for _ in "ab"
        ]
    assert [message["channel"] for message in received] == [b"wb:live:bed-2", b"wb:live:bed-1"]
    assert [decode_live(message["data"]) for message in received] == [make_strip("bed-2"), BEAT]


@pytest.mark.slow
async def test_workers_report_that_they_run_and_that_they_stop(redis: Redis) -> None:
    live = LiveStore(redis)
    assert await live.workers() == []
    now_ns = time.time_ns()
    health = [WorkerHealth(f"w{n}", now_ns, 6, 3, 100, 0, 0) for n in (1, 2)]
    for one in health:
        await live.write_health(one)
    assert await live.workers() == health
    await live.remove_health("w1")
    assert await live.workers() == health[1:]
    assert 0 < await redis.pttl(redis_keys.worker("w2")) <= redis_keys.WORKER_TTL_MS


@pytest.mark.slow
async def test_the_windows_of_the_last_minutes_are_read_in_order_however_often_they_are_written(redis: Redis) -> None:
    live = LiveStore(redis)
    windows = [make_window(number=number) for number in range(5)]
    await live.write([], [], now_s=1000.0, windows=windows[2:])
    await live.write([], [], now_s=1001.0, windows=[*windows, make_window("bed-2")])
    assert await live.windows("bed-1") == windows
    assert await live.windows("bed-2") == [make_window("bed-2")]
    assert await live.windows("bed-3") == []
    assert 0 < await redis.pttl(redis_keys.windows("bed-1")) <= redis_keys.WINDOWS_TTL_MS


@pytest.mark.slow
async def test_a_window_is_kept_for_ten_minutes_from_its_first_writing(redis: Redis) -> None:
    live, kept_s = LiveStore(redis), redis_keys.WINDOWS_TTL_MS / 1000
    for numbers, now_s in (((0,), 1000.0), ((0, 1), 1005.0), ((2,), 1000.0 + kept_s)):
        await live.write([], [], now_s=now_s, windows=[make_window(number=number) for number in numbers])
    assert [window.start_sample for window in await live.windows("bed-1")] == [1800, 3600]

"""One coroutine with a Redis connection."""

import pytest
from redis.asyncio import Redis

from wardbeat.cli.with_redis import with_redis
from wardbeat.errors import StoreError, UnknownBedError
from wardbeat.store import redis_keys


async def ping(redis: Redis) -> bool:
    return bool(await redis.ping())


def test_a_missing_redis_is_an_error_with_the_setting_to_change(fresh_settings: None) -> None:
    with pytest.raises(StoreError, match="WARDBEAT_REDIS_URL"):
        with_redis(ping)


@pytest.mark.slow
def test_the_result_is_returned_and_the_connection_closed(
    redis_server: str, fresh_settings: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WARDBEAT_REDIS_URL", redis_server)
    used: list[Redis] = []

    async def remember(redis: Redis) -> bool:
        used.append(redis)
        return await ping(redis)

    assert with_redis(remember) is True
    connections = used[0].connection_pool._available_connections
    assert [connection.is_connected for connection in connections] == [False]


@pytest.mark.slow
def test_an_error_of_the_action_is_passed_on(
    redis_server: str, fresh_settings: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WARDBEAT_REDIS_URL", redis_server)

    async def fail(_redis: Redis) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        with_redis(fail)


@pytest.mark.slow
def test_nothing_runs_for_a_bed_that_there_is_not(
    redis_server: str, fresh_settings: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WARDBEAT_REDIS_URL", redis_server)

    async def note(redis: Redis) -> None:
        await redis.zadd(redis_keys.STREAMS, {"bed-1": 1})

    with pytest.raises(UnknownBedError, match="connect a device first"):
        with_redis(note, bed="bed-1")
    with_redis(note)
    with_redis(note, bed="bed-1")

"""The refusals of a real Redis with users and TLS are in tests/system/test_secured_ward.py."""

from pathlib import Path

import pytest
from redis.exceptions import AuthenticationError, NoPermissionError
from redis.exceptions import ConnectionError as RedisConnectionError

from tests.support.fixtures_secured import USER_MAY
from wardbeat.embedded.redis_server import RedisUser, start_redis
from wardbeat.errors import StoreError
from wardbeat.store.redis_client import check, connect, memory, names, public, unreachable

URL = "redis://ward:secret@redis:6379/0?ssl_ca_certs=/ca.pem"


async def test_an_unreachable_redis_is_named() -> None:
    url = "redis://127.0.0.1:1/0"
    redis = connect(url)
    with pytest.raises(StoreError, match="WARDBEAT_REDIS_URL"):
        await check(redis, url)
    await redis.aclose()
    with pytest.raises(StoreError, match="redis://host:port/db"):
        connect("http://127.0.0.1")


@pytest.mark.parametrize(
    ("error", "setting"),
    [
        (AuthenticationError("invalid password"), "WARDBEAT_REDIS_PASSWORD"),
        (NoPermissionError("NOPERM no permission"), "WARDBEAT_REDIS_PASSWORD"),
        (RedisConnectionError("[SSL: CERTIFICATE_VERIFY_FAILED]"), "WARDBEAT_REDIS_CA_FILE"),
        (RedisConnectionError("Connection refused"), "start it or set WARDBEAT_REDIS_URL"),
    ],
)
def test_an_error_names_the_setting_to_correct_and_no_secret(error: Exception, setting: str) -> None:
    message = str(unreachable(URL, error))
    assert message.startswith("Redis at redis://redis:6379/0 ")
    assert setting in message
    assert str(error) in message
    assert "\n" not in message


def test_a_url_is_shown_without_user_password_and_query() -> None:
    assert public(URL) == "redis://redis:6379/0"
    assert public("redis://127.0.0.1:6379/0") == "redis://127.0.0.1:6379/0"


def test_names_are_text() -> None:
    assert names([b"bed-1", b"bed-2"]) == ["bed-1", "bed-2"]


@pytest.mark.slow
async def test_the_memory_of_a_server_without_a_limit_is_that_of_its_machine(redis_server: str) -> None:
    async with connect(redis_server) as redis:
        await check(redis, redis_server)
        used = await memory(redis)
        assert used is not None
        assert used.limit_bytes == (await redis.info("memory"))["total_system_memory"]
        assert 0 < used.used_ratio < 1
        await redis.config_set("maxmemory", 100 << 20)
        try:
            limited = await memory(redis)
        finally:
            await redis.config_set("maxmemory", 0)
    assert limited is not None
    assert limited.limit_bytes == 100 << 20


@pytest.mark.slow
async def test_the_memory_is_unknown_without_permission(tmp_path: Path) -> None:
    with start_redis(tmp_path, user=RedisUser("ward-7", "secret", USER_MAY.removesuffix("+info"))) as server:
        async with connect(server.url) as redis:
            assert await memory(redis) is None

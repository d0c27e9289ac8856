import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from tests.support.fixtures_secured import USER_MAY
from wardbeat.embedded.redis_server import RedisUser, start_redis
from wardbeat.store import server_facts
from wardbeat.store.redis_client import connect

pytestmark = pytest.mark.slow  # a real Redis


@pytest.fixture
async def redis(redis_server: str) -> AsyncIterator[Redis]:
    client = connect(redis_server)
    yield client
    await client.aclose()


async def test_a_server_states_its_version_settings_and_time(redis: Redis) -> None:
    assert await server_facts.version(redis) == (await redis.info("server"))["redis_version"]
    settings = await server_facts.configuration(redis, ["appendonly", "no-such-setting"])
    assert settings == {"appendonly": "yes", "no-such-setting": None}
    assert await server_facts.last_write_status(redis) == "ok"
    assert abs(await server_facts.unix_s(redis) - time.time()) < 60


async def test_a_user_without_administration_learns_the_version_only(tmp_path: Path) -> None:
    with start_redis(tmp_path, user=RedisUser("ward-7", "secret", USER_MAY)) as server:
        client = connect(server.url)
        try:
            assert await server_facts.version(client)
            with pytest.raises(ResponseError):
                await server_facts.configuration(client, ["appendonly"])
        finally:
            await client.aclose()

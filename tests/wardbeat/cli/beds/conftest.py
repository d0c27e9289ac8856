"""Fixtures of the commands on beds."""

import pytest
from redis import Redis

from wardbeat.store import redis_keys


@pytest.fixture
def ward(redis_server: str, fresh_settings: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of the configured Redis, which knows two streams."""
    monkeypatch.setenv("WARDBEAT_REDIS_URL", redis_server)
    with Redis.from_url(redis_server) as redis:
        redis.zadd(redis_keys.STREAMS, {"bed-1": 1, "bed-2": 1})
    return redis_server

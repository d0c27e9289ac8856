"""Fixtures of the commands on alerts."""

import pytest

from tests.support.two_alerts import HIGH, MEDIUM, store_alert


@pytest.fixture
def ward(redis_server: str, fresh_settings: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of the configured Redis, with two active alerts."""
    monkeypatch.setenv("WARDBEAT_REDIS_URL", redis_server)
    store_alert(redis_server, HIGH)
    store_alert(redis_server, MEDIUM)
    return redis_server

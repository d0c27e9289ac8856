"""Whether an escalator runs."""

import httpx
import pytest
from redis.asyncio import Redis

from wardbeat.store.escalation_store import EscalationStore

pytestmark = pytest.mark.slow  # a real Redis


async def test_an_escalator_runs_once_it_has_reported(api: httpx.AsyncClient, redis: Redis) -> None:
    assert (await api.get("/api/v1/escalation")).json() == {"running": False}
    await EscalationStore(redis).show_life()
    assert (await api.get("/api/v1/escalation")).json() == {"running": True}

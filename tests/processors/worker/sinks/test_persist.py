"""A write is repeated while a store is away, and only then."""

import asyncio

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from structlog.testing import capture_logs

from processors.worker.sinks import persist as module
from processors.worker.sinks.persist import persist
from tests.support.limits import WAIT_S
from wardbeat.errors import BrokerError


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_WAIT_S", 0.001)
    monkeypatch.setattr(module, "LONGEST_WAIT_S", 0.004)


async def test_only_errors_of_a_store_are_tried_again() -> None:
    tries = 0

    async def write() -> int:
        nonlocal tries
        tries += 1
        if tries < 4:
            raise RedisConnectionError("away")
        if tries == 4:
            raise ZeroDivisionError
        return tries

    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(persist("test", write), WAIT_S)
    assert tries == 4
    assert await persist("test", write) == 5


async def test_waits_double_up_to_a_limit_and_each_failure_is_logged() -> None:
    failures: list[Exception] = [RedisConnectionError("away"), BrokerError("no leader"), *[BrokerError("away")] * 3]

    async def write() -> str:
        if failures:
            raise failures.pop(0)
        return "written"

    with capture_logs() as logs:
        assert await asyncio.wait_for(persist("status", write), WAIT_S) == "written"
    assert [(log["event"], log["what"]) for log in logs] == [
        *[("write failed; trying again", "status")] * 5,
        ("write succeeded after failures", "status"),
    ]
    assert [log["wait_s"] for log in logs[:-1]] == [0.001, 0.002, 0.004, 0.004, 0.004]
    assert logs[1]["error"] == "no leader"


async def test_a_write_that_succeeds_at_once_logs_nothing() -> None:
    async def write() -> None:
        pass

    with capture_logs() as logs:
        await persist("status", write)
    assert logs == []

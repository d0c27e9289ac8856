"""A check is repeated until the stop, also while Redis is away."""

import asyncio

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from structlog.testing import capture_logs

from processors.escalation import check_loop
from processors.escalation.check_loop import check_until


async def test_each_time_that_redis_goes_away_is_one_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_loop, "CHECK_EVERY_S", 0.001)
    stop = asyncio.Event()
    answers = iter([False, False, True, False, True])

    async def check() -> None:
        answer = next(answers, None)
        if answer is None:
            stop.set()
        elif not answer:
            raise RedisConnectionError("no answer")

    with capture_logs() as logs:
        await check_until(stop, check, "no alert can be escalated")
    assert [(log["event"], log["error"]) for log in logs] == [
        ("Redis does not answer; no alert can be escalated", "no answer")
    ] * 2


async def test_another_error_ends_it() -> None:
    async def check() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await check_until(asyncio.Event(), check, "")

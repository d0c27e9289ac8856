"""Beds from a terminal, on a real Redis."""

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result
from redis import Redis

from wardbeat.cli.beds.group import command
from wardbeat.errors import AdmissionError, StoreError
from wardbeat.store import redis_keys

pytestmark = pytest.mark.usefixtures("fresh_settings")


@pytest.fixture
def ward(redis_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Two streams that were heard."""
    monkeypatch.setenv("WARDBEAT_REDIS_URL", redis_server)
    with Redis.from_url(redis_server) as redis:
        redis.zadd(redis_keys.STREAMS, {"bed-1": 1, "bed-2": 1})
    return redis_server


def beds(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


def as_json(*arguments: str) -> Any:
    result = beds(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.output.splitlines()[-1])


def test_a_redis_that_is_not_there_is_named() -> None:
    assert isinstance(beds("list").exception, StoreError)


@pytest.mark.parametrize("arguments", [("admit", "bed-1"), ("limits", "bed-1", "--by", "AB"), ("standby",)])
def test_what_is_missing_is_named(arguments: tuple[str, ...]) -> None:
    assert beds(*arguments).exit_code == 2


@pytest.mark.slow
def test_the_whole_stay_of_a_patient(ward: str) -> None:
    assert beds("list").output == "Nobody is admitted; every stream is monitored with the defaults.\n"
    bed = as_json("admit", "bed-1", "--by", "AB", "--known-af", "--hr-high", "130")
    own = bed["admission"]["settings"]
    assert (own["known_af"], own["limits"]["hr_high_bpm"]) == (True, 130)
    assert "130/min" in beds("limits", "bed-1", "--hr-low", "45", "--by", "CD").output
    assert as_json("transfer", "bed-1", "bed-2", "--by", "CD")["stream_id"] == "bed-2"
    assert "on standby for 30 min more" in beds("standby", "bed-2", "--by", "CD").output
    assert as_json("standby", "bed-2", "--minutes", "0", "--by", "CD")["standby"] is None
    lines = beds("list").output.splitlines()
    assert [("not admitted" in line, "known AF" in line) for line in lines] == [(True, False), (False, True)]
    assert as_json("discharge", "bed-2", "--by", "EF")["admission"] is None
    assert [bed["admission"] for bed in as_json("list")["beds"]] == [None, None]


@pytest.mark.slow
def test_what_is_not_allowed_is_one_line(ward: str) -> None:
    for arguments, reason in (
        (("discharge", "bed-1"), "nobody is admitted"),
        (("admit", "bed-7"), "no device has ever sent data for it"),
        (("admit", "bed-1", "--hr-low", "10"), "from 30 to 100, 10 given"),
        (("standby", "bed-1", "--minutes", "999"), "up to 240 min"),
    ):
        error = beds(*arguments, "--by", "AB").exception
        assert isinstance(error, AdmissionError)
        assert reason in str(error)

"""Checks of real servers, and of servers that do not answer."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from tests.support.findings import states
from tests.support.fixtures_secured import USER_MAY
from tests.support.fixtures_services import PARTITIONS, delete_topics
from wardbeat.contracts import topics
from wardbeat.doctor.checks import check_disk, check_kafka, check_redis, check_variables
from wardbeat.embedded.redis_server import RedisUser, start_redis
from wardbeat.kafka import topic_admin
from wardbeat.settings import Settings


def test_a_misspelt_setting_is_a_warning() -> None:
    (finding,) = check_variables({"WARDBEAT_REDIS_ULR": "redis://secret@there", "HOME": "/"})
    assert (finding.state, "WARDBEAT_REDIS_ULR" in finding.words, "secret" in str(finding)) == ("warning", True, False)
    (finding,) = check_variables({"WARDBEAT_REDIS_URL": "redis://there", "WARDBEAT_METRICS_PORT": "9100"})
    assert finding.state == "ok"


def test_a_folder_that_does_not_exist_is_judged_by_its_parent(tmp_path: Path) -> None:
    assert str(tmp_path) in check_disk(tmp_path / "not" / "yet").words
    file = tmp_path / "file"
    file.touch()
    assert check_disk(file).state == "failed"


def test_a_kafka_that_does_not_answer_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topic_admin, "TIMEOUT_S", 1.0)
    findings = check_kafka(Settings(kafka_bootstrap_servers="127.0.0.1:1"))
    assert states(findings) == [("kafka", "failed")]
    assert "127.0.0.1:1" in findings[0].words


async def test_a_redis_that_does_not_answer_is_a_finding() -> None:
    findings = await check_redis(Settings(redis_url="redis://user:secret@127.0.0.1:1/0"))
    assert states(findings) == [("redis", "failed")]
    assert "WARDBEAT_REDIS_URL" in findings[0].words
    assert "secret" not in findings[0].words


@pytest.mark.slow
def test_topics_of_a_real_kafka(ward_topics: str) -> None:
    settings = Settings(kafka_bootstrap_servers=ward_topics, partitions=PARTITIONS)
    assert states(check_kafka(settings)) == [("kafka", "ok"), ("topics", "ok")]
    delete_topics(ward_topics, [topics.DEAD_LETTER])
    assert states(check_kafka(settings)) == [("kafka", "ok"), ("topics", "failed")]


@pytest.fixture
def forgetful(redis_server: str) -> Iterator[str]:
    """A Redis that answers before the data is on its disk; restored afterwards."""
    with Redis.from_url(redis_server) as client:
        client.config_set("appendfsync", "everysec")
        yield redis_server
        client.config_set("appendfsync", "always")


@pytest.mark.slow
async def test_a_real_redis(redis_server: str) -> None:
    findings = await check_redis(Settings(redis_url=redis_server))
    assert states(findings) == [("redis", "ok"), ("durability", "ok"), ("memory", "ok"), ("clock", "ok")]
    with_canary = await check_redis(Settings(redis_url=redis_server, canary=True))
    assert states(with_canary)[4:] == [("canary", "failed")], "nothing is proven yet"


@pytest.mark.slow
async def test_a_forgetful_redis(forgetful: str) -> None:
    findings = await check_redis(Settings(redis_url=forgetful))
    assert states(findings) == [("redis", "ok"), ("durability", "failed"), ("memory", "ok"), ("clock", "ok")]
    assert "appendfsync is everysec, must be always" in findings[1].words


@pytest.mark.slow
async def test_a_user_without_permission_for_the_memory_gets_a_warning(tmp_path: Path) -> None:
    with start_redis(tmp_path, user=RedisUser("ward-7", "secret", USER_MAY.removesuffix("+info"))) as server:
        findings = await check_redis(Settings(redis_url=server.url))
    (memory,) = [finding for finding in findings if finding.check == "memory"]
    assert memory.state == "warning"
    assert "+info" in memory.do


@pytest.mark.slow
async def test_a_user_without_permission_for_the_configuration_gets_a_warning_with_the_settings(tmp_path: Path) -> None:
    user = RedisUser("ward-7", "secret", USER_MAY)
    with start_redis(tmp_path, user=user) as server:
        findings = await check_redis(Settings(redis_url=server.url))
    assert states(findings) == [("redis", "ok"), ("durability", "warning"), ("memory", "ok"), ("clock", "ok")]
    assert "appendfsync always" in findings[1].do

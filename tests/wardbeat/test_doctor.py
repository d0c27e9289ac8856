"""What the doctor makes of what it finds, and what it finds on real servers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from tests.support.fixtures_secured import USER_MAY
from tests.support.fixtures_services import PARTITIONS, delete_topics
from wardbeat import doctor
from wardbeat.contracts import topics
from wardbeat.doctor import DURABLE, Finding
from wardbeat.embedded.redis_server import RedisUser, start_redis
from wardbeat.kafka import topic_admin as kafka_topics
from wardbeat.kafka.topic_admin import TopicDifference, TopicState
from wardbeat.settings import Settings
from wardbeat.store.redis_client import RedisMemory

AS_WANTED = {name: value for name, (value, _) in DURABLE.items()}


def states(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.check, finding.state) for finding in findings]


def topic(**changes: object) -> TopicState:
    return TopicState("ecg.beat.v1", 12, 3, 3, True, {"min.insync.replicas": "2"})._replace(**changes)  # type: ignore[arg-type]


def test_a_slip_of_the_pen_is_a_warning() -> None:
    (finding,) = doctor.unknown_variables({"WARDBEAT_REDIS_ULR": "redis://secret@there", "HOME": "/"})
    assert (finding.state, "WARDBEAT_REDIS_ULR" in finding.words, "secret" in str(finding)) == ("warning", True, False)
    (finding,) = doctor.unknown_variables({"WARDBEAT_REDIS_URL": "redis://there", "WARDBEAT_METRICS_PORT": "9100"})
    assert finding.state == "ok"


@pytest.mark.parametrize(
    ("changes", "state"),
    [({}, "ok"), ({"in_sync": 2}, "warning"), ({"in_sync": 1}, "failed"), ({"ready": False}, "failed")],
)
def test_topics_are_judged_by_their_replicas(changes: dict[str, object], state: str) -> None:
    assert states(doctor.judge_topics([topic(**changes)], [])) == [("topics", state)]


def test_a_missing_topic_fails_and_another_difference_warns() -> None:
    missing = TopicDifference("ecg.beat.v1", "topic", "", "there")
    fewer = TopicDifference("ecg.alert.v1", "partitions", "4", "12")
    first, second = doctor.judge_topics([], [missing, fewer])
    assert (first.state, second.state) == ("failed", "warning")
    assert "wardbeat topics create" in first.do
    assert "ecg.alert.v1: partitions is 4, 12 is set" in second.words


@pytest.mark.parametrize(
    ("version", "state"), [("6.0.16", "failed"), ("6.2.9", "ok"), ("7.0.15", "ok"), ("10.1", "ok"), ("5.9", "failed")]
)
def test_redis_must_be_new_enough(version: str, state: str) -> None:
    assert doctor.judge_version(version).state == state


@pytest.mark.parametrize("name", DURABLE)
def test_redis_must_keep_what_it_is_told(name: str) -> None:
    assert states(doctor.judge_durability(AS_WANTED, "ok")) == [("durability", "ok")]
    (finding,) = doctor.judge_durability(AS_WANTED | {name: "no"}, "ok")
    assert finding.state == "failed"
    assert f"{name} is no, must be {AS_WANTED[name]}" in finding.words


def test_a_full_disk_of_redis_is_found() -> None:
    (finding,) = doctor.judge_durability(AS_WANTED, "err")
    assert (finding.state, "disk is full" in finding.do) == ("failed", True)


@pytest.mark.parametrize(("used", "state"), [(10, "ok"), (69, "ok"), (70, "warning"), (90, "failed")])
def test_redis_must_have_memory_left(used: int, state: str) -> None:
    finding = doctor.judge_memory(RedisMemory(used << 20, 100 << 20))
    assert finding.state == state
    assert f"{used} of 100 MB" in finding.words


@pytest.mark.parametrize(("apart_s", "state"), [(0.1, "ok"), (-0.8, "warning"), (0.8, "warning"), (-6.0, "failed")])
def test_clocks_must_agree(apart_s: float, state: str) -> None:
    assert doctor.judge_clock(doctor.RELEASED + 100, doctor.RELEASED + 100 + apart_s).state == state


def test_a_clock_of_another_age_fails() -> None:
    finding = doctor.judge_clock(0.0, 0.0)
    assert (finding.state, "1970-01-01" in finding.words) == ("failed", True)


@pytest.mark.parametrize(("free", "state"), [(1 << 31, "ok"), (500 << 20, "warning"), (1 << 20, "failed")])
def test_there_must_be_room(free: int, state: str) -> None:
    assert doctor.judge_disk(Path(), free).state == state


def test_a_folder_that_is_not_there_yet_is_judged_by_the_one_that_will_hold_it(tmp_path: Path) -> None:
    assert str(tmp_path) in doctor.check_disk(tmp_path / "not" / "yet").words
    file = tmp_path / "file"
    file.touch()
    assert doctor.check_disk(file).state == "failed"


def test_what_does_not_answer_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka_topics, "TIMEOUT_S", 1.0)
    findings = doctor.check_kafka(Settings(kafka_bootstrap_servers="127.0.0.1:1"))
    assert states(findings) == [("kafka", "failed")]
    assert "127.0.0.1:1" in findings[0].words


async def test_a_redis_that_does_not_answer_is_a_finding() -> None:
    findings = await doctor.check_redis(Settings(redis_url="redis://user:secret@127.0.0.1:1/0"))
    assert states(findings) == [("redis", "failed")]
    assert "WARDBEAT_REDIS_URL" in findings[0].words
    assert "secret" not in findings[0].words


@pytest.mark.slow
def test_topics_of_a_real_kafka(ward_topics: str) -> None:
    settings = Settings(kafka_bootstrap_servers=ward_topics, partitions=PARTITIONS)
    assert states(doctor.check_kafka(settings)) == [("kafka", "ok"), ("topics", "ok")]
    delete_topics(ward_topics, [topics.DEAD_LETTER])
    assert states(doctor.check_kafka(settings)) == [("kafka", "ok"), ("topics", "failed")]


@pytest.fixture
def forgetful(redis_server: str) -> Iterator[str]:
    """A Redis that answers before what it is told is on its disk; made as it was afterwards."""
    with Redis.from_url(redis_server) as client:
        client.config_set("appendfsync", "everysec")
        yield redis_server
        client.config_set("appendfsync", "always")


@pytest.mark.slow
async def test_a_real_redis(redis_server: str) -> None:
    findings = await doctor.check_redis(Settings(redis_url=redis_server))
    assert states(findings) == [("redis", "ok"), ("durability", "ok"), ("memory", "ok"), ("clock", "ok")]


@pytest.mark.slow
async def test_a_forgetful_redis(forgetful: str) -> None:
    findings = await doctor.check_redis(Settings(redis_url=forgetful))
    assert states(findings) == [("redis", "ok"), ("durability", "failed"), ("memory", "ok"), ("clock", "ok")]
    assert "appendfsync is everysec, must be always" in findings[1].words


@pytest.mark.slow
async def test_a_user_who_may_not_ask_for_the_memory_is_told_so(tmp_path: Path) -> None:
    with start_redis(tmp_path, user=RedisUser("ward-7", "secret", USER_MAY.removesuffix("+info"))) as server:
        findings = await doctor.check_redis(Settings(redis_url=server.url))
    (memory,) = [finding for finding in findings if finding.check == "memory"]
    assert memory.state == "warning"
    assert "+info" in memory.do


@pytest.mark.slow
async def test_a_user_who_may_not_read_the_configuration_is_told_what_to_see_to(tmp_path: Path) -> None:
    user = RedisUser("ward-7", "secret", USER_MAY)
    with start_redis(tmp_path, user=user) as server:
        findings = await doctor.check_redis(Settings(redis_url=server.url))
    assert states(findings) == [("redis", "ok"), ("durability", "warning"), ("memory", "ok"), ("clock", "ok")]
    assert "appendfsync always" in findings[1].do

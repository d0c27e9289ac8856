from pathlib import Path

import pytest

from tests.support.findings import states
from wardbeat.care.canary import Proof
from wardbeat.doctor.findings import (
    DURABLE,
    RELEASED,
    judge_canary,
    judge_clock,
    judge_disk,
    judge_durability,
    judge_memory,
    judge_topics,
    judge_version,
)
from wardbeat.kafka.topic_admin import TopicDifference, TopicState
from wardbeat.store.redis_client import RedisMemory

AS_WANTED = {name: value for name, (value, _) in DURABLE.items()}


def topic(**changes: object) -> TopicState:
    return TopicState("ecg.beat.v1", 12, 3, 3, True, {"min.insync.replicas": "2"})._replace(**changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "state"),
    [({}, "ok"), ({"in_sync": 2}, "warning"), ({"in_sync": 1}, "failed"), ({"ready": False}, "failed")],
)
def test_topics_are_judged_by_their_replicas(changes: dict[str, object], state: str) -> None:
    assert states(judge_topics([topic(**changes)], [])) == [("topics", state)]


def test_a_missing_topic_fails_and_another_difference_warns() -> None:
    missing = TopicDifference("ecg.beat.v1", "topic", "", "there")
    fewer = TopicDifference("ecg.alert.v1", "partitions", "4", "12")
    first, second = judge_topics([], [missing, fewer])
    assert (first.state, second.state) == ("failed", "warning")
    assert "wardbeat topics create" in first.do
    assert "ecg.alert.v1: partitions is 4, 12 is set" in second.words


@pytest.mark.parametrize(
    ("version", "state"), [("6.0.16", "failed"), ("6.2.9", "ok"), ("7.0.15", "ok"), ("10.1", "ok"), ("5.9", "failed")]
)
def test_redis_must_be_new_enough(version: str, state: str) -> None:
    assert judge_version(version).state == state


@pytest.mark.parametrize("name", DURABLE)
def test_redis_must_keep_all_data(name: str) -> None:
    assert states(judge_durability(AS_WANTED, "ok")) == [("durability", "ok")]
    (finding,) = judge_durability(AS_WANTED | {name: "no"}, "ok")
    assert finding.state == "failed"
    assert f"{name} is no, must be {AS_WANTED[name]}" in finding.words


def test_a_full_disk_of_redis_is_found() -> None:
    (finding,) = judge_durability(AS_WANTED, "err")
    assert (finding.state, "disk is full" in finding.do) == ("failed", True)


@pytest.mark.parametrize(("used", "state"), [(10, "ok"), (69, "ok"), (70, "warning"), (90, "failed")])
def test_redis_must_have_memory_left(used: int, state: str) -> None:
    finding = judge_memory(RedisMemory(used << 20, 100 << 20))
    assert finding.state == state
    assert f"{used} of 100 MB" in finding.words


@pytest.mark.parametrize(("apart_s", "state"), [(0.1, "ok"), (-0.8, "warning"), (0.8, "warning"), (-6.0, "failed")])
def test_clocks_must_agree(apart_s: float, state: str) -> None:
    assert judge_clock(RELEASED + 100, RELEASED + 100 + apart_s).state == state


def test_a_clock_of_another_age_fails() -> None:
    finding = judge_clock(0.0, 0.0)
    assert (finding.state, "1970-01-01" in finding.words) == ("failed", True)


@pytest.mark.parametrize(("free", "state"), [(1 << 31, "ok"), (500 << 20, "warning"), (1 << 20, "failed")])
def test_the_disk_must_have_room(free: int, state: str) -> None:
    assert judge_disk(Path(), free).state == state


def test_memory_that_can_not_be_read_is_a_warning() -> None:
    finding = judge_memory(None)
    assert (finding.state, "+info" in finding.do) == ("warning", True)


def test_a_canary_must_have_been_proven_in_time() -> None:
    proof = Proof("asystole", 85.0, 10_000_000_000, 16_100_000_000)
    good = judge_canary(proof, 56_100_000_000)
    assert (good.state, good.words) == ("ok", "last proven 6.1 s, 40 s ago")
    missed = judge_canary(proof, 76_100_000_000)
    assert (missed.state, missed.words[:27]) == ("failed", "last proven 6.1 s, 60 s ago")
    assert judge_canary(None, 0).state == "failed"

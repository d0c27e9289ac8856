"""Judges the state of a ward's surroundings: what is wrong and what to do about it. Pure rules."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal, NamedTuple

from wardbeat.care.canary import Proof, missed_proof, proof_words
from wardbeat.kafka.topic_admin import TopicDifference, TopicState
from wardbeat.settings import DELAYED_AFTER_S
from wardbeat.store.redis_client import RedisMemory

State = Literal["ok", "warning", "failed"]
OLDEST_REDIS: Final = (6, 2)
DURABLE: Final = {
    "maxmemory-policy": ("noeviction", "otherwise it deletes alerts when its memory is full"),
    "appendonly": ("yes", "otherwise alerts are lost when it restarts"),
    "appendfsync": ("always", "otherwise the last acts of staff are lost when it is killed"),
}
"""Settings of Redis with reasons: no alert and no act of staff may be lost (docs/how-to/own-kafka-and-redis.md)."""
CLOCK_WARNING_S: Final = 0.5
CLOCK_FAILED_S: Final = DELAYED_AFTER_S
"""Screens do not show ECG as live that seems to be older than this."""
RELEASED: Final = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
"""A correct clock shows no earlier time."""
MEMORY_WARNING: Final = 0.7
MEMORY_FAILED: Final = 0.9
"""Proportions of the memory limit of Redis; at the limit it accepts no alert (our choice)."""
DISK_WARNING_BYTES: Final = 1 << 30
DISK_FAILED_BYTES: Final = 100 << 20
"""Workers write little to the disk, but logs and evaluations write more (our choice)."""


class Finding(NamedTuple):
    """The result of a check in words, and the next step; ``do`` is empty if there is nothing to do."""

    check: str
    state: State
    words: str
    do: str = ""


def judge_topics(states: Sequence[TopicState], different: Sequence[TopicDifference]) -> list[Finding]:
    """The faults of the topics; one finding if there is none."""
    findings = []
    missing = [one.topic for one in different if one.what == "topic"]
    if missing:
        words = f"{', '.join(missing)} missing"
        findings.append(Finding("topics", "failed", words, "run `wardbeat topics create`, then restart the workers"))
    for topic in states:
        needed = int(topic.config.get("min.insync.replicas", "1"))
        if not topic.ready or topic.in_sync < needed:
            words = f"{topic.name}: {topic.in_sync} replicas up to date, {needed} needed; nothing can be written"
            findings.append(Finding("topics", "failed", words, "start the brokers that are down"))
        elif topic.in_sync < topic.replication:
            words = f"{topic.name}: {topic.in_sync} of {topic.replication} replicas up to date"
            findings.append(Finding("topics", "warning", words, "find the broker that is down or slow"))
    for one in different:
        if one.what != "topic":
            words = f"{one.topic}: {one.what} is {one.found}, {one.wanted} is set"
            findings.append(Finding("topics", "warning", words, "see docs/how-to/topics.md, or correct the setting"))
    return findings or [
        Finding("topics", "ok", f"{len(states)} topics agree with the settings, all replicas up to date")
    ]


def judge_version(version: str) -> Finding:
    """Whether a version of Redis is new enough."""
    numbers = tuple(int(part) for part in version.split(".")[:2])
    if numbers < OLDEST_REDIS:
        oldest = ".".join(map(str, OLDEST_REDIS))
        return Finding("redis", "failed", f"version {version}, {oldest} or newer is needed", "install a newer Redis")
    return Finding("redis", "ok", f"version {version} answers")


def judge_durability(found: Mapping[str, str | None], last_write: str) -> list[Finding]:
    """Whether Redis keeps all data, by its configuration and the status of its last write to the disk."""
    findings = [
        Finding("durability", "failed", f"{name} is {found.get(name)}, must be {value}", f"set it in redis.conf: {why}")
        for name, (value, why) in DURABLE.items()
        if found.get(name) != value
    ]
    if last_write != "ok":
        words = "the last write to its append-only file failed"
        findings.append(Finding("durability", "failed", words, "check whether its disk is full"))
    return findings or [Finding("durability", "ok", "it keeps all data")]


def judge_memory(memory: RedisMemory | None) -> Finding:
    """Whether Redis has memory left; None if this user has no permission to ask."""
    if memory is None:
        words, do = "this user can't read how much memory it uses", "give the user +info (docs/how-to/secure.md)"
        return Finding("memory", "warning", words, do)
    words = f"{memory.used_bytes / (1 << 20):.0f} of {memory.limit_bytes / (1 << 20):.0f} MB used"
    if memory.used_ratio < MEMORY_WARNING:
        return Finding("memory", "ok", words)
    do = "raise maxmemory: when all is used, alerts wait (docs/how-to/own-kafka-and-redis.md)"
    return Finding("memory", "failed" if memory.used_ratio >= MEMORY_FAILED else "warning", words, do)


def judge_clock(own_s: float, redis_s: float) -> Finding:
    """Whether the clocks of this machine and of Redis agree and show a possible time; Unix seconds."""
    if own_s < RELEASED:
        words = f"the clock of this machine shows {datetime.fromtimestamp(own_s, UTC):%Y-%m-%d}"
        return Finding("clock", "failed", words, "set it, best by NTP")
    apart_s = abs(own_s - redis_s)
    words = f"{apart_s:.1f} s from that of Redis"
    if apart_s > CLOCK_FAILED_S:
        words = f"{words}: live ECG seems old and shows no heart rate"
        return Finding("clock", "failed", words, "run NTP on both machines")
    if apart_s > CLOCK_WARNING_S:
        words = f"{words}: latencies and escalations are wrong by as much"
        return Finding("clock", "warning", words, "run NTP on both machines")
    return Finding("clock", "ok", words)


def judge_canary(proof: Proof | None, now_ns: int) -> Finding:
    """Whether the canary's last proof came in time."""
    if proof is None:
        words = "not proven yet: no alert of the canary has reached a dashboard"
        return Finding("canary", "failed", words, "start `wardbeat canary`, a worker and a dashboard; wait a minute")
    missed = missed_proof(proof, now_ns, now_ns)
    words = proof_words(proof, now_ns)
    if missed is None:
        return Finding("canary", "ok", words)
    do = "see docs/how-to/canary.md: which part has stopped?"
    return Finding("canary", "failed", f"{words}; {missed.words}", do)


def judge_disk(folder: Path, free_bytes: int) -> Finding:
    """Whether a disk has enough room."""
    words = f"{free_bytes / (1 << 30):.1f} GiB free in {folder}"
    if free_bytes < DISK_FAILED_BYTES:
        return Finding("disk", "failed", words, "make room, or set WARDBEAT_DATA_DIR")
    if free_bytes < DISK_WARNING_BYTES:
        return Finding("disk", "warning", words, "make room, or set WARDBEAT_DATA_DIR")
    return Finding("disk", "ok", words)

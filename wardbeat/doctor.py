"""Looks a ward's surroundings over and says what to do about what is wrong: settings, Kafka, Redis, clock, disk.

Each check gives findings and raises nothing on purpose; what a finding means is judged apart from how it was asked.
"""

import os
import shutil
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal, NamedTuple

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from wardbeat.errors import BrokerError, StoreError
from wardbeat.kafka.topic_admin import TopicDifference, TopicState, describe_topics, differences, topic_plans
from wardbeat.settings import DELAYED_AFTER_S, Settings
from wardbeat.store import redis_client
from wardbeat.store.redis_client import RedisMemory

State = Literal["ok", "warning", "failed"]
OLDEST_REDIS: Final = (6, 2)
DURABLE: Final = {
    "maxmemory-policy": ("noeviction", "it might throw alerts away when its memory is full"),
    "appendonly": ("yes", "alerts would be gone when it starts again"),
    "appendfsync": ("always", "what staff have done might be gone when it is killed"),
}
"""What Redis must be told, and why: no alert and no act of staff may be lost (docs/how-to/own-kafka-and-redis.md)."""
CLOCK_WARNING_S: Final = 0.5
CLOCK_FAILED_S: Final = DELAYED_AFTER_S
"""ECG that seems to be older than this is not shown as live."""
RELEASED: Final = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
"""No clock that goes right is before this."""
MEMORY_WARNING: Final = 0.7
MEMORY_FAILED: Final = 0.9
"""Of what Redis may use; when that is all, it takes no alert (our choice)."""
DISK_WARNING_BYTES: Final = 1 << 30
DISK_FAILED_BYTES: Final = 100 << 20
"""Workers write little to the disk, but logs and evaluation do (our choice)."""


class Finding(NamedTuple):
    """What a check found, in words, and what to do about it; nothing where all is well."""

    check: str
    state: State
    words: str
    do: str = ""


def unknown_variables(environment: Mapping[str, str]) -> list[Finding]:
    """Variables that look like settings and are none: a slip of the pen that leaves a default in force."""
    known = {f"WARDBEAT_{name.upper()}" for name in Settings.model_fields}
    strange = sorted(name for name in environment if name.startswith("WARDBEAT_") and name not in known)
    if strange:
        names = ", ".join(strange)
        return [Finding("settings", "warning", f"{names}: no such setting", "see docs/reference/settings.md")]
    return [Finding("settings", "ok", "each is in its range and known")]


def check_kafka(settings: Settings) -> list[Finding]:
    """Whether Kafka answers and has the topics as the settings want them."""
    try:
        states = describe_topics(settings.kafka)
    except BrokerError as error:
        return [Finding("kafka", "failed", str(error))]
    return [
        Finding("kafka", "ok", f"{settings.kafka_bootstrap_servers} answers"),
        *judge_topics(states, differences(topic_plans(settings), states)),
    ]


def judge_topics(states: Sequence[TopicState], different: Sequence[TopicDifference]) -> list[Finding]:
    """What is wrong with the topics; one finding if nothing is."""
    findings = []
    missing = [one.topic for one in different if one.what == "topic"]
    if missing:
        words = f"{', '.join(missing)} missing"
        findings.append(
            Finding("topics", "failed", words, "run `wardbeat topics create`, then start the workers again")
        )
    for topic in states:
        enough = int(topic.config.get("min.insync.replicas", "1"))
        if not topic.ready or topic.in_sync < enough:
            words = f"{topic.name}: {topic.in_sync} replicas up to date, {enough} needed; nothing can be written"
            findings.append(Finding("topics", "failed", words, "start the brokers that are down"))
        elif topic.in_sync < topic.replication:
            words = f"{topic.name}: {topic.in_sync} of {topic.replication} replicas up to date"
            findings.append(Finding("topics", "warning", words, "see which broker is down or slow"))
    for one in different:
        if one.what != "topic":
            words = f"{one.topic}: {one.what} is {one.found}, {one.wanted} is set"
            findings.append(Finding("topics", "warning", words, "see docs/how-to/topics.md, or correct the setting"))
    return findings or [Finding("topics", "ok", f"{len(states)} topics as they are set, all replicas up to date")]


async def check_redis(settings: Settings) -> list[Finding]:
    """Whether Redis answers, is new enough and keeps what it is told, and whether its clock agrees with ours."""
    url = settings.redis_address
    try:
        redis = redis_client.connect(url)
    except StoreError as error:
        return [Finding("redis", "failed", str(error))]
    try:
        await redis_client.check(redis, url)
        memory = judge_memory(await redis_client.memory(redis))
        return [await _version(redis), *await _durability(redis), memory, await _clock(redis)]
    except StoreError as error:
        return [Finding("redis", "failed", str(error))]
    except RedisError as error:
        return [Finding("redis", "failed", f"it went away while it was asked ({error})", "see its log")]
    finally:
        await redis.aclose()


async def _version(redis: Redis) -> Finding:
    # HELLO and not INFO: users without administration may ask for it.
    answer = await redis.execute_command("HELLO")  # type: ignore[no-untyped-call]
    flat = [item.decode() if isinstance(item, bytes) else item for item in _flat(answer)]
    return judge_version(str(flat[flat.index("version") + 1]))


def _flat(answer: object) -> list[object]:
    return [item for pair in answer.items() for item in pair] if isinstance(answer, dict) else list(answer)  # type: ignore[call-overload]


def judge_version(version: str) -> Finding:
    """Whether a version of Redis is new enough."""
    numbers = tuple(int(part) for part in version.split(".")[:2])
    if numbers < OLDEST_REDIS:
        oldest = ".".join(map(str, OLDEST_REDIS))
        return Finding("redis", "failed", f"version {version}, {oldest} or newer is needed", "install a newer Redis")
    return Finding("redis", "ok", f"version {version} answers")


async def _durability(redis: Redis) -> list[Finding]:
    try:
        found = {name: (await redis.config_get(name)).get(name) for name in DURABLE}
        persistence = await redis.info("persistence")
    except ResponseError as error:
        words = f"its configuration can't be read by this user ({error})"
        wanted = ", ".join(f"{name} {value}" for name, (value, _) in DURABLE.items())
        return [Finding("durability", "warning", words, f"see as its administrator that it has {wanted}")]
    return judge_durability(found, str(persistence.get("aof_last_write_status", "ok")))


def judge_durability(found: Mapping[str, str | None], last_write: str) -> list[Finding]:
    """Whether Redis keeps what it is told, by its configuration and how its last write to the disk went."""
    findings = [
        Finding("durability", "failed", f"{name} is {found.get(name)}, must be {value}", f"set it in redis.conf: {why}")
        for name, (value, why) in DURABLE.items()
        if found.get(name) != value
    ]
    if last_write != "ok":
        words = "its last write to the append-only file failed"
        findings.append(Finding("durability", "failed", words, "see whether its disk is full"))
    return findings or [Finding("durability", "ok", "it keeps all that it is told")]


def judge_memory(memory: RedisMemory | None) -> Finding:
    """Whether Redis has memory left."""
    if memory is None:
        words, do = "how much it uses can't be read by this user", "give it +info (docs/how-to/secure.md)"
        return Finding("memory", "warning", words, do)
    words = f"{memory.used_bytes / (1 << 20):.0f} of {memory.limit_bytes / (1 << 20):.0f} MB used"
    if memory.used_ratio < MEMORY_WARNING:
        return Finding("memory", "ok", words)
    do = "raise maxmemory: when all is used, alerts wait (docs/how-to/own-kafka-and-redis.md)"
    return Finding("memory", "failed" if memory.used_ratio >= MEMORY_FAILED else "warning", words, do)


async def _clock(redis: Redis) -> Finding:
    before_s = time.time()
    seconds, microseconds = await redis.time()
    after_s = time.time()
    return judge_clock((before_s + after_s) / 2, seconds + microseconds / 1e6)


def judge_clock(own_s: float, other_s: float) -> Finding:
    """Whether our clock and that of Redis agree, and are of this time at all; Unix seconds."""
    if own_s < RELEASED:
        words = f"this machine believes that it is {datetime.fromtimestamp(own_s, UTC):%Y-%m-%d}"
        return Finding("clock", "failed", words, "set it, best by NTP")
    apart_s = abs(own_s - other_s)
    words = f"{apart_s:.1f} s from that of Redis"
    if apart_s > CLOCK_FAILED_S:
        return Finding("clock", "failed", f"{words}: live ECG seems old and shows no heart rate", "run NTP on both")
    if apart_s > CLOCK_WARNING_S:
        return Finding("clock", "warning", f"{words}: latencies and escalations are off by as much", "run NTP on both")
    return Finding("clock", "ok", words)


def check_disk(folder: Path) -> Finding:
    """Whether a worker can write its files."""
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        return Finding("disk", "failed", f"{there} can't be written to", "set WARDBEAT_DATA_DIR, or its permissions")
    return judge_disk(there, shutil.disk_usage(there).free)


def judge_disk(folder: Path, free_bytes: int) -> Finding:
    """Whether so much room is enough."""
    words = f"{free_bytes / (1 << 30):.1f} GiB free in {folder}"
    if free_bytes < DISK_FAILED_BYTES:
        return Finding("disk", "failed", words, "make room, or set WARDBEAT_DATA_DIR")
    if free_bytes < DISK_WARNING_BYTES:
        return Finding("disk", "warning", words, "make room, or set WARDBEAT_DATA_DIR")
    return Finding("disk", "ok", words)

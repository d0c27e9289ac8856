"""Asks Kafka, Redis and this machine for their state, and returns findings. A check raises no errors on purpose."""

import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from wardbeat.clock import unix_ns
from wardbeat.doctor.findings import (
    DURABLE,
    Finding,
    judge_canary,
    judge_clock,
    judge_disk,
    judge_durability,
    judge_memory,
    judge_topics,
    judge_version,
)
from wardbeat.errors import BrokerError, StoreError
from wardbeat.kafka.topic_admin import describe_topics, differences, topic_plans
from wardbeat.settings import Settings
from wardbeat.store import redis_client, server_facts
from wardbeat.store.live_store import LiveStore


def check_variables(environment: Mapping[str, str]) -> list[Finding]:
    """Whether a variable has the prefix of settings but an unknown name: a misspelt name leaves a default in force."""
    known = {f"WARDBEAT_{name.upper()}" for name in Settings.model_fields}
    unknown = sorted(name for name in environment if name.startswith("WARDBEAT_") and name not in known)
    if unknown:
        words = f"{', '.join(unknown)}: no setting has this name"
        return [Finding("settings", "warning", words, "see docs/reference/settings.md")]
    return [Finding("settings", "ok", "every setting is known and in its range")]


def check_kafka(settings: Settings) -> list[Finding]:
    """Whether Kafka answers, and whether its topics agree with the settings."""
    try:
        states = describe_topics(settings.kafka)
    except BrokerError as error:
        return [Finding("kafka", "failed", str(error))]
    return [
        Finding("kafka", "ok", f"{settings.kafka_bootstrap_servers} answers"),
        *judge_topics(states, differences(topic_plans(settings), states)),
    ]


async def check_redis(settings: Settings) -> list[Finding]:
    """Whether Redis answers, is new enough, keeps all data and has memory left, and whether its clock agrees."""
    url = settings.redis_address
    try:
        redis = redis_client.connect(url)
    except StoreError as error:
        return [Finding("redis", "failed", str(error))]
    try:
        await redis_client.check(redis, url)
        memory = judge_memory(await redis_client.memory(redis))
        version = judge_version(await server_facts.version(redis))
        canary = [judge_canary(await LiveStore(redis).proof(), unix_ns())] if settings.canary else []
        return [version, *await _durability(redis), memory, await _clock(redis), *canary]
    except StoreError as error:
        return [Finding("redis", "failed", str(error))]
    except RedisError as error:
        return [Finding("redis", "failed", f"it stopped answering during the check ({error})", "read its log")]
    finally:
        await redis.aclose()


def check_disk(folder: Path) -> Finding:
    """Whether a worker can write its files into a folder, which need not exist yet."""
    existing = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK):
        do = "set WARDBEAT_DATA_DIR, or change the permissions"
        return Finding("disk", "failed", f"{existing} can't be written to", do)
    return judge_disk(existing, shutil.disk_usage(existing).free)


async def _durability(redis: Redis) -> list[Finding]:
    try:
        found = await server_facts.configuration(redis, DURABLE)
        last_write = await server_facts.last_write_status(redis)
    except ResponseError as error:
        words = f"this user can't read the configuration ({error})"
        wanted = ", ".join(f"{name} {value}" for name, (value, _) in DURABLE.items())
        return [Finding("durability", "warning", words, f"check as administrator of Redis that it has {wanted}")]
    return judge_durability(found, last_write)


async def _clock(redis: Redis) -> Finding:
    before_s = time.time()
    redis_s = await server_facts.unix_s(redis)
    after_s = time.time()
    return judge_clock((before_s + after_s) / 2, redis_s)

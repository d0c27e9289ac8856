"""The heartbeat of a worker in Redis."""

from collections.abc import AsyncIterator
from functools import partial

import pytest
from redis.asyncio import Redis

from processors.ward.ward import Ward
from processors.worker.batch import BatchProcessor
from processors.worker.bed_watch import BedWatch
from processors.worker.checkpoint import Checkpoint
from processors.worker.sinks.kafka_sink import KafkaSink
from processors.worker.sinks.redis_sink import RedisSink
from processors.worker.telemetry.counts import WorkerCounts
from processors.worker.telemetry.heartbeat import Heartbeat
from tests.support.stub_networks import RowNetworks
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.beds.admission_store import AdmissionStore
from wardbeat.store.history_store import HistoryStore
from wardbeat.store.live_store import LiveStore
from wardbeat.store.redis_client import connect, memory
from wardbeat.store.snapshot_store import SnapshotStore


async def nowhere(topic: str, key: bytes | None, value: bytes | None, headers: object) -> None:
    raise AssertionError("nothing is sent here")


def make_heartbeat(redis: Redis) -> Heartbeat:
    live, alerts, admissions = LiveStore(redis), AlertStore(redis), AdmissionStore(redis)
    processor = BatchProcessor(
        Ward(RowNetworks()),
        RedisSink(live, alerts, admissions, HistoryStore(redis)),
        KafkaSink(nowhere),
        BedWatch(admissions, live, alerts),
        Checkpoint(SnapshotStore(redis, "wards"), 10.0),
        WorkerCounts(),
    )
    return Heartbeat(live, processor, "w1", end_offset=lambda _: None, memory=partial(memory, redis))


@pytest.fixture
async def redis(redis_server: str) -> AsyncIterator[Redis]:
    client = connect(redis_server)
    yield client
    await client.aclose()


@pytest.mark.slow
async def test_a_worker_has_a_heartbeat_only_while_it_has_partitions(redis: Redis) -> None:
    heartbeat, live = make_heartbeat(redis), LiveStore(redis)
    await heartbeat.beat()
    assert await live.workers() == []
    heartbeat.set_partitions(range(6))
    await heartbeat.beat()
    assert [(worker.worker_id, worker.partitions, worker.lag) for worker in await live.workers()] == [("w1", 6, 0)]
    assert heartbeat.redis_memory is not None
    assert 0 < heartbeat.redis_memory.used_bytes < heartbeat.redis_memory.limit_bytes
    await heartbeat.end()
    await heartbeat.beat()
    assert await live.workers() == []


async def test_a_redis_that_is_away_is_reported_and_does_not_end_the_worker() -> None:
    redis = connect("redis://127.0.0.1:1/0")
    heartbeat = make_heartbeat(redis)
    assert heartbeat.redis_problem == "not asked yet"
    heartbeat.set_partitions(range(6))
    await heartbeat.beat()
    assert heartbeat.redis_problem is not None
    assert heartbeat.redis_problem.startswith("Redis does not answer (Error 111 connecting to 127.0.0.1:1")
    assert heartbeat.health is not None, "the worker goes on"
    assert heartbeat.snapshot_age_s == 0
    await heartbeat.end()
    assert (heartbeat.health, heartbeat.snapshot_age_s) == (None, None)
    await redis.aclose()

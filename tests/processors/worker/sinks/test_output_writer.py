"""Outputs go to Redis first, then to Kafka; repeated outputs go to Redis only."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from tests.support.samples import make_alert, make_chunk, make_window
from tests.support.worker_bench import WorkerBench, record_of, records_of
from wardbeat.contracts import topics
from wardbeat.store.redis_client import connect

pytestmark = pytest.mark.slow  # a real Redis


@pytest.fixture
async def redis(redis_server: str) -> AsyncIterator[Redis]:
    async with connect(redis_server) as client:
        yield client


async def test_an_alert_is_in_redis_before_kafka_gets_it(redis: Redis) -> None:
    bench = WorkerBench(redis)
    in_redis: list[int] = []

    async def send(topic: str, key: bytes | None, value: bytes | None, headers: object) -> None:
        if topic == topics.ALERT:
            in_redis.append(len(await bench.alerts.open_alerts()))

    bench.kafka_send = send
    await bench.processor.process(records_of([make_chunk(sequence=n) for n in range(2)]))
    assert in_redis == [1]
    assert bench.counts.alerts == {"bed-1": {make_alert().code: 1}}
    bench.processor.close()


async def test_repeated_outputs_go_to_redis_only_and_are_not_counted(redis: Redis) -> None:
    before, after = WorkerBench(redis), WorkerBench(redis)
    records = [record_of(make_chunk(sequence=n), n)._replace(timestamp_s=float(n)) for n in range(3)]
    before.own(0)
    await before.processor.process(records)
    await before.later(1)
    after.own(0, generation=2)
    await redis.delete("wb:status:bed-1")
    await after.processor.process(records)
    assert after.ward.taken == [["bed-1"] * 3], "the monitor runs the records again"
    assert after.sent == []
    assert (after.counts.beats, after.counts.repeats, after.counts.chunks_received) == (0, 3, 0)
    assert set(await after.live.statuses(["bed-1"])) == {"bed-1"}
    (record,) = await after.alerts.history("bed-1")
    assert record.version == 1
    for bench in (before, after):
        bench.processor.close()


async def test_a_window_goes_to_redis_and_once_to_kafka_also_if_its_chunk_comes_again(redis: Redis) -> None:
    before, after = WorkerBench(redis), WorkerBench(redis)
    records = [record_of(make_chunk(sequence=n), n)._replace(timestamp_s=float(n)) for n in range(5)]
    before.own(0)
    await before.processor.process(records)
    await before.later(1)
    after.own(0, generation=2)
    await after.processor.process(records)
    assert [topic for topic, *_ in before.sent + after.sent].count(topics.WINDOW) == 1
    assert await after.live.windows("bed-1") == [make_window()]
    assert (before.counts.windows, after.counts.windows) == (1, 0)
    for bench in (before, after):
        bench.processor.close()

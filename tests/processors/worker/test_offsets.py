"""Where a partition is read on from, with Faust and a real Kafka."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import faust
import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from faust.types import TP, StreamT

from processors.worker.app import make_app
from tests.support.limits import WAIT_S
from wardbeat.settings import Settings

PARTITION = 1


def send(kafka: str, topic: str, *values: bytes) -> None:
    producer = Producer({"bootstrap.servers": kafka, "log_level": 0})
    for value in values:
        producer.produce(topic, value, partition=PARTITION)
    assert producer.flush(WAIT_S) == 0


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not condition():  # noqa: ASYNC110 # Faust has no event for it
            await asyncio.sleep(0.02)


@asynccontextmanager
async def reading(
    kafka: str, topic: str, group: str, folder: Path
) -> AsyncIterator[tuple[faust.App, dict[bytes, None]]]:
    """A worker's app in a group without commits, and the values that it has read, each once and in order."""
    app = make_app(Settings(kafka_bootstrap_servers=kafka, consumer_group=group, data_dir=folder))
    read: dict[bytes, None] = {}

    async def note(stream: StreamT[Any]) -> None:
        async for value in stream:
            read.setdefault(value)

    channel = app.topic(
        topic, acks=False, key_type=bytes, key_serializer="raw", value_type=bytes, value_serializer="raw"
    )
    app.agent(channel)(note)
    await app.start()
    try:
        yield app, read
    finally:
        await app.stop()


@pytest.mark.slow
async def test_records_dropped_while_partitions_move_come_again_without_a_commit(
    kafka: str, topic: str, consumer_group: str, tmp_path: Path
) -> None:
    send(kafka, topic, b"0", b"1")
    async with reading(kafka, topic, consumer_group, tmp_path) as (app, read):
        await until(lambda: b"1" in read)
        consumer: Any = app.consumer
        consumer.stop_flow()  # as when partitions start to move; a fetch is running
        send(kafka, topic, b"2", b"3")
        await until(lambda: consumer.highwater(TP(topic, PARTITION)) == 4)
        consumer.resume_flow()
        send(kafka, topic, b"4")
        await until(lambda: b"4" in read)
    assert list(read) == [b"0", b"1", b"2", b"3", b"4"]


@pytest.mark.slow
async def test_without_the_beginning_of_a_partition_the_rest_is_read(
    kafka: str, topic: str, consumer_group: str, tmp_path: Path
) -> None:
    send(kafka, topic, b"0", b"1", b"2", b"3")
    admin = AdminClient({"bootstrap.servers": kafka, "log_level": 0})
    (deleted,) = admin.delete_records([TopicPartition(topic, PARTITION, 2)]).values()
    assert (await asyncio.to_thread(deleted.result, WAIT_S)).low_watermark == 2
    async with reading(kafka, topic, consumer_group, tmp_path) as (_, read):
        await until(lambda: b"3" in read)
    assert list(read) == [b"2", b"3"]

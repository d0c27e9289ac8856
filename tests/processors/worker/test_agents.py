"""What the Faust agent gives to the processor, with a real Kafka."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from confluent_kafka import Producer

from processors.worker.agents import BATCH_SIZE, add_monitor_agent
from processors.worker.app import make_app
from processors.worker.batch import BatchProcessor
from processors.worker.offsets import Commits
from processors.worker.records import KafkaRecord
from tests.support.limits import WAIT_S
from wardbeat.settings import Settings

pytestmark = pytest.mark.slow


class RecordingProcessor(BatchProcessor):
    """Keeps the batches that it gets; may fail at the first one."""

    def __init__(self, error: Exception | None = None) -> None:
        self.batches: list[list[KafkaRecord]] = []
        self._error = error

    @property
    def committable(self) -> dict[int, int]:
        return {}

    async def process(self, records: Sequence[KafkaRecord]) -> None:
        self.batches.append(list(records))
        if self._error is not None:
            raise self._error

    @property
    def records(self) -> list[KafkaRecord]:
        return [record for batch in self.batches for record in batch]


def send(kafka: str, topic: str, count: int) -> None:
    producer = Producer({"bootstrap.servers": kafka, "log_level": 0})
    for number in range(count):
        producer.produce(topic, str(number).encode(), key=b"bed-1", partition=1)
    assert producer.flush(WAIT_S) == 0


@asynccontextmanager
async def running(
    processor: RecordingProcessor, kafka: str, topic: str, group: str, folder: Path
) -> AsyncIterator[asyncio.Task[None]]:
    """An app with the agent; the task ends when the app stops."""
    app = make_app(Settings(kafka_bootstrap_servers=kafka, consumer_group=group, data_dir=folder))
    add_monitor_agent(app, topic, processor, Commits(app, topic, processor))
    await app.start()
    stopped = asyncio.create_task(app.wait_until_stopped())
    try:
        yield stopped
    finally:
        await app.stop()
        await stopped


async def test_records_come_in_batches_and_in_order(
    kafka: str, topic: str, consumer_group: str, tmp_path: Path
) -> None:
    count = 2 * BATCH_SIZE + 10
    send(kafka, topic, count)
    processor = RecordingProcessor()
    async with running(processor, kafka, topic, consumer_group, tmp_path), asyncio.timeout(WAIT_S):
        while len(processor.records) < count:  # noqa: ASYNC110 # Faust has no event for it
            await asyncio.sleep(0.02)
    first = processor.records[0]
    assert (first.topic, first.partition, first.offset, first.key, first.value) == (topic, 1, 0, b"bed-1", b"0")
    assert first.timestamp_s > 1e9
    assert [record.value for record in processor.records] == [str(number).encode() for number in range(count)]
    assert 1 < max(map(len, processor.batches)) <= BATCH_SIZE


async def test_an_error_in_the_processor_stops_the_app(
    kafka: str, topic: str, consumer_group: str, tmp_path: Path
) -> None:
    send(kafka, topic, 1)
    processor = RecordingProcessor(ZeroDivisionError("a bug"))
    async with running(processor, kafka, topic, consumer_group, tmp_path) as stopped:
        await asyncio.wait_for(asyncio.shield(stopped), WAIT_S)
    assert len(processor.batches) == 1, "the agent is not restarted"

"""The Faust agent: records in batches from Kafka, committed once everything that follows from them is written."""

from typing import Any, cast

import faust
from faust.types import EventT, StreamT
from mode.supervisors import CrashingSupervisor

from processors.worker.batch import BatchProcessor
from processors.worker.offsets import Commits
from processors.worker.records import KafkaRecord

BATCH_SIZE = 256
"""Reached only by a worker that is behind: with fewer batches it waits less for Redis' disk and Kafka's copies."""
BATCH_WITHIN_S = 0.1
"""Long enough for many patients' records to share what a batch costs (docs/benchmarks.md), too short to be noticed."""
COMMIT_EVERY_S = 1.0


def add_monitor_agent(app: faust.App, topic: str, processor: BatchProcessor, commits: Commits) -> None:
    """Let an agent run every batch of a topic through the processor.

    An exception in it is no patient's fault but ours, and ends the worker: an agent that Faust started again would
    go on behind the records that it lost.
    """

    async def monitor(stream: StreamT[Any]) -> None:
        events_of = cast("faust.Stream[EventT[bytes]]", stream)  # what noack_take gives are events, unlike take
        async for events in events_of.noack_take(BATCH_SIZE, within=BATCH_WITHIN_S):
            current = [event for event in events if is_current(app, event)]
            if current:
                await processor.process([record_of(event) for event in current])

    channel = app.topic(
        topic, acks=False, key_type=bytes, key_serializer="raw", value_type=bytes, value_serializer="raw"
    )
    app.agent(channel, name="monitor", concurrency=1, supervisor_strategy=CrashingSupervisor)(monitor)
    app.timer(COMMIT_EVERY_S)(commits.commit)


def is_current(app: faust.App, event: EventT[bytes]) -> bool:
    """Whether the record is still ours: after a rebalance what was held before comes again, here or elsewhere."""
    return bool(event.message.generation_id == app.consumer_generation_id)


def record_of(event: EventT[bytes]) -> KafkaRecord:
    message = event.message
    return KafkaRecord(
        message.topic, message.partition, message.offset, message.key, message.value, message.timestamp or 0.0
    )

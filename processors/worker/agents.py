"""The Faust agent: it reads records from Kafka in batches and gives them to the :class:`BatchProcessor`."""

from typing import Any, cast

import faust
from faust.types import EventT, StreamT
from mode.supervisors import CrashingSupervisor

from processors.worker.batch import BatchProcessor
from processors.worker.offsets import Commits
from processors.worker.records import KafkaRecord

BATCH_SIZE = 256
"""Only a worker that is behind reaches it. With fewer batches it waits less often for disks and Kafka copies."""
BATCH_WITHIN_S = 0.1
"""Many patients' records then share the cost of a batch (docs/benchmarks.md), and staff do not notice the delay."""
COMMIT_EVERY_S = 1.0


def add_monitor_agent(app: faust.App, topic: str, processor: BatchProcessor, commits: Commits) -> None:
    """Add an agent that gives every batch of a topic to the processor, and a timer that commits.

    An exception in the agent is a bug and ends the worker: if Faust restarted the agent, it would continue behind the
    records that the agent lost.
    """

    async def monitor(stream: StreamT[Any]) -> None:
        events_of = cast("faust.Stream[EventT[bytes]]", stream)  # noack_take gives events, take gives values
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
    """Whether the record is of the current assignment: after a rebalance Kafka brings older ones again."""
    return bool(event.message.generation_id == app.consumer_generation_id)


def record_of(event: EventT[bytes]) -> KafkaRecord:
    message = event.message
    return KafkaRecord(
        message.topic, message.partition, message.offset, message.key, message.value, message.timestamp or 0.0
    )

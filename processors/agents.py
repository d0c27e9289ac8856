"""The Faust agent: records in batches from Kafka, acknowledged once everything that follows from them is written."""

from typing import Any, cast

import faust
from faust.types import EventT, StreamT
from mode.supervisors import CrashingSupervisor

from processors.batch import BatchProcessor
from processors.sinks import Record

BATCH_SIZE = 64
BATCH_WITHIN_S = 0.02
"""Long enough to put many patients' questions to the networks at once, too short to be noticed."""


def add_monitor_agent(app: faust.App, topic: str, processor: BatchProcessor) -> None:
    """Let an agent run every batch of a topic through the processor.

    An exception in it is no patient's fault but ours, and ends the worker: an agent that Faust started again would
    go on behind the records that it lost.
    """

    async def monitor(stream: StreamT[Any]) -> None:
        # not take: that acknowledges what it gave even if we failed; the items of this one are events
        events_of = cast("faust.Stream[EventT[bytes]]", stream)
        async for events in events_of.noack_take(BATCH_SIZE, within=BATCH_WITHIN_S):
            current = [event for event in events if is_current(app, event)]
            if current:
                await processor.process([record_of(event) for event in current])
            for event in current:
                if is_current(app, event):
                    event.ack()

    channel = app.topic(topic, key_type=bytes, key_serializer="raw", value_type=bytes, value_serializer="raw")
    app.agent(channel, name="monitor", concurrency=1, supervisor_strategy=CrashingSupervisor)(monitor)


def is_current(app: faust.App, event: EventT[bytes]) -> bool:
    """Whether the record is still ours: after a rebalance what was held before comes again, here or elsewhere."""
    return bool(event.message.generation_id == app.consumer_generation_id)


def record_of(event: EventT[bytes]) -> Record:
    message = event.message
    return Record(message.topic, message.partition, message.offset, message.key, message.value)

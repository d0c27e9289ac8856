"""Finds out whether a topic carries the ECG of devices, so that a replay does not mix its patients with real ones."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final, NamedTuple

from confluent_kafka import Consumer, TopicPartition

from wardbeat.contracts.codec import decode_chunk
from wardbeat.errors import CodecError
from wardbeat.kafka.access import KafkaAccess
from wardbeat.kafka.reading import open_topic, present_offsets, read_offsets

BLOCKS: Final = 12
"""Places of a large partition that are read: one for every two hours of the default retention."""
BLOCK: Final = 400
"""Records at each place."""


class LiveChunk(NamedTuple):
    """A chunk of live origin: its stream, and the time (UTC) at which Kafka stored it."""

    stream_id: str
    stored_at: datetime


def find_live_chunk(kafka: KafkaAccess, topic: str) -> LiveChunk | None:
    """A chunk of live origin that a topic still carries; None if none is found.

    A partition of up to ``BLOCKS * BLOCK`` records is read whole. Of a larger one, its newest records are read, and
    blocks that are evenly spread over the rest: a device sends two chunks a second for hours, so blocks meet it. Only
    a device that sent for less than 1/12 of the records of its partition can be missed.

    Raises
    ------
    BrokerError
        If the broker does not answer, or has no such topic.
    """
    with open_topic(kafka, topic) as (consumer, partitions):
        for partition in partitions:
            found = _live_in(consumer, TopicPartition(topic, partition))
            if found is not None:
                return found
    return None


def blocks(first: int, end: int) -> Iterator[tuple[int, int]]:
    """The blocks of offsets to read, the newest first; a small partition is one block.

    Parameters
    ----------
    first, end : int
        The offset of the oldest record, and the offset after the newest one.
    """
    if end - first <= BLOCKS * BLOCK:
        yield first, end
        return
    for n in range(BLOCKS):
        begin = end - BLOCK - n * (end - BLOCK - first) // (BLOCKS - 1)
        yield begin, begin + BLOCK


def _live_in(consumer: Consumer, partition: TopicPartition) -> LiveChunk | None:
    first, end = present_offsets(consumer, partition)
    for begin, stop in blocks(first, end):
        for message in read_offsets(consumer, partition, begin, stop):
            try:
                chunk = decode_chunk(message.value() or b"")
            except CodecError:
                continue  # it is no chunk, so it is no patient's
            if chunk.origin == "live":
                return LiveChunk(chunk.stream_id, datetime.fromtimestamp(message.timestamp()[1] / 1000, UTC))
    return None

"""Reads what Kafka still has of one session's ECG, as it came."""

from collections.abc import Iterator
from contextlib import closing
from typing import Final

from confluent_kafka import OFFSET_END, Consumer, KafkaException, TopicPartition

from wardbeat import topics
from wardbeat.codec import decode_chunk
from wardbeat.errors import BrokerError
from wardbeat.messages import EcgChunk

TIMEOUT_S: Final = 15.0
BATCH: Final = 500


def session_chunks(
    bootstrap_servers: str, stream_id: str, session_id: str, *, since_ms: int = 0, topic: str = topics.WAVEFORM
) -> Iterator[EcgChunk]:
    """The chunks of a session in the order of their offsets, up to what the topic holds now.

    Parameters
    ----------
    bootstrap_servers : str
    stream_id, session_id : str
    since_ms : int
        Unix time from which the partition is read; all that is retained without it.
    topic : str

    Raises
    ------
    BrokerError
        If the broker does not answer, or has no such topic.
    CodecError
        If a chunk of the stream can't be read.
    """
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap_servers,
            "group.id": "wardbeat-alerts-replay",  # asked for, and never used: nothing is committed
            "enable.auto.commit": False,
            "log_level": 0,
        }
    )
    with closing(consumer):
        try:
            yield from _chunks_of(consumer, topic, stream_id, session_id, since_ms)
        except KafkaException as error:
            raise BrokerError(
                f"Kafka at {bootstrap_servers} can't be read ({error.args[0].str()}); "
                "start it or set WARDBEAT_KAFKA_BOOTSTRAP_SERVERS"
            ) from error


def _chunks_of(consumer: Consumer, topic: str, stream_id: str, session_id: str, since_ms: int) -> Iterator[EcgChunk]:
    partitions = consumer.list_topics(topic, timeout=TIMEOUT_S).topics[topic].partitions
    if not partitions:
        raise BrokerError(f"Kafka has no topic {topic}; run `wardbeat topics create`")
    key = topics.key_of(stream_id)
    partition = topics.partition_of(key, len(partitions))
    first, end = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=TIMEOUT_S)
    (begin,) = consumer.offsets_for_times([TopicPartition(topic, partition, since_ms)], timeout=TIMEOUT_S)
    at = end if begin.offset == OFFSET_END else max(first, begin.offset)
    consumer.assign([TopicPartition(topic, partition, at)])
    while at < end:
        messages = consumer.consume(min(BATCH, end - at), timeout=TIMEOUT_S)  # waits until it has as many
        if not messages:
            raise BrokerError(f"Kafka topic {topic}, partition {partition}: nothing came after offset {at}; try again")
        for message in messages:
            if message.error():
                raise KafkaException(message.error())
            at = (message.offset() or 0) + 1
            if message.key() != key:
                continue
            chunk = decode_chunk(message.value() or b"")
            if chunk.session_id == session_id:
                yield chunk

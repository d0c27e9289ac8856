"""Reads the present records of a topic without a consumer group."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import stamina
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from wardbeat.errors import BrokerError
from wardbeat.kafka.access import KafkaAccess
from wardbeat.kafka.client import Complaints, first_answer, unusable

TIMEOUT_S: Final = 15.0
BATCH: Final = 500
_NO_LEADER: Final = {KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE}
_retrying: Final = stamina.RetryingCaller(
    attempts=None, timeout=TIMEOUT_S, wait_initial=0.05, wait_max=1.0, wait_jitter=0
)


@contextmanager
def open_topic(kafka: KafkaAccess, topic: str) -> Iterator[tuple[Consumer, list[int]]]:
    """A connected consumer, and the partitions of a topic.

    Raises
    ------
    BrokerError
        If the broker does not answer, has no such topic, or stops answering inside.
    """
    complaints = Complaints()
    config = {
        **kafka.client_config(),
        "group.id": "wardbeat-reading",  # librdkafka requires one; we commit nothing
        "enable.auto.commit": False,
        "fetch.wait.max.ms": 10,  # a fetch at the end of a partition delays the next request
        "log_level": 0,
        "error_cb": complaints,
    }
    try:
        consumer = Consumer(config)
    except KafkaException as error:
        raise unusable(error, kafka) from error
    try:
        # The client learns the leaders of a topic only if it requests the topic by name.
        found = first_answer(consumer, kafka, complaints, TIMEOUT_S, topic).topics[topic]
        if found.error is not None:
            raise BrokerError(
                f"Kafka at {kafka.servers} has no topic {topic} ({found.error.str()}); run `wardbeat topics create`"
            )
        yield consumer, sorted(found.partitions)
    except KafkaException as error:
        raise BrokerError(
            f"Kafka at {kafka.servers} can't be read ({error.args[0].str()}); "
            "start it or set WARDBEAT_KAFKA_BOOTSTRAP_SERVERS"
        ) from error
    finally:
        consumer.close()


def read_partition(consumer: Consumer, topic: str, partition: int, since_ms: int = 0) -> Iterator[Message]:
    """The records of a partition in the order of offsets, up to its present end.

    Parameters
    ----------
    consumer : Consumer
        It must not read anything else at the same time.
    topic : str
    partition : int
    since_ms : int
        Unix time of the first record in ms; 0 reads all records that the topic retains.

    Raises
    ------
    BrokerError
        If the broker sends no more records before the end.
    KafkaException
        If the broker refuses a request.
    """
    since = TopicPartition(topic, partition, since_ms)
    first, end = present_offsets(consumer, TopicPartition(topic, partition))
    (begin,) = _retrying(has_no_leader, consumer.offsets_for_times, [since], timeout=TIMEOUT_S)
    at = end if begin.offset < 0 else max(first, begin.offset)  # negative: no record is so new
    yield from read_offsets(consumer, TopicPartition(topic, partition), at, end)


def present_offsets(consumer: Consumer, partition: TopicPartition) -> tuple[int, int]:
    """The offset of the oldest record that a partition retains, and the offset after its newest one.

    Raises
    ------
    KafkaException
        If the broker refuses the request.
    """
    first, end = _retrying(has_no_leader, consumer.get_watermark_offsets, partition, timeout=TIMEOUT_S)
    return first, end


def read_offsets(consumer: Consumer, partition: TopicPartition, at: int, end: int) -> Iterator[Message]:
    """The records of a partition from offset ``at`` up to, but not including, ``end``.

    Parameters
    ----------
    consumer : Consumer
        It must not read anything else at the same time.
    partition : TopicPartition
    at, end : int

    Raises
    ------
    BrokerError
        If the broker sends no more records before the end.
    KafkaException
        If the broker refuses a request.
    """
    consumer.assign([TopicPartition(partition.topic, partition.partition, at)])
    while at < end:
        messages = consumer.consume(min(BATCH, end - at), timeout=TIMEOUT_S)  # returns when it has this many
        if not messages:
            where = f"Kafka topic {partition.topic}, partition {partition.partition}"
            raise BrokerError(f"{where}: no record came after offset {at}; try again")
        for message in messages:
            if message.error():
                raise KafkaException(message.error())
            at = (message.offset() or 0) + 1
            yield message


def has_no_leader(error: Exception) -> bool:
    """Whether Kafka refused a request because a partition has no leader just now: it has one in a moment."""
    return isinstance(error, KafkaException) and error.args[0].code() in _NO_LEADER

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
    whole, since = TopicPartition(topic, partition), TopicPartition(topic, partition, since_ms)
    first, end = _retrying(has_no_leader, consumer.get_watermark_offsets, whole, timeout=TIMEOUT_S)
    (begin,) = _retrying(has_no_leader, consumer.offsets_for_times, [since], timeout=TIMEOUT_S)
    at = end if begin.offset < 0 else max(first, begin.offset)  # negative: no record is so new
    consumer.assign([TopicPartition(topic, partition, at)])
    while at < end:
        messages = consumer.consume(min(BATCH, end - at), timeout=TIMEOUT_S)  # returns when it has this many
        if not messages:
            raise BrokerError(
                f"Kafka topic {topic}, partition {partition}: no record came after offset {at}; try again"
            )
        for message in messages:
            if message.error():
                raise KafkaException(message.error())
            at = (message.offset() or 0) + 1
            yield message


def has_no_leader(error: Exception) -> bool:
    """Whether Kafka refused a request because a partition has no leader just now: it has one in a moment."""
    return isinstance(error, KafkaException) and error.args[0].code() in _NO_LEADER

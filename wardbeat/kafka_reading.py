"""Reads what lies in a topic now, from some offset on, without a consumer group."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from wardbeat.errors import BrokerError
from wardbeat.kafka_access import KafkaAccess
from wardbeat.kafka_client import Complaints, first_answer, unusable

TIMEOUT_S: Final = 15.0
BATCH: Final = 500


@contextmanager
def open_topic(kafka: KafkaAccess, topic: str) -> Iterator[tuple[Consumer, list[int]]]:
    """A consumer that was let in, and the partitions of a topic.

    Raises
    ------
    BrokerError
        If the broker does not answer, has no such topic, or stops answering inside.
    """
    complaints = Complaints()
    config = {
        **kafka.client_config(),
        "group.id": "wardbeat-reading",  # asked for, and never used: nothing is committed
        "enable.auto.commit": False,
        "log_level": 0,
        "error_cb": complaints,
    }
    try:
        consumer = Consumer(config)
    except KafkaException as error:
        raise unusable(error, kafka) from error
    try:
        there = first_answer(consumer, kafka, complaints, TIMEOUT_S)
        if topic not in there.topics:
            raise BrokerError(f"Kafka has no topic {topic}; run `wardbeat topics create`")
        yield consumer, sorted(there.topics[topic].partitions)
    except KafkaException as error:
        raise BrokerError(
            f"Kafka at {kafka.servers} can't be read ({error.args[0].str()}); "
            "start it or set WARDBEAT_KAFKA_BOOTSTRAP_SERVERS"
        ) from error
    finally:
        consumer.close()


def read_partition(consumer: Consumer, topic: str, partition: int, since_ms: int = 0) -> Iterator[Message]:
    """The records of a partition by offset, up to what it holds now.

    Parameters
    ----------
    consumer : Consumer
        Reads nothing else meanwhile.
    topic : str
    partition : int
    since_ms : int
        Unix time that reading begins at; all that is retained without it.

    Raises
    ------
    BrokerError
        If nothing more comes although there is more.
    KafkaException
        If the broker refuses.
    """
    first, end = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=TIMEOUT_S)
    (begin,) = consumer.offsets_for_times([TopicPartition(topic, partition, since_ms)], timeout=TIMEOUT_S)
    at = end if begin.offset < 0 else max(first, begin.offset)  # negative: nothing so late is there
    consumer.assign([TopicPartition(topic, partition, at)])
    while at < end:
        messages = consumer.consume(min(BATCH, end - at), timeout=TIMEOUT_S)  # waits until it has as many
        if not messages:
            raise BrokerError(f"Kafka topic {topic}, partition {partition}: nothing came after offset {at}; try again")
        for message in messages:
            if message.error():
                raise KafkaException(message.error())
            at = (message.offset() or 0) + 1
            yield message

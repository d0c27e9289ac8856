"""Reads what lies in a topic now, from some offset on, without a consumer group."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from wardbeat.errors import BrokerError
from wardbeat.kafka.access import KafkaAccess
from wardbeat.kafka.client import Complaints, first_answer, unusable

TIMEOUT_S: Final = 15.0
BATCH: Final = 500
POLL_S: Final = 0.05


_PASSING: Final = {KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE}
_T = TypeVar("_T")


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
        "fetch.wait.max.ms": 10,  # whatever is asked next waits behind a fetch at the end of a partition
        "log_level": 0,
        "error_cb": complaints,
    }
    try:
        consumer = Consumer(config)
    except KafkaException as error:
        raise unusable(error, kafka) from error
    try:
        # Only a topic that was asked for by its name has leaders that the client knows of.
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
    whole, since = TopicPartition(topic, partition), TopicPartition(topic, partition, since_ms)
    first, end = _persistently(lambda: consumer.get_watermark_offsets(whole, timeout=TIMEOUT_S))
    (begin,) = _persistently(lambda: consumer.offsets_for_times([since], timeout=TIMEOUT_S))
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


def _persistently(ask: Callable[[], _T]) -> _T:
    """The answer to a question that a broker may refuse while partitions change hands."""
    deadline_s = time.monotonic() + TIMEOUT_S
    while True:
        try:
            return ask()
        except KafkaException as error:
            if error.args[0].code() not in _PASSING or time.monotonic() > deadline_s:
                raise
        time.sleep(POLL_S)

import pytest
from confluent_kafka import KafkaError, KafkaException, Producer

from tests.support.fixtures_services import PARTITIONS
from wardbeat.errors import BrokerError
from wardbeat.kafka.access import KafkaAccess
from wardbeat.kafka.reading import BATCH, has_no_leader, open_topic, read_partition

PARTITION = 1


def produce(kafka: str, topic: str, *records: tuple[int, bytes]) -> None:
    """Write records with their Unix times in ms."""
    producer = Producer({"bootstrap.servers": kafka})
    for time_ms, value in records:
        producer.produce(topic, value, partition=PARTITION, timestamp=time_ms)
    assert producer.flush(20) == 0


def read(kafka: str, topic: str, partition: int, since_ms: int = 0) -> list[bytes | None]:
    with open_topic(KafkaAccess(kafka), topic) as (consumer, partitions):
        assert partitions == list(range(PARTITIONS))
        return [message.value() for message in read_partition(consumer, topic, partition, since_ms)]


@pytest.mark.slow
def test_a_partition_is_read_in_order_up_to_its_end(kafka: str, topic: str) -> None:
    values = [b"%d" % n for n in range(BATCH + 7)]
    produce(kafka, topic, *((1_000 + n, value) for n, value in enumerate(values)))
    assert read(kafka, topic, PARTITION) == values
    assert read(kafka, topic, PARTITION, since_ms=1_000 + BATCH) == values[BATCH:]
    assert read(kafka, topic, PARTITION, since_ms=1_000_000) == [], "no record is so new"
    assert read(kafka, topic, PARTITION + 1) == [], "nothing was written to it"


@pytest.mark.slow
def test_records_that_come_during_the_reading_are_left_out(kafka: str, topic: str) -> None:
    produce(kafka, topic, (1, b"before"))
    with open_topic(KafkaAccess(kafka), topic) as (consumer, _):
        records = read_partition(consumer, topic, PARTITION)
        assert next(records).value() == b"before"
        produce(kafka, topic, (2, b"after"))
        assert list(records) == []


@pytest.mark.slow
def test_a_topic_that_is_not_there_is_named_with_the_next_step(kafka: str) -> None:
    with (
        pytest.raises(BrokerError, match=r"has no topic test-none .*run `wardbeat topics create`"),
        open_topic(KafkaAccess(kafka), "test-none"),
    ):
        pytest.fail("it must not be opened")


def test_only_a_partition_without_a_leader_is_worth_another_try() -> None:
    assert has_no_leader(KafkaException(KafkaError(KafkaError.NOT_LEADER_FOR_PARTITION)))
    assert has_no_leader(KafkaException(KafkaError(KafkaError.LEADER_NOT_AVAILABLE)))
    assert not has_no_leader(KafkaException(KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED)))
    assert not has_no_leader(OSError("a fault of our own"))

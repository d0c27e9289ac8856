import pytest
from aiokafka.partitioner import murmur2
from confluent_kafka import Message, Producer
from hypothesis import given
from hypothesis import strategies as st

from tests.support.fixtures_services import PARTITIONS
from wardbeat.contracts import topics
from wardbeat.contracts.rules import STREAM_ID


def test_topics_have_names_of_their_own_with_a_version() -> None:
    assert len(set(topics.ALL)) == len(topics.ALL)
    assert all(topic.startswith("ecg.") and topic.endswith(".v1") for topic in topics.ALL)


@given(st.from_regex(STREAM_ID, fullmatch=True), st.integers(1, 1000))
def test_a_key_has_the_partition_that_aiokafka_computes(stream_id: str, partitions: int) -> None:
    key = topics.key_of(stream_id)
    assert topics.partition_of(key, partitions) == (murmur2(key) & 0x7FFFFFFF) % partitions


@pytest.mark.slow
def test_librdkafka_sends_a_key_to_the_same_partition(kafka: str, topic: str) -> None:
    sent: dict[bytes, int] = {}

    def delivered(error: object, message: Message) -> None:
        assert error is None
        sent[message.key() or b""] = int(message.partition() or 0)

    producer = Producer({"bootstrap.servers": kafka, "partitioner": topics.PARTITIONER})
    keys = [topics.key_of("b" * length + str(n)) for length in range(4) for n in range(20)]
    for key in keys:
        producer.produce(topic, b"", key, on_delivery=delivered)
    assert producer.flush(20) == 0
    assert sent == {key: topics.partition_of(key, PARTITIONS) for key in keys}

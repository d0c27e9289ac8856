import time

import pytest
from confluent_kafka import Producer

from tests.support.samples import make_chunk
from wardbeat.contracts import topics
from wardbeat.contracts.codec import encode_chunk
from wardbeat.contracts.messages import EcgChunk
from wardbeat.errors import CodecError
from wardbeat.kafka.access import KafkaAccess
from wardbeat.kafka.sessions import session_chunks

pytestmark = pytest.mark.slow  # a real Kafka


def send(kafka: str, topic: str, *records: tuple[str, bytes]) -> None:
    producer = Producer({"bootstrap.servers": kafka, "partitioner": topics.PARTITIONER})
    for stream_id, value in records:
        producer.produce(topic, value, topics.key_of(stream_id))
    assert producer.flush(20) == 0


def send_chunks(kafka: str, topic: str, *chunks: EcgChunk) -> None:
    send(kafka, topic, *((chunk.stream_id, encode_chunk(chunk)) for chunk in chunks))


def test_a_session_comes_in_order_without_other_sessions_and_streams(kafka: str, topic: str) -> None:
    wanted = [make_chunk("bed-1", n, session_id="s1") for n in range(5)]
    others = [make_chunk("bed-1", n, session_id="s2") for n in range(5)]
    beside = [make_chunk(f"bed-{n}", session_id="s1") for n in range(2, 30)]  # some have the same partition
    send_chunks(kafka, topic, *(chunk for pair in zip(wanted, others, strict=True) for chunk in pair), *beside)
    assert list(session_chunks(KafkaAccess(kafka), "bed-1", "s1", topic=topic)) == wanted
    assert list(session_chunks(KafkaAccess(kafka), "bed-1", "none", topic=topic)) == []


def test_a_start_time_leaves_out_what_came_before(kafka: str, topic: str) -> None:
    send_chunks(kafka, topic, make_chunk(sequence=0))
    later_ms = time.time_ns() // 1_000_000 + 1
    while time.time_ns() // 1_000_000 <= later_ms:
        time.sleep(0.001)
    send_chunks(kafka, topic, make_chunk(sequence=1))
    found = list(session_chunks(KafkaAccess(kafka), "bed-1", "s1", topic=topic, since_ms=later_ms))
    assert [chunk.sequence for chunk in found] == [1]


def test_only_a_broken_chunk_of_the_stream_itself_is_an_error(kafka: str, topic: str) -> None:
    send(kafka, topic, *((f"bed-{n}", b"junk") for n in range(2, 30)))
    chunk = make_chunk()
    send_chunks(kafka, topic, chunk)
    assert list(session_chunks(KafkaAccess(kafka), "bed-1", "s1", topic=topic)) == [chunk]
    send(kafka, topic, ("bed-1", b"junk"))
    with pytest.raises(CodecError):
        list(session_chunks(KafkaAccess(kafka), "bed-1", "s1", topic=topic))

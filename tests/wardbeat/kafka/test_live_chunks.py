"""Whether a topic carries the ECG of devices, on a real Kafka."""

import pytest
from confluent_kafka import Producer
from hypothesis import given
from hypothesis import strategies as st

from tests.support.fixtures_services import PARTITIONS
from tests.support.samples import make_chunk
from wardbeat.contracts.canary import CANARY
from wardbeat.contracts.codec import encode_chunk
from wardbeat.contracts.messages import EcgChunk, Origin
from wardbeat.errors import BrokerError
from wardbeat.kafka.access import KafkaAccess
from wardbeat.kafka.live_chunks import BLOCK, BLOCKS, blocks, find_live_chunk


@given(st.integers(0, 10**12), st.integers(0, 10**7))
def test_blocks_lie_within_the_partition_and_a_small_one_is_read_whole(first: int, length: int) -> None:
    end = first + length
    found = list(blocks(first, end))
    assert (found[0][1], found[-1][0]) == (end, first), "from the newest record to the oldest"
    if length <= BLOCKS * BLOCK:
        assert found == [(first, end)]
    else:
        assert [stop - begin for begin, stop in found] == [BLOCK] * BLOCKS
        assert found == sorted(found, reverse=True)


def send(kafka: str, topic: str, *values: bytes, partition: int = 0) -> None:
    producer = Producer({"bootstrap.servers": kafka})
    for value in values:
        producer.produce(topic, value, partition=partition)
        producer.poll(0)
    assert producer.flush(20) == 0


def chunk(origin: Origin, stream_id: str = "bed-1") -> bytes:
    made: EcgChunk = make_chunk(stream_id, origin=origin)
    return encode_chunk(made)


@pytest.mark.slow
def test_replays_synthetic_patients_and_the_canary_are_no_devices(kafka: str, topic: str) -> None:
    assert find_live_chunk(KafkaAccess(kafka), topic) is None, "an empty topic"
    send(kafka, topic, *[chunk("replay"), chunk("synthetic"), chunk("canary", CANARY), b"no chunk", b""] * 50)
    assert find_live_chunk(KafkaAccess(kafka), topic) is None


@pytest.mark.slow
@pytest.mark.parametrize("partition", range(PARTITIONS))
def test_one_chunk_of_a_device_is_found_wherever_it_is(kafka: str, topic: str, partition: int) -> None:
    send(kafka, topic, chunk("replay"), chunk("live", "icu-7"), *[chunk("replay")] * 3000, partition=partition)
    found = find_live_chunk(KafkaAccess(kafka), topic)
    assert found is not None
    assert found.stream_id == "icu-7"


@pytest.mark.slow
@pytest.mark.parametrize("before", [0, 10_000, 19_000])
def test_a_device_in_a_large_partition_is_found(kafka: str, topic: str, before: int) -> None:
    """It sent 1 of 20 records, at the beginning, in the middle or at the end."""
    replayed = [chunk("replay")] * 20_000
    replayed[before : before + 1000] = [chunk("live", "icu-7")] * 1000
    send(kafka, topic, *replayed)
    assert find_live_chunk(KafkaAccess(kafka), topic) is not None


@pytest.mark.slow
def test_a_missing_topic_is_named(kafka: str) -> None:
    with pytest.raises(BrokerError, match=r"no topic ecg\.nothing"):
        find_live_chunk(KafkaAccess(kafka), "ecg.nothing")

"""``wardbeat dead-letters replay``, on a real Kafka."""

import json

import pytest
from confluent_kafka import Consumer, Message, TopicPartition

from tests.support.dead_letters import MISPLACED, Run, listed
from tests.support.fixtures_services import PARTITIONS
from tests.support.limits import WAIT_S
from wardbeat.contracts import topics
from wardbeat.contracts.codec import MAX_CHUNK_BYTES

pytestmark = pytest.mark.slow


def read_all(bootstrap_servers: str, topic: str) -> list[Message]:
    consumer = Consumer({"bootstrap.servers": bootstrap_servers, "group.id": "nobody"})
    partitions = consumer.list_topics(topic, 20).topics[topic].partitions
    places = [TopicPartition(topic, partition, 0) for partition in partitions]
    ends = [consumer.get_watermark_offsets(place, timeout=WAIT_S)[1] for place in places]
    consumer.assign(places)
    messages = consumer.consume(sum(ends), timeout=WAIT_S) if sum(ends) else []
    consumer.close()
    assert len(messages) == sum(ends)
    return messages


def test_readable_letters_are_sent_again_under_their_own_key(run_letters: Run, ward_topics: str) -> None:
    rows = listed(run_letters)
    first, junk, cut = (str(row["id"]) for row in rows)
    assert json.loads(run_letters("replay", "--json").output) == {
        "replayed": [first],
        "left_out": {
            junk: "this version can't read it either; --unreadable sends it all the same",
            cut: f"only the beginning of its {MAX_CHUNK_BYTES + 1} bytes was kept",
        },
    }
    assert "1 sent again, 0 left out" in run_letters("replay", "--unreadable", junk).output
    sent = {message.value(): message for message in read_all(ward_topics, topics.WAVEFORM)}
    assert {value: message.key() for value, message in sent.items()} == {MISPLACED: b"bed-1", b"junk": b"bed-2"}
    assert sent[MISPLACED].partition() == topics.partition_of(b"bed-1", PARTITIONS)
    assert sent[MISPLACED].headers() == [("replayed-from", f"ecg.dead-letter.v1/{first}".encode())]
    assert listed(run_letters) == rows

"""Dead letters of a real Kafka, listed and sent once more."""

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from confluent_kafka import Consumer, Message, Producer, TopicPartition

from processors.worker.records import KafkaRecord, RejectedRecord, dead_letter_record
from tests.support.fixtures_services import PARTITIONS
from tests.support.samples import make_chunk
from wardbeat.cli.main import cli
from wardbeat.contracts import topics
from wardbeat.contracts.codec import MAX_CHUNK_BYTES, encode
from wardbeat.errors import BrokerError

pytestmark = pytest.mark.slow
MISPLACED = encode(make_chunk("bed-1"))
Run = Callable[..., Result]


@pytest.fixture
def run(ward_topics: str, redis_server: str, fresh_settings: None, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line, with three dead letters as a worker leaves them, one of them twice."""
    monkeypatch.setenv("WARDBEAT_KAFKA_BOOTSTRAP_SERVERS", ward_topics)
    monkeypatch.setenv("WARDBEAT_REDIS_URL", redis_server)
    producer = Producer({"bootstrap.servers": ward_topics, "partitioner": topics.PARTITIONER})
    for offset, key, value in (
        (5, b"bed-7", MISPLACED),
        (6, b"bed-2", b"junk"),
        (6, b"bed-2", b"junk"),
        (7, b"\xff" * 5000, b"\0" * (MAX_CHUNK_BYTES + 1)),
    ):
        record, kind = (
            KafkaRecord(topics.WAVEFORM, 2, offset, key, value),
            "misplaced" if value == MISPLACED else "invalid",
        )
        dead = dead_letter_record(RejectedRecord(record, kind, f"reason {offset}" * 500))
        producer.produce(dead.topic, dead.value, dead.key, headers=[*dead.headers])
        assert producer.flush(20) == 0
    return lambda *arguments: CliRunner().invoke(cli, ["dead-letters", *arguments], catch_exceptions=False)


def read_all(bootstrap_servers: str, topic: str) -> list[Message]:
    consumer = Consumer({"bootstrap.servers": bootstrap_servers, "group.id": "nobody"})
    partitions = consumer.list_topics(topic, 20).topics[topic].partitions
    places = [TopicPartition(topic, partition, 0) for partition in partitions]
    ends = [consumer.get_watermark_offsets(place, timeout=20)[1] for place in places]
    consumer.assign(places)
    messages = consumer.consume(sum(ends), timeout=20) if sum(ends) else []
    consumer.close()
    assert len(messages) == sum(ends)
    return messages


def listed(run: Run, *options: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = json.loads(run("list", "--json", *options).output.splitlines()[-1])["dead_letters"]
    return rows


def test_each_is_listed_once_with_what_is_known_of_it(run: Run) -> None:
    rows = listed(run)
    assert [(row["topic"], row["partition"], row["offset"]) for row in rows] == [
        (topics.WAVEFORM, 2, offset) for offset in (5, 6, 7)
    ]
    assert [(row["stream"], row["bytes"], row["readable"]) for row in rows] == [
        ("bed-1", len(MISPLACED), True),
        ("bed-2", 4, False),
        (None, MAX_CHUNK_BYTES + 1, False),
    ]
    assert [str(row["reason"])[:8] for row in rows] == ["reason 5", "reason 6", "reason 7"]
    assert max(len(str(row["reason"])) for row in rows) == 1000
    lines = run("list").output.splitlines()
    assert len(lines) == 3
    assert "ecg.waveform.v1/2/6  4 bytes  bed-2  invalid  reason 6" in lines[1]


def test_they_are_chosen_by_id_stream_reason_and_time(run: Run) -> None:
    everything = listed(run)
    assert listed(run, "--stream", "bed-2") == everything[1:2]
    assert listed(run, "--kind", "misplaced") == everything[:1]
    assert listed(run, "--reason", "reason 7") == everything[2:]
    assert listed(run, str(everything[0]["id"])) == everything[:1]
    assert listed(run, "--hours", "1") == everything
    assert run("list", "--stream", "bed-9").output == "There are none.\n"
    with pytest.raises(BrokerError, match="dead letter '9/9': there is none"):
        run("list", "9/9")


def test_what_can_be_read_goes_back_under_its_own_key(run: Run, ward_topics: str) -> None:
    rows = listed(run)
    first, junk, cut = (str(row["id"]) for row in rows)
    assert json.loads(run("replay", "--json").output) == {
        "replayed": [first],
        "left_out": {
            junk: "this version can't read it either; --unreadable sends it all the same",
            cut: f"only the beginning of its {MAX_CHUNK_BYTES + 1} bytes was kept",
        },
    }
    assert "1 sent once more, 0 left out" in run("replay", "--unreadable", junk).output
    sent = {message.value(): message for message in read_all(ward_topics, topics.WAVEFORM)}
    assert {value: message.key() for value, message in sent.items()} == {MISPLACED: b"bed-1", b"junk": b"bed-2"}
    assert sent[MISPLACED].partition() == topics.partition_of(b"bed-1", PARTITIONS)
    assert sent[MISPLACED].headers() == [("replayed-from", f"ecg.dead-letter.v1/{first}".encode())]
    assert listed(run) == rows

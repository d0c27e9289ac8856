"""Chunks into a real Kafka: all of them, in order, acknowledged, and in the partition that other clients expect."""

import json
import os
import signal
import subprocess
import time
from collections import defaultdict
from contextlib import closing
from pathlib import Path

import msgspec
import numpy as np
import pytest
from aiokafka.partitioner import DefaultPartitioner
from confluent_kafka import Consumer, KafkaError, TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from producers.patients import recorded_patients
from producers.sink import KafkaChunkSink
from tests.support.fixtures_services import PARTITIONS
from tests.support.limits import WAIT_S
from tests.support.records_on_disk import counting, write_record
from wardbeat.contracts import topics
from wardbeat.contracts.codec import decode_chunk
from wardbeat.contracts.messages import EcgChunk
from wardbeat.ecg.chunking import record_chunks
from wardbeat.ecg.io.excerpts import excerpts_folder
from wardbeat.ecg.io.records import find_records, open_record
from wardbeat.embedded.processes import wardbeat
from wardbeat.errors import BrokerError, CodecError
from wardbeat.kafka.access import KafkaAccess


def read_topic(bootstrap_servers: str, topic: str, expected: int) -> dict[int, list[EcgChunk]]:
    """The chunks of a topic by partition. It waits until there are ``expected`` chunks."""
    found: dict[int, list[EcgChunk]] = defaultdict(list)
    deadline_s = time.monotonic() + WAIT_S
    config = {"bootstrap.servers": bootstrap_servers, "group.id": "unused", "auto.offset.reset": "earliest"}
    with closing(Consumer(config)) as consumer:
        consumer.assign([TopicPartition(topic, partition, 0) for partition in range(PARTITIONS)])
        while sum(map(len, found.values())) < expected:
            assert time.monotonic() < deadline_s, f"{sum(map(len, found.values()))} of {expected} chunks arrived"
            message = consumer.poll(0.5)
            if message is not None:
                assert message.error() is None
                body, partition = message.value(), message.partition()
                assert body is not None
                assert partition is not None
                chunk = decode_chunk(body)
                assert message.key() == topics.key_of(chunk.stream_id)
                found[partition].append(chunk)
        assert consumer.poll(0.2) is None, "more arrived than were sent"
    return found


@pytest.fixture
def chunks(tmp_path: Path) -> list[EcgChunk]:
    record = open_record(write_record(tmp_path, counting(2, 25_000)))
    return [
        chunk
        for stream_id in ("a", "b", "bed-17", "100", "100-2")
        for chunk in record_chunks(record, stream_id=stream_id, session_id=stream_id, origin="replay")
    ]


@pytest.mark.slow
def test_every_chunk_arrives_once_in_order_in_the_partition_of_aiokafka(
    kafka: str, topic: str, chunks: list[EcgChunk]
) -> None:
    sink = KafkaChunkSink(KafkaAccess(kafka), topic)
    for chunk in chunks:
        sink.send(chunk)
    assert sink.close() == (len(chunks), 0)
    found = read_topic(kafka, topic, len(chunks))
    partitions = list(range(PARTITIONS))
    for partition, arrived in found.items():
        for stream_id in {chunk.stream_id for chunk in arrived}:
            assert [c for c in arrived if c.stream_id == stream_id] == [c for c in chunks if c.stream_id == stream_id]
            assert DefaultPartitioner()(topics.key_of(stream_id), partitions, partitions) == partition


@pytest.mark.slow
def test_a_full_queue_makes_the_sender_wait_and_drops_nothing(kafka: str, topic: str, chunks: list[EcgChunk]) -> None:
    sink = KafkaChunkSink(KafkaAccess(kafka), topic, **{"queue.buffering.max.messages": 3, "linger.ms": 0})
    for chunk in chunks:
        sink.send(chunk)
    assert sink.close() == (len(chunks), 0)
    assert sum(map(len, read_topic(kafka, topic, len(chunks)).values())) == len(chunks)


@pytest.mark.slow
def test_a_missing_topic_is_named(kafka: str) -> None:
    with pytest.raises(BrokerError, match=r"no topic ecg\.none .*; `wardbeat topics create` makes the topics"):
        KafkaChunkSink(KafkaAccess(kafka), "ecg.none")


def test_a_missing_broker_is_an_error_immediately(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("producers.sink.CONNECT_TIMEOUT_S", 0.5)
    with pytest.raises(
        BrokerError,
        match=r"Kafka at 127\.0\.0\.1:1 does not answer .*; start it or set",
    ):
        KafkaChunkSink(KafkaAccess("127.0.0.1:1"))


def test_only_acknowledgements_of_the_broker_count(chunks: list[EcgChunk]) -> None:
    """With librdkafka's own test broker, which accepts everything."""
    sink = KafkaChunkSink(KafkaAccess(""), "t", **{"test.mock.num.brokers": 1, "linger.ms": 0})
    for chunk in chunks[:5]:
        sink.send(chunk)
    assert sink.close() == (5, 0)
    assert sink.arrived == {"a": 5}
    sink._on_delivery("a", KafkaError(KafkaError._MSG_TIMED_OUT), None)  # type: ignore[arg-type]
    assert sink.delivered() == (5, 1)
    sink._on_delivery("a", None, None)  # type: ignore[arg-type]
    assert sink.arrived == {"a": 5}, "chunks after an undelivered one are sent again by a replay that continues"
    assert "timed out" in sink.last_failure


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"samples": bytes(2 * 2 * 4001)}, "at most 1 s"),
        ({"sig_name": ("II", "V" * 300_000)}, "at most 64 characters"),
        ({"stream_id": "bed 1"}, "a stream id is"),
    ],
)
def test_a_chunk_that_workers_would_reject_is_not_sent(
    chunks: list[EcgChunk], broken: dict[str, object], message: str
) -> None:
    sink = KafkaChunkSink(KafkaAccess(""), "t", **{"test.mock.num.brokers": 1, "linger.ms": 0})
    with pytest.raises(CodecError, match=message):
        sink.send(msgspec.structs.replace(chunks[0], **broken))
    sink.send(chunks[0])
    assert sink.close() == (1, 0)


@given(st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=20), st.integers(1, 64))
def test_every_client_uses_the_same_partitioner(stream_id: str, partitions: int) -> None:
    """aiokafka, ``PARTITIONER`` and our own calculation agree."""
    every = list(range(partitions))
    key = topics.key_of(stream_id)
    assert DefaultPartitioner()(key, every, every) == topics.partition_of(key, partitions)
    assert topics.PARTITIONER == "murmur2_random"


@pytest.fixture
def replaying(ward_topics: str) -> list[str]:
    """The command line of a replay into an empty Kafka."""
    return [*wardbeat("replay"), "--bootstrap-servers", ward_topics, "--json"]


@pytest.mark.slow
def test_the_command_replays_the_shipped_excerpts(replaying: list[str], ward_topics: str) -> None:
    command = [*replaying, "--speed", "0", "--duration", "20"]
    run = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=WAIT_S)
    summary = json.loads(run.stdout.splitlines()[-1])
    assert (summary["patients"], summary["chunks_sent"], summary["chunks_failed"]) == (8, 320, 0)
    by_stream: dict[str, list[EcgChunk]] = defaultdict(list)
    for arrived in read_topic(ward_topics, topics.WAVEFORM, 320).values():
        for chunk in arrived:
            by_stream[chunk.stream_id].append(chunk)
    with excerpts_folder() as folder:
        patients = recorded_patients(find_records(folder))
        assert sorted(by_stream) == sorted(patient.stream_id for patient in patients)
        for patient in patients:
            signal_ = np.concatenate([chunk.d_signal() for chunk in by_stream[patient.stream_id]], axis=1)
            assert np.array_equal(signal_, patient.source.read(0, 20 * 360))


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly_at_real_time(replaying: list[str], ward_topics: str, number: int) -> None:
    command = [*replaying, "--synthetic", "sinus,vt", "--patients", "3", "--loop"]
    began_ns = time.time_ns()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        read_topic_until_flowing(ward_topics)
        os.kill(process.pid, number)
        out, err = process.communicate(timeout=WAIT_S)
    assert process.returncode == 0, err
    sent = json.loads(out.splitlines()[-1])["chunks_sent"]
    found = read_topic(ward_topics, topics.WAVEFORM, sent)
    last = {chunk.stream_id: chunk for arrived in found.values() for chunk in arrived}
    assert sorted(last) == ["sinus", "sinus-2", "vt"]
    assert all(chunk.final for chunk in last.values())
    assert all(began_ns < chunk.acquired_ns < time.time_ns() for chunk in last.values())


def read_topic_until_flowing(bootstrap_servers: str) -> None:
    """Wait until a second of ECG has arrived."""
    config = {"bootstrap.servers": bootstrap_servers, "group.id": "unused", "auto.offset.reset": "earliest"}
    deadline_s = time.monotonic() + WAIT_S
    seen = 0
    with closing(Consumer(config)) as consumer:
        consumer.assign([TopicPartition(topics.WAVEFORM, partition, 0) for partition in range(PARTITIONS)])
        while seen < 9:
            assert time.monotonic() < deadline_s, "no ECG arrives"
            seen += consumer.poll(0.2) is not None

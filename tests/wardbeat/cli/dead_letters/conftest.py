"""Fixtures of the commands on dead letters."""

import time

import pytest
from click.testing import CliRunner
from confluent_kafka import Producer

from processors.worker.records import KafkaRecord, RejectedRecord, dead_letter_record
from tests.support.dead_letters import MISPLACED, Run
from wardbeat.cli.main import cli
from wardbeat.contracts import topics
from wardbeat.contracts.codec import MAX_CHUNK_BYTES


@pytest.fixture
def run_letters(ward_topics: str, redis_server: str, fresh_settings: None, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `wardbeat dead-letters` on three dead letters of a worker, one of them twice."""
    monkeypatch.setenv("WARDBEAT_KAFKA_BOOTSTRAP_SERVERS", ward_topics)
    monkeypatch.setenv("WARDBEAT_REDIS_URL", redis_server)
    producer = Producer({"bootstrap.servers": ward_topics, "partitioner": topics.PARTITIONER})
    letters = (
        (5, b"bed-7", MISPLACED),
        (6, b"bed-2", b"junk"),
        (6, b"bed-2", b"junk"),
        (7, b"\xff" * 5000, b"\0" * (MAX_CHUNK_BYTES + 1)),
    )
    first_ms = time.time_ns() // 1_000_000 - len(letters)
    for number, (offset, key, value) in enumerate(letters):  # a millisecond apart: the list is in the order of time
        record, kind = (
            KafkaRecord(topics.WAVEFORM, 2, offset, key, value),
            "misplaced" if value == MISPLACED else "invalid",
        )
        dead = dead_letter_record(RejectedRecord(record, kind, f"reason {offset}" * 500))
        producer.produce(dead.topic, dead.value, dead.key, timestamp=first_ms + number, headers=[*dead.headers])
        assert producer.flush(20) == 0
    return lambda *arguments: CliRunner().invoke(cli, ["dead-letters", *arguments], catch_exceptions=False)

"""Kafka records as a worker reads and writes them: chunks in, messages and dead letters out."""

from collections.abc import Iterable
from typing import NamedTuple

import structlog

from processors.monitor.chunk_order import Refused
from processors.ward.ward import WardOutput
from wardbeat.contracts import topics
from wardbeat.contracts.codec import MAX_CHUNK_BYTES, decode_chunk, encode
from wardbeat.contracts.dead_letter_kinds import REFUSALS
from wardbeat.contracts.messages import Alert, Beat, EcgChunk
from wardbeat.errors import MisplacedError

_log = structlog.get_logger(__name__)

REASON_LENGTH = 1000
"""Characters; a reason quotes what came, which may be long."""


KEY_LENGTH = 1024
"""Bytes; many times a stream id."""


class KafkaRecord(NamedTuple):
    """A Kafka record as it was read."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp_s: float = 0.0


class RejectedRecord(NamedTuple):
    """A record that nobody can use, and why: ``kind`` is what it is counted by, ``reason`` is in words."""

    record: KafkaRecord
    kind: str
    reason: str


class OutgoingRecord(NamedTuple):
    topic: str
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


def output_record(message: Beat | Alert) -> OutgoingRecord:
    topic = topics.BEAT if isinstance(message, Beat) else topics.ALERT
    return OutgoingRecord(topic, topics.key_of(message.stream_id), encode(message), [])


def dead_letter_record(dead: RejectedRecord) -> OutgoingRecord:
    """The record as it came; of one that is larger than any chunk the beginning, as no topic might take it whole."""
    record = dead.record
    value = record.value and record.value[:MAX_CHUNK_BYTES]
    headers = [
        (topics.KIND, dead.kind.encode()),
        ("reason", dead.reason[:REASON_LENGTH].encode(errors="replace")),
        ("topic", record.topic.encode()),
        ("partition", str(record.partition).encode()),
        ("offset", str(record.offset).encode()),
    ]
    if record.value and value != record.value:
        headers.append((topics.CUT_FROM, str(len(record.value)).encode()))
    return OutgoingRecord(topics.DEAD_LETTER, record.key and record.key[:KEY_LENGTH], value, headers)


def read_chunk(record: KafkaRecord) -> EcgChunk:
    """The chunk in a record.

    Raises
    ------
    CodecError
        If there is none, or if it lies under another stream's key, where another worker may have its patient.
    """
    chunk = decode_chunk(record.value or b"")
    if record.key != chunk.stream_id.encode():
        raise MisplacedError(
            f"chunk of stream {chunk.stream_id!r}: its key is {record.key!r}; send it by its stream id"
        )
    return chunk


def refused_dead_letters(
    outputs: Iterable[WardOutput], read: Iterable[tuple[KafkaRecord, EcgChunk]]
) -> list[RejectedRecord]:
    """The records whose chunks monitors have refused."""
    refused = {id(output.chunk): output.refusal for output in outputs if isinstance(output, Refused)}
    return [
        dead_letter_of(record, refused[id(chunk)], _words_of(chunk, REFUSALS[refused[id(chunk)]]))
        for record, chunk in (read if refused else ())
        if id(chunk) in refused
    ]


def _words_of(chunk: EcgChunk, why: str) -> str:
    return f"chunk of stream {chunk.stream_id!r}, session {chunk.session_id!r}, sample {chunk.first_sample}: {why}"


def dead_letter_of(record: KafkaRecord, kind: str, reason: str) -> RejectedRecord:
    _log.warning("dead letter", kind=kind, reason=reason, partition=record.partition, offset=record.offset)
    return RejectedRecord(record, kind, reason)

"""Kafka records as a worker reads and writes them: chunks come in, messages and dead letters go out."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import structlog

from processors.monitor.chunk_order import Refused
from processors.ward.ward import WardOutput
from wardbeat.contracts import topics
from wardbeat.contracts.codec import MAX_CHUNK_BYTES, decode_chunk, encode
from wardbeat.contracts.dead_letter_kinds import REFUSALS
from wardbeat.contracts.messages import Alert, Beat, EcgChunk, Window
from wardbeat.ecg.selection.device_chunks import ecg_leads_of
from wardbeat.errors import MisplacedError

REASON_LENGTH = 1000
"""Characters. A reason quotes the record, which may be long."""
KEY_LENGTH = 1024
"""Bytes: many times the length of a stream id."""

_TOPIC_OF = {Alert: topics.ALERT, Beat: topics.BEAT, Window: topics.WINDOW}

_log = structlog.get_logger(__name__)


class KafkaRecord(NamedTuple):
    """A Kafka record as the worker reads it. ``timestamp_s`` is 0 if the record has no time."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp_s: float = 0.0


class RejectedRecord(NamedTuple):
    """A record that becomes a dead letter. ``kind`` is the label of its counter, ``reason`` explains it in words."""

    record: KafkaRecord
    kind: str
    reason: str


class OutgoingRecord(NamedTuple):
    """A Kafka record as the worker writes it."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


def first_offsets(records: Sequence[KafkaRecord]) -> dict[int, int]:
    """The first offset of each partition in a batch. Kafka gives the records of a partition in order."""
    return {record.partition: record.offset for record in reversed(records)}


def read_chunk(record: KafkaRecord) -> EcgChunk:
    """The ECG leads of the chunk in a record.

    Raises
    ------
    CodecError
        If the record holds no chunk or no ECG, or if its key is not the chunk's stream id: its patient may then be
        another worker's.
    """
    chunk = decode_chunk(record.value or b"")
    if record.key != chunk.stream_id.encode():
        raise MisplacedError(
            f"chunk of stream {chunk.stream_id!r}: its key is {record.key!r}; send it by its stream id"
        )
    return ecg_leads_of(chunk)


def reject(record: KafkaRecord, kind: str, reason: str) -> RejectedRecord:
    """Reject a record, and write it to the log."""
    _log.warning("dead letter", kind=kind, reason=reason, partition=record.partition, offset=record.offset)
    return RejectedRecord(record, kind, reason)


def refused_records(
    outputs: Iterable[WardOutput], read: Iterable[tuple[KafkaRecord, EcgChunk]]
) -> list[RejectedRecord]:
    """The records whose chunks the monitors have refused."""
    refused = {id(output.chunk): output.refusal for output in outputs if isinstance(output, Refused)}
    return [
        reject(record, refused[id(chunk)], _refusal_text(chunk, REFUSALS[refused[id(chunk)]]))
        for record, chunk in (read if refused else ())
        if id(chunk) in refused
    ]


def output_record(message: Alert | Beat | Window) -> OutgoingRecord:
    """The record of an alert, a beat or a window, under the key of its stream."""
    topic = _TOPIC_OF[type(message)]
    return OutgoingRecord(topic, topics.key_of(message.stream_id), encode(message), [])


def dead_letter_record(dead: RejectedRecord) -> OutgoingRecord:
    """The dead letter of a rejected record: its value unchanged, and headers that explain it.

    A value longer than the largest chunk is cut to this length, as the topic may not accept it whole.
    """
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


def _refusal_text(chunk: EcgChunk, why: str) -> str:
    return f"chunk of stream {chunk.stream_id!r}, session {chunk.session_id!r}, sample {chunk.first_sample}: {why}"

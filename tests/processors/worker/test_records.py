"""Records as a worker reads them, and the records that it writes."""

import msgspec
import numpy as np
import pytest

from processors.monitor.chunk_order import Refused
from processors.worker.records import (
    KEY_LENGTH,
    REASON_LENGTH,
    KafkaRecord,
    RejectedRecord,
    dead_letter_record,
    output_record,
    read_chunk,
    refused_records,
)
from tests.support.samples import make_alert, make_chunk, make_status, make_window
from wardbeat.contracts import topics
from wardbeat.contracts.codec import MAX_CHUNK_BYTES, decode_alert, decode_beat, decode_window, encode
from wardbeat.contracts.dead_letter_kinds import REFUSALS
from wardbeat.contracts.messages import SCHEMA_VERSION, Beat
from wardbeat.errors import CodecError, NoEcgError

BEAT = Beat(SCHEMA_VERSION, "bed-1", "s1", 360, 360.0, "V", (0.1, 0.0, 0.9, 0.0, 0.0), 0.8)


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        (b"bed-1", None, "not a valid message"),
        (b"bed-1", b"junk", "not a valid message"),
        (b"bed-2", encode(make_chunk("bed-1")), "its key is b'bed-2'"),
        (None, encode(make_chunk("bed-1")), "its key is None"),
    ],
)
def test_a_record_without_a_chunk_of_its_key_is_an_error(key: bytes | None, value: bytes | None, reason: str) -> None:
    with pytest.raises(CodecError, match=reason):
        read_chunk(KafkaRecord(topics.WAVEFORM, 0, 0, key, value))


def test_signals_of_a_device_that_are_no_ecg_are_taken_out() -> None:
    chunk = msgspec.structs.replace(make_chunk("bed-1"), origin="live", sig_name=("MLII", "Resp"))
    read = read_chunk(KafkaRecord(topics.WAVEFORM, 0, 0, b"bed-1", encode(chunk)))
    assert (read.sig_name, read.left_out) == (("MLII",), ("Resp (respiration by name)",))
    none = msgspec.structs.replace(chunk, sig_name=("Fp1", "Resp"))
    with pytest.raises(NoEcgError):
        read_chunk(KafkaRecord(topics.WAVEFORM, 0, 0, b"bed-1", encode(none)))


def test_a_chunk_is_read_unchanged() -> None:
    chunk = make_chunk("bed-1", 3)
    read = read_chunk(KafkaRecord(topics.WAVEFORM, 0, 0, b"bed-1", encode(chunk)))
    assert read == chunk
    assert np.array_equal(read.d_signal(), chunk.d_signal())


def test_outputs_have_the_topic_of_their_kind_and_the_key_of_their_stream() -> None:
    beat, window, alert = output_record(BEAT), output_record(make_window()), output_record(make_alert())
    assert {record.key for record in (beat, window, alert)} == {b"bed-1"}
    assert (beat.topic, window.topic, alert.topic) == (topics.BEAT, topics.WINDOW, topics.ALERT)
    assert decode_beat(beat.value or b"") == BEAT
    assert decode_window(window.value or b"") == make_window()
    assert decode_alert(alert.value or b"") == make_alert()


def test_a_dead_letter_has_the_record_and_the_reason() -> None:
    record = KafkaRecord(topics.WAVEFORM, 3, 41, b"bed-1", b"junk")
    letter = dead_letter_record(RejectedRecord(record, "invalid", "no valid message"))
    assert (letter.topic, letter.key, letter.value) == (topics.DEAD_LETTER, b"bed-1", b"junk")
    assert letter.headers == [
        ("kind", b"invalid"),
        ("reason", b"no valid message"),
        ("topic", topics.WAVEFORM.encode()),
        ("partition", b"3"),
        ("offset", b"41"),
    ]


def test_a_dead_letter_is_cut_to_the_largest_chunk_and_says_so() -> None:
    record = KafkaRecord(topics.WAVEFORM, 0, 0, b"k" * 5000, b"\0" * (MAX_CHUNK_BYTES + 9))
    letter = dead_letter_record(RejectedRecord(record, "oversized", "long" * 1000))
    assert (len(letter.key or b""), len(letter.value or b"")) == (KEY_LENGTH, MAX_CHUNK_BYTES)
    headers = dict(letter.headers)
    assert len(headers["reason"]) == REASON_LENGTH
    assert headers[topics.CUT_FROM] == str(MAX_CHUNK_BYTES + 9).encode()


@pytest.mark.parametrize("value", [None, b""])
def test_a_dead_letter_of_an_empty_record_is_empty(value: bytes | None) -> None:
    letter = dead_letter_record(RejectedRecord(KafkaRecord(topics.WAVEFORM, 0, 0, None, value), "invalid", "empty"))
    assert (letter.key, letter.value) == (None, value)
    assert topics.CUT_FROM not in dict(letter.headers)


def test_only_the_records_of_refused_chunks_are_rejected() -> None:
    chunks = [make_chunk(sequence=n) for n in range(3)]
    read = [(KafkaRecord(topics.WAVEFORM, 0, n, b"bed-1", None), chunk) for n, chunk in enumerate(chunks)]
    (rejected,) = refused_records([make_status(), Refused(chunks[1], "late")], read)
    assert (rejected.record.offset, rejected.kind) == (1, "late")
    assert rejected.reason == f"chunk of stream 'bed-1', session 's1', sample 125: {REFUSALS['late']}"
    assert refused_records([make_status()], read) == []

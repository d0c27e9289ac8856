"""The fields of a dead letter, and which dead letters may be replayed."""

import msgspec
import pytest
from confluent_kafka import Message

from tests.support.samples import make_chunk
from wardbeat.care.admissions import Admission, Bed, PatientSettings, Stay
from wardbeat.contracts import topics
from wardbeat.contracts.codec import encode
from wardbeat.kafka.dead_letters import DeadLetter, dead_letter_of, obstacle
from wardbeat.store.live_store import LastSeen

S = 1_000_000_000
NOW_NS = 1_000 * S


def letter(value: bytes = b"junk", **other: object) -> DeadLetter:
    made = DeadLetter(
        3, 17, 1_700_000_000_000, "invalid", "not valid", topics.WAVEFORM, 2, 41, b"bed-1", value, len(value)
    )
    return made._replace(**other)  # type: ignore[arg-type]


CHUNK = encode(make_chunk(session_id="then", start_ns=NOW_NS - 100 * S))
REFUSED = "the monitor refused it because of its place in the signal, and would refuse it again"
SEEN = LastSeen("bed-1", "now", "live", 5000, 250.0, NOW_NS - S, NOW_NS - S, 2)


def admitted(since_ns: int) -> Bed:
    stay = Stay("bed-1", since_ns)
    return Bed("bed-1", 1, Admission("a1", since_ns, "AB", PatientSettings("a1"), since_ns, "AB", (stay,)))


def test_headers_name_the_topic_and_the_fault() -> None:
    headers: list[tuple[str, str | bytes | None]] = [
        (topics.KIND, b"invalid"), ("reason", b"not\nvalid\xff"), ("topic", b"ecg.waveform.v1"), ("partition", b"2"),
        ("offset", b"41"),
    ]  # fmt: skip
    found = dead_letter_of(
        Message(topic="d", partition=3, offset=17, key=b"bed-1", value=b"junk", headers=headers, timestamp=(1, 99))
    )
    assert found == letter(time_ms=99, reason="not valid\N{REPLACEMENT CHARACTER}")
    assert (found.letter_id, found.stream_id, found.chunk) == ("3/17", "bed-1", None)


def test_invalid_headers_are_unknown() -> None:
    found = dead_letter_of(
        Message(topic="d", partition=0, offset=0, key=b"\x00", headers=[("partition", b"many")], timestamp=(0, -1))
    )
    assert (found.reason, found.source, found.source_partition, found.source_offset) == ("", "", -1, -1)
    assert (found.value, found.size, found.stream_id) == (None, 0, None)
    assert obstacle(found, None, None, NOW_NS) == "its headers do not name ecg.waveform.v1 as its topic"


def test_the_stream_is_that_of_the_chunk_not_of_the_key() -> None:
    assert letter(CHUNK, key=b"bed-7").stream_id == "bed-1"


@pytest.mark.parametrize(
    ("of", "bed", "last_seen", "why"),
    [
        (letter(CHUNK), None, None, None),
        (letter(b"junk"), None, SEEN, None),
        (letter(CHUNK, size=300_000), None, None, "only the beginning of its 300000 bytes was kept"),
        (letter(CHUNK, source=topics.DEAD_LETTER), None, None, "its headers do not name ecg.waveform.v1 as its topic"),
        (letter(CHUNK, kind="late"), None, None, REFUSED),
        (letter(CHUNK, kind="contradictory"), None, None, REFUSED),
        (letter(CHUNK, kind="replaced"), None, None, REFUSED),
        (letter(CHUNK, kind="misplaced"), None, None, None),
        (letter(CHUNK), None, SEEN, "the bed is monitored in another session"),
        (letter(CHUNK), None, msgspec.structs.replace(SEEN, session_id="then"), None),
        (letter(CHUNK), None, msgspec.structs.replace(SEEN, final=True), None),
        (letter(CHUNK), None, msgspec.structs.replace(SEEN, last_seen_ns=NOW_NS - 61 * S), None),
        (letter(CHUNK), admitted(NOW_NS - 50 * S), None, "another patient is in the bed now"),
        (letter(CHUNK), admitted(NOW_NS - 150 * S), None, None),
        (letter(CHUNK), Bed("bed-1"), None, None),
    ],
)
def test_a_record_that_would_disturb_is_not_replayed(
    of: DeadLetter, bed: Bed | None, last_seen: LastSeen | None, why: str | None
) -> None:
    assert obstacle(of, bed, last_seen, NOW_NS) == why

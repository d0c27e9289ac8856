"""Alerts, beats, windows and dead letters go to their topics, and wait while the broker is away."""

import asyncio

import pytest

from processors.worker.records import KafkaRecord, RejectedRecord
from processors.worker.sinks import persist
from processors.worker.sinks.kafka_sink import KafkaSink
from tests.support.limits import WAIT_S
from tests.support.samples import make_alert, make_status, make_strip, make_window
from wardbeat.contracts import topics
from wardbeat.contracts.canary import CANARY
from wardbeat.contracts.codec import MAX_CHUNK_BYTES, decode_alert, decode_beat, decode_window
from wardbeat.contracts.messages import SCHEMA_VERSION, Beat
from wardbeat.errors import BrokerError

BEAT = Beat(SCHEMA_VERSION, "bed-1", "s1", 360, 360.0, "V", (0.1, 0.0, 0.9, 0.0, 0.0), 0.8)
Sent = tuple[str, bytes | None, bytes | None, list[tuple[str, bytes]]]


class Broker:
    """Refuses the first records, then takes all."""

    def __init__(self, refusals: int = 0) -> None:
        self.refusals = refusals
        self.sent: list[Sent] = []

    async def send(self, topic: str, key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes]]) -> None:
        await asyncio.sleep(0)
        if self.refusals:
            self.refusals -= 1
            raise BrokerError("not now")
        self.sent.append((topic, key, value, headers))


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(persist, "FIRST_WAIT_S", 0.001)
    monkeypatch.setattr(persist, "LONGEST_WAIT_S", 0.004)


async def test_alerts_beats_and_windows_go_to_their_topics_under_their_stream() -> None:
    broker = Broker()
    alert, window = make_alert(), make_window()
    await KafkaSink(broker.send).write([window, BEAT, make_status(), make_strip(), alert], [])
    assert {key for _, key, _, _ in broker.sent} == {b"bed-1"}
    sent = {topic: value or b"" for topic, _, value, _ in broker.sent}
    assert list(sent) == [topics.ALERT, topics.WINDOW, topics.BEAT]
    assert decode_alert(sent[topics.ALERT]) == alert
    assert decode_window(sent[topics.WINDOW]) == window
    assert decode_beat(sent[topics.BEAT]) == BEAT


async def test_a_dead_letter_keeps_the_record_and_gives_the_reason() -> None:
    broker = Broker()
    record = KafkaRecord(topics.WAVEFORM, 3, 41, b"bed-1", b"junk")
    await KafkaSink(broker.send).write([], [RejectedRecord(record, "invalid", "no valid message")])
    headers = [
        ("kind", b"invalid"), ("reason", b"no valid message"), ("topic", b"ecg.waveform.v1"), ("partition", b"3"),
        ("offset", b"41"),
    ]  # fmt: skip
    assert broker.sent == [(topics.DEAD_LETTER, b"bed-1", b"junk", headers)]


async def test_a_record_larger_than_any_chunk_is_cut() -> None:
    """A compressed record may be larger than the topic accepts: uncut, the worker would try it for ever."""
    broker = Broker()
    record = KafkaRecord(topics.WAVEFORM, 3, 41, b"k" * 5000, b"\0" * (MAX_CHUNK_BYTES + 1))
    await KafkaSink(broker.send).write([], [RejectedRecord(record, "oversized", "\ud800" + "long" * 1000)])
    ((_, key, value, headers),) = broker.sent
    assert (len(key or b""), len(value or b"")) == (1024, MAX_CHUNK_BYTES)
    assert len(dict(headers)["reason"]) == 1000
    assert dict(headers)[topics.CUT_FROM] == str(MAX_CHUNK_BYTES + 1).encode()


async def test_the_sink_waits_for_a_broker_that_is_away_and_skips_nothing() -> None:
    broker = Broker(refusals=5)
    await asyncio.wait_for(KafkaSink(broker.send).write([BEAT, make_alert()], []), WAIT_S)
    assert {topic for topic, *_ in broker.sent} == {topics.BEAT, topics.ALERT}


async def test_alerts_go_before_beats_and_lethal_alerts_before_others() -> None:
    broker = Broker()
    pause, asystole = make_alert("pause"), make_alert("asystole", stream_id="bed-2")
    await KafkaSink(broker.send).write([BEAT, pause, asystole], [])
    assert [(topic, key) for topic, key, *_ in broker.sent] == [
        (topics.ALERT, b"bed-2"),
        (topics.ALERT, b"bed-1"),
        (topics.BEAT, b"bed-1"),
    ]


async def test_nothing_of_the_canary_is_sent_except_dead_letters() -> None:
    broker = Broker()
    beat = Beat(SCHEMA_VERSION, CANARY, "s1", 360, 360.0, "V", (0.1, 0.0, 0.9, 0.0, 0.0), 0.8)
    await KafkaSink(broker.send).write([make_window(CANARY), beat, make_alert(stream_id=CANARY), make_alert()], [])
    assert [(topic, key) for topic, key, _, _ in broker.sent] == [(topics.ALERT, b"bed-1")]

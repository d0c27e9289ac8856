import asyncio

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from processors.worker import sinks
from processors.worker.records import KafkaRecord, RejectedRecord
from processors.worker.sinks import KafkaSink, RedisSink, as_of_now, most_urgent_first, persist
from tests.support.samples import make_alert, make_status, make_strip
from wardbeat.contracts import topics
from wardbeat.contracts.alert_codes import CODES
from wardbeat.contracts.codec import MAX_CHUNK_BYTES, decode_alert, decode_beat
from wardbeat.contracts.messages import SCHEMA_VERSION, Alert, Beat
from wardbeat.errors import BrokerError
from wardbeat.store.admission_store import AdmissionStore
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.live_store import LiveStore

BEAT = Beat(SCHEMA_VERSION, "bed-1", "s1", 360, 360.0, "V", (0.1, 0.0, 0.9, 0.0, 0.0), 0.8)
Sent = tuple[str, bytes | None, bytes | None, list[tuple[str, bytes]]]


class Broker:
    """Takes what is sent, after refusing some."""

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
    monkeypatch.setattr(sinks, "FIRST_WAIT_S", 0.001)
    monkeypatch.setattr(sinks, "LONGEST_WAIT_S", 0.004)


async def test_beats_and_alerts_go_to_their_topics_under_their_stream() -> None:
    broker = Broker()
    alert = make_alert()
    await KafkaSink(broker.send).write([BEAT, make_status(), make_strip(), alert], [])
    (alert_topic, alert_key, sent_alert, _), (beat_topic, beat_key, beat, _) = broker.sent
    assert (beat_topic, alert_topic) == (topics.BEAT, topics.ALERT)
    assert beat_key == alert_key == b"bed-1"
    assert decode_beat(beat or b"") == BEAT
    assert decode_alert(sent_alert or b"") == alert


async def test_a_dead_letter_keeps_what_came_and_says_why() -> None:
    broker = Broker()
    record = KafkaRecord(topics.WAVEFORM, 3, 41, b"bed-1", b"junk")
    await KafkaSink(broker.send).write([], [RejectedRecord(record, "invalid", "no valid message")])
    headers = [
        ("kind", b"invalid"), ("reason", b"no valid message"), ("topic", b"ecg.waveform.v1"), ("partition", b"3"),
        ("offset", b"41"),
    ]  # fmt: skip
    assert broker.sent == [(topics.DEAD_LETTER, b"bed-1", b"junk", headers)]


async def test_of_what_is_larger_than_any_chunk_the_beginning_is_kept() -> None:
    """Packed, it came through a topic that would not take it whole, and would be tried for ever."""
    broker = Broker()
    record = KafkaRecord(topics.WAVEFORM, 3, 41, b"k" * 5000, b"\0" * (MAX_CHUNK_BYTES + 1))
    await KafkaSink(broker.send).write([], [RejectedRecord(record, "oversized", "\ud800" + "long" * 1000)])
    ((_, key, value, headers),) = broker.sent
    assert (len(key or b""), len(value or b"")) == (1024, MAX_CHUNK_BYTES)
    assert len(dict(headers)["reason"]) == 1000
    assert dict(headers)[topics.CUT_FROM] == str(MAX_CHUNK_BYTES + 1).encode()


async def test_a_broker_that_is_away_is_waited_for_and_nothing_is_skipped() -> None:
    broker = Broker(refusals=5)
    await asyncio.wait_for(KafkaSink(broker.send).write([BEAT, make_alert()], []), 5)
    assert {topic for topic, *_ in broker.sent} == {topics.BEAT, topics.ALERT}


async def test_only_what_may_pass_by_waiting_is_tried_again() -> None:
    tries = 0

    async def write() -> int:
        nonlocal tries
        tries += 1
        if tries < 4:
            raise RedisConnectionError("away")
        if tries == 4:
            raise ZeroDivisionError
        return tries

    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(persist("test", write), 5)
    assert tries == 4
    assert await persist("test", write) == 5


def test_a_status_of_old_samples_shows_no_heart_rate() -> None:
    status = make_status(acquired_ns=10**18)
    fresh = as_of_now(status, 10**18 + 2 * 10**9, 10**18 + 10**9, 3.0)
    assert (fresh.state, fresh.hr_bpm, fresh.lag_s) == (status.state, status.hr_bpm, 2.0)
    late = as_of_now(status, 10**18 + 4 * 10**9, 10**18 + 10**9, 3.0)
    assert (late.state, late.hr_bpm, late.t_s, late.lag_s) == ("delayed", None, status.t_s, 4.0)


def test_a_device_whose_clock_is_ahead_hides_no_delay() -> None:
    arrived_ns = 10**18
    ahead = make_status(acquired_ns=arrived_ns + 60 * 10**9)
    assert as_of_now(ahead, arrived_ns + 10**8, arrived_ns, 3.0).lag_s == 0.1
    late = as_of_now(ahead, arrived_ns + 10 * 10**9, arrived_ns, 3.0)
    assert (late.state, late.hr_bpm, late.lag_s) == ("delayed", None, 10.0)


CODES_OF_BEDS = st.lists(st.tuples(st.sampled_from(["bed-1", "bed-2", "bed-3"]), st.sampled_from([*CODES, None])))


@given(CODES_OF_BEDS)
def test_the_patient_with_the_most_urgent_alert_comes_first_and_each_stays_in_order(
    effects_written: list[tuple[str, str | None]],
) -> None:
    outputs = [
        make_alert(code, n, stream_id=bed) if code else make_status(bed, n)
        for n, (bed, code) in enumerate(effects_written)
    ]
    written = most_urgent_first(outputs)
    assert sorted(map(id, written)) == sorted(map(id, outputs)), "nothing is lost, nothing doubled"
    for bed in {bed for bed, _ in effects_written}:
        assert [one for one in written if one.stream_id == bed] == [one for one in outputs if one.stream_id == bed]
    if any(code == "asystole" for _, code in effects_written):
        assert ("asystole", written[0].stream_id) in {(code, bed) for bed, code in effects_written}
    high = {alert.stream_id for alert in outputs if isinstance(alert, Alert) and alert.priority == "high"}
    assert {one.stream_id for one in written[: sum(one.stream_id in high for one in written)]} == high


def test_what_has_ended_is_not_urgent() -> None:
    over = msgspec.structs.replace(make_alert("asystole", stream_id="bed-1"), ended_sample=5000)
    holds = make_alert("couplet", stream_id="bed-2")
    assert most_urgent_first([over, holds]) == [holds, over]


class Alerts(AlertStore):
    """Takes alerts and a moment for each; notes when each begins and ends."""

    def __init__(self, refusals: int = 0) -> None:
        self.refusals = refusals
        self.begun: list[Alert] = []
        self.under_way: set[str] = set()
        self.most = 0

    async def take(self, alert: Alert) -> bool:
        assert alert.stream_id not in self.under_way, "a patient's alerts are written one after the other"
        if alert not in self.begun:
            self.begun.append(alert)
        self.under_way.add(alert.stream_id)
        self.most = max(self.most, len(self.under_way))
        await asyncio.sleep(0)
        self.under_way.remove(alert.stream_id)
        if self.refusals:
            self.refusals -= 1
            raise RedisConnectionError("away")
        return alert.code != "pause"


@pytest.mark.parametrize("refusals", [0, 3])
async def test_several_patients_alerts_go_to_redis_together_each_in_order_and_the_lethal_ones_first(
    refusals: int,
) -> None:
    store = Alerts(refusals)
    beds = [f"bed-{n}" for n in range(3 * sinks.ALERTS_TOGETHER)]
    effects_written = [
        make_alert(code, n, stream_id=bed) for n, code in enumerate(["couplet", "pause"]) for bed in beds
    ]
    lethal = make_alert("asystole", 3, stream_id=beds[-1])
    unused = Redis()  # of its stores only the one of alerts is asked
    new = await RedisSink(LiveStore(unused), store, AdmissionStore(unused)).write([*effects_written, lethal], {})
    assert store.begun[0].stream_id == beds[-1]
    assert 1 < store.most <= sinks.ALERTS_TOGETHER
    for bed in beds:
        of_bed = [alert for alert in [*effects_written, lethal] if alert.stream_id == bed]
        assert [alert for alert in store.begun if alert.stream_id == bed] == of_bed
        assert [alert for alert in new if alert.stream_id == bed] == [one for one in of_bed if one.code != "pause"]


async def test_alerts_go_to_kafka_before_beats_and_the_lethal_ones_before_others() -> None:
    broker = Broker()
    pause, asystole = make_alert("pause"), make_alert("asystole", stream_id="bed-2")
    await KafkaSink(broker.send).write([BEAT, pause, asystole], [])
    assert [(topic, key) for topic, key, *_ in broker.sent] == [
        (topics.ALERT, b"bed-2"),
        (topics.ALERT, b"bed-1"),
        (topics.BEAT, b"bed-1"),
    ]

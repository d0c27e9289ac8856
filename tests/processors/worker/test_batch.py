"""Batches through a real Redis, with a ward that beats once a chunk."""

import time
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence

import msgspec
import pytest
from redis.asyncio import Redis

from processors.monitor.patient_monitor import Output
from processors.worker.batch import BatchProcessor, MonitorHost
from processors.worker.bed_watch import BedWatch
from processors.worker.checkpoint import Assignment, Checkpoint
from processors.worker.records import KafkaRecord, read_chunk
from processors.worker.sinks import KafkaSink, RedisSink
from processors.worker.telemetry.counts import Counts
from tests.support.samples import make_alert, make_chunk, make_status, make_strip
from wardbeat.care import admissions
from wardbeat.care.admissions import PatientSettings, SettingsApplied
from wardbeat.contracts import topics
from wardbeat.contracts.codec import encode
from wardbeat.contracts.messages import SCHEMA_VERSION, Beat, EcgChunk
from wardbeat.errors import CodecError
from wardbeat.store import redis_keys
from wardbeat.store.admission_store import AdmissionStore
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.live_store import LiveStore
from wardbeat.store.redis_client import connect
from wardbeat.store.snapshot_store import SnapshotStore


class OneBeatWard:
    """A beat, a status and a strip a chunk; an alert with the second chunk, over with the fourth."""

    def __init__(self) -> None:
        self.dropped: list[str] = []
        self.taken: list[list[str]] = []
        self.patients: dict[str, PatientSettings] = {}
        self.restored: dict[str, bytes] = {}

    def take(self, chunks: Iterable[EcgChunk]) -> list[Output]:
        chunks = list(chunks)
        self.taken.append([chunk.stream_id for chunk in chunks])
        return [output for chunk in chunks for output in self._outputs(chunk)]

    def drop(self, stream_id: str) -> None:
        self.dropped.append(stream_id)

    def outdated(self, patients: Mapping[str, PatientSettings]) -> list[str]:
        return []

    def restore(self, snapshots: Mapping[str, bytes]) -> list[Output]:
        self.restored = dict(snapshots)
        return []

    def snapshots(
        self, stream_ids: Iterable[str], next_settings: Mapping[str, PatientSettings] | None = None
    ) -> dict[str, bytes]:
        return {stream_id: stream_id.encode() for stream_id in stream_ids}

    def has(self, stream_id: str) -> bool:
        return True

    def set_patients(self, patients: Mapping[str, PatientSettings], later: Collection[str] = ()) -> list[Output]:
        """Says at once that each is watched so."""
        self.patients = dict(patients)
        return [SettingsApplied(SCHEMA_VERSION, name, "s1", 500, 250.0, own) for name, own in patients.items()]

    def _outputs(self, chunk: EcgChunk) -> list[Output]:
        stream, session, sample = chunk.stream_id, chunk.session_id, chunk.first_sample
        outputs: list[Output] = [
            Beat(SCHEMA_VERSION, stream, session, sample, chunk.fs, "N", (1.0, 0.0, 0.0, 0.0, 0.0), None),
            msgspec.structs.replace(make_status(stream, chunk.acquired_ns), session_id=session, sample=sample),
            make_strip(stream, sample),
        ]
        alert = make_alert(stream_id=stream, session_id=session)
        if chunk.sequence == 1:
            outputs.append(alert)
        if chunk.sequence == 3:
            outputs.append(msgspec.structs.replace(alert, ended_sample=sample))
        return outputs


class Bench:
    """A processor and what is around it."""

    def __init__(self, redis: Redis, ward: MonitorHost | None = None) -> None:
        self.ward = OneBeatWard()
        self.live, self.alerts = LiveStore(redis), AlertStore(redis)
        self.sent: list[tuple[str, bytes | None, bytes | None]] = []
        self.kafka_send = self._send
        self.counts = Counts()
        self.admissions = AdmissionStore(redis, lambda: self.now_ns)
        self.now_ns = time.time_ns()
        self.processor = BatchProcessor(
            ward or self.ward,
            RedisSink(self.live, self.alerts, self.admissions, lambda: self.now_ns),
            KafkaSink(self._send_by),
            BedWatch(self.admissions, self.live, self.alerts, lambda: self.now_ns),
            Checkpoint(SnapshotStore(redis, "wards"), 10.0, lambda: self.now_ns),
            self.counts,
            lambda: self.now_ns,
        )

    def own(self, *partitions: int, generation: int = 1) -> None:
        self.processor.assign(Assignment(frozenset(partitions), generation))

    async def later(self, seconds: float, end: int = 0) -> None:
        """Time passes, and the processor looks."""
        self.now_ns += int(seconds * 1e9)
        await self.processor.watch(lambda _: end)

    async def _send_by(
        self, topic: str, key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes]]
    ) -> None:
        await self.kafka_send(topic, key, value, headers)

    async def _send(self, topic: str, key: bytes | None, value: bytes | None, headers: object) -> None:
        self.sent.append((topic, key, value))


def record_of(chunk: EcgChunk, offset: int, partition: int = 0) -> KafkaRecord:
    return KafkaRecord(topics.WAVEFORM, partition, offset, chunk.stream_id.encode(), encode(chunk))


def records_of(chunks: Sequence[EcgChunk], partition: int = 0) -> list[KafkaRecord]:
    return [record_of(chunk, offset, partition) for offset, chunk in enumerate(chunks)]


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        (b"bed-1", None, "not a valid message"),
        (b"bed-1", b"junk", "not a valid message"),
        (b"bed-2", encode(make_chunk("bed-1")), "its key is b'bed-2'"),
        (None, encode(make_chunk("bed-1")), "its key is None"),
    ],
)
def test_what_is_no_chunk_of_its_key_is_refused(key: bytes | None, value: bytes | None, reason: str) -> None:
    with pytest.raises(CodecError, match=reason):
        read_chunk(KafkaRecord(topics.WAVEFORM, 0, 0, key, value))


@pytest.fixture
async def redis(redis_server: str) -> AsyncIterator[Redis]:
    client = connect(redis_server)
    await client.flushdb()
    yield client
    await client.aclose()


@pytest.fixture
async def bench(redis: Redis) -> AsyncIterator[Bench]:
    bench = Bench(redis)
    yield bench
    bench.processor.close()


@pytest.mark.slow
async def test_a_dead_letter_disturbs_no_neighbour(bench: Bench) -> None:
    good = [make_chunk("bed-1"), make_chunk("bed-2"), make_chunk("bed-3")]
    records = [*records_of(good), KafkaRecord(topics.WAVEFORM, 0, 3, b"bed-2", b"junk")]
    await bench.processor.process(records)
    assert bench.ward.taken == [["bed-1", "bed-2", "bed-3"]]
    assert set(await bench.live.statuses(["bed-1", "bed-2", "bed-3"])) == {"bed-1", "bed-2", "bed-3"}
    assert [(topic, value) for topic, _, value in bench.sent if topic == topics.DEAD_LETTER] == [
        (topics.DEAD_LETTER, b"junk")
    ]
    assert (bench.counts.chunks_received, bench.counts.beats) == (3, 3)
    assert +bench.counts.dead_letters == {"invalid": 1}


@pytest.mark.slow
async def test_the_same_chunks_twice_are_the_same_alert_once(bench: Bench, redis: Redis) -> None:
    records = records_of([make_chunk(sequence=n) for n in range(5)])
    for _ in "ab":  # as after a restart: acknowledged by nobody, everything comes again
        again = Bench(redis)
        await again.processor.process(records)
        again.processor.close()
    (record,) = await bench.alerts.history("bed-1")
    assert (record.state, record.version) == ("resolved", 2)
    assert await bench.alerts.open_alerts() == []
    assert again.counts.alerts == {}  # not new, so not counted


@pytest.mark.slow
async def test_what_kafka_repeats_is_not_counted_twice(bench: Bench) -> None:
    records = records_of([make_chunk(sequence=n) for n in range(4)])
    await bench.processor.process(records)
    await bench.processor.process(records[2:])
    assert (bench.counts.chunks_received, bench.counts.repeats) == (4, 2)
    assert bench.processor.lag(lambda _: 10) == 6


@pytest.mark.slow
async def test_an_end_without_a_beginning_is_an_alert_that_has_been(bench: Bench) -> None:
    await bench.processor.process(records_of([make_chunk(sequence=3)]))
    (record,) = await bench.alerts.history("bed-1")
    assert record.state == "resolved"


@pytest.mark.slow
async def test_only_watched_streams_are_published(bench: Bench, redis: Redis) -> None:
    await bench.live.watch(["bed-2"])
    async with redis.pubsub() as pubsub:
        await pubsub.psubscribe(redis_keys.LIVE_PATTERN)
        await pubsub.get_message(timeout=5)
        await bench.processor.process(records_of([make_chunk("bed-1"), make_chunk("bed-2")]))
        last_seen = [await pubsub.get_message(ignore_subscribe_messages=True, timeout=5) for _ in "ab"]
        assert {message["channel"] for message in last_seen if message} == {b"wb:live:bed-2"}
        assert len([message for message in last_seen if message]) == 2  # a strip and a beat
        assert await pubsub.get_message(ignore_subscribe_messages=True, timeout=0.1) is None


@pytest.mark.slow
async def test_a_worker_that_is_behind_shows_less_and_finds_the_same(bench: Bench, redis: Redis) -> None:
    """Live ECG is left out until it has caught up; beats, alerts and statuses come as ever."""
    await bench.live.watch(["bed-1"])
    async with redis.pubsub() as pubsub:
        await pubsub.psubscribe(redis_keys.LIVE_PATTERN)
        await pubsub.get_message(timeout=5)
        shown = []
        for sequence, waited_s in enumerate([0.1, 4.0, 0.5, 0.1]):
            chunk = make_chunk(sequence=sequence, start_ns=bench.now_ns)
            old = record_of(chunk, sequence)._replace(timestamp_s=bench.now_ns / 1e9 - waited_s)
            await bench.processor.process([old])
            while await pubsub.get_message(ignore_subscribe_messages=True, timeout=0.2):
                shown.append(sequence)
    assert shown == [0, 0, 3, 3], "a strip and a beat each"
    assert (bench.counts.beats, bench.counts.frames_left_out) == (4, 4)
    assert [topic for topic, *_ in bench.sent].count(topics.BEAT) == 4
    (record,) = await bench.alerts.history("bed-1")
    assert record.state == "resolved"


@pytest.mark.slow
async def test_a_status_says_how_old_the_ecg_is_and_the_worker_what_it_is_busy_with(bench: Bench) -> None:
    bench.now_ns = 10**18
    chunk = make_chunk(start_ns=bench.now_ns - 500_000_000)
    late = record_of(chunk, 0)._replace(timestamp_s=bench.now_ns / 1e9 - 7)
    await bench.processor.process([late])
    status = (await bench.live.statuses(["bed-1"]))["bed-1"]
    assert (status.state, status.hr_bpm, status.lag_s) == ("delayed", None, 7.0)
    assert bench.processor.health("w1", partitions=1, lag=0).waited_s == 0, "between batches nothing waits"


@pytest.mark.slow
async def test_snapshots_are_measured(bench: Bench) -> None:
    bench.own(0)
    await bench.processor.process(records_of([make_chunk()]))
    await bench.later(7)
    assert bench.processor.snapshot_age_s == 7
    await bench.later(5)
    assert bench.processor.snapshot_age_s == 0
    assert bench.counts.snapshot_failures == 0


@pytest.mark.slow
async def test_lost_partitions_take_their_patients_along(bench: Bench) -> None:
    await bench.processor.process(records_of([make_chunk("bed-1")], partition=0))
    await bench.processor.process(records_of([make_chunk("bed-2")], partition=1))
    await bench.processor.finish()
    bench.own(1)
    await bench.later(0)
    assert bench.ward.dropped == ["bed-1", "bed-2"]
    assert bench.ward.restored == {"bed-2": b"bed-2"}, "those that are left go on, by what was kept"
    health = bench.processor.health("w1", partitions=1, lag=0)
    assert (health.streams, health.chunks_received) == (1, 2)


@pytest.mark.slow
async def test_after_finish_no_batch_begins(bench: Bench) -> None:
    await bench.processor.finish()
    await bench.processor.process(records_of([make_chunk()]))
    assert bench.ward.taken == []
    assert bench.processor.committable == {}, "it comes again"


def admitted(bench: Bench) -> dict[str, str | None]:
    return {stream: own.admission_id for stream, own in bench.ward.patients.items()}


@pytest.mark.slow
async def test_a_silent_stream_is_an_alert_that_rises_and_ends_with_the_next_data(bench: Bench) -> None:
    bench.own(0)
    await bench.processor.process(records_of([make_chunk()]))
    await bench.later(4)
    assert await bench.alerts.open_alerts() == []
    await bench.later(2)
    await bench.later(1)
    (record,) = await bench.alerts.open_alerts()
    assert (record.alert.code, record.alert.priority, record.version) == ("no_data", "medium", 1)
    assert [topic for topic, _, _ in bench.sent if topic == topics.ALERT] == [topics.ALERT]
    await bench.later(58)
    (record,) = await bench.alerts.open_alerts()
    assert (record.alert.priority, record.state) == ("high", "active")
    await bench.processor.process([record_of(make_chunk(sequence=1), 1)])
    await bench.later(0.5)
    ended = next(one for one in await bench.alerts.history("bed-1") if one.alert.code == "no_data")
    assert ended.alert.ended_sample is not None


@pytest.mark.slow
async def test_whoever_takes_over_raises_the_same_silence_once(bench: Bench, redis: Redis) -> None:
    bench.own(0)
    await bench.processor.process(records_of([make_chunk()]))
    await bench.later(6)
    other = Bench(redis)
    other.now_ns = bench.now_ns
    other.own(0)
    await other.later(1)
    await other.later(6, end=1)
    assert len(await bench.alerts.open_alerts()) == 1
    await other.processor.process([record_of(make_chunk(sequence=2), 1)])
    await other.later(0.5)
    (record,) = [one for one in await bench.alerts.history("bed-1") if one.alert.code == "no_data"]
    assert record.alert.ended_sample is not None
    other.processor.close()


@pytest.mark.slow
async def test_silence_of_our_own_is_no_alert(bench: Bench) -> None:
    """Records wait to be read, the partition is another's or has only just come, or the replay is through."""
    bench.own(0)
    await bench.processor.process(records_of([make_chunk()]))
    await bench.later(8, end=5)
    bench.own(1)
    await bench.later(8)
    bench.own(0)
    await bench.later(4)
    assert await bench.alerts.open_alerts() == []
    last = msgspec.structs.replace(make_chunk(sequence=5), final=True)
    await bench.processor.process([record_of(last, 1)])
    await bench.later(100)
    assert await bench.alerts.open_alerts() == []


@pytest.mark.slow
async def test_who_is_away_is_not_missed_until_the_time_is_up(bench: Bench) -> None:
    bench.own(0)
    await bench.processor.process(records_of([make_chunk()]))
    await bench.admissions.admit("bed-1", PatientSettings(), "AB")
    await bench.admissions.begin_standby("bed-1", 300, "AB")
    for _ in range(29):
        await bench.later(10)
    assert await bench.alerts.open_alerts() == []
    await bench.later(16)
    (record,) = await bench.alerts.open_alerts()
    assert (record.alert.code, record.alert.priority) == ("no_data", "low")  # no ECG since the admission


@pytest.mark.slow
async def test_ecg_that_comes_back_ends_the_standby(bench: Bench) -> None:
    bench.own(0)
    await bench.processor.process(records_of([make_chunk()]))
    await bench.admissions.begin_standby("bed-1", 3600, "AB")
    await bench.later(20)
    bed = await bench.admissions.bed("bed-1")
    assert bed.standby is not None
    assert bed.standby.away
    for sequence in range(1, 8):
        await bench.processor.process([record_of(make_chunk(sequence=sequence, start_ns=sequence), sequence)])
        await bench.later(1)
    assert (await bench.admissions.bed("bed-1")).standby is None
    assert await bench.alerts.open_alerts() == []


@pytest.mark.slow
async def test_monitors_hear_of_admissions_before_the_first_chunk_and_of_each_change(bench: Bench) -> None:
    await bench.live.write([make_status()], [], now_s=1.0)
    bed = await bench.admissions.admit("bed-1", PatientSettings(), "AB")
    assert bed.admission is not None
    await bench.processor.process(records_of([make_chunk()]))
    assert admitted(bench) == {"bed-1": bed.admission.admission_id}
    await bench.admissions.discharge("bed-1", "AB")
    await bench.later(1)
    assert admitted(bench) == {"bed-1": None}
    assert (await bench.admissions.applied("s1"))[-1].settings == PatientSettings()


@pytest.mark.slow
async def test_what_is_raised_between_discharge_and_the_monitors_hearing_of_it_is_closed(bench: Bench) -> None:
    await bench.live.write([make_status()], [], now_s=1.0)
    bed = await bench.admissions.admit("bed-1", PatientSettings(), "AB")
    await bench.later(1)
    await bench.admissions.discharge("bed-1", "AB")
    own = admissions.settings_of(bed).admission_id
    late = msgspec.structs.replace(make_alert("asystole"), admission_id=own)
    await bench.alerts.take(late)
    assert len(await bench.alerts.open_alerts()) == 1
    await bench.later(1)
    assert await bench.alerts.open_alerts() == []
    await bench.alerts.take(msgspec.structs.replace(late, ended_sample=5000))
    assert await bench.alerts.open_alerts() == []

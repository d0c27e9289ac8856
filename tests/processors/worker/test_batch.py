"""Batches through a real Redis, with a ward that finds one beat in each chunk."""

from collections.abc import AsyncIterator

import msgspec
import pytest
from redis.asyncio import Redis

from processors.worker.records import KafkaRecord
from tests.support.limits import WAIT_S
from tests.support.samples import make_alert, make_chunk, make_status
from tests.support.worker_bench import WorkerBench, record_of, records_of
from wardbeat.care import admissions
from wardbeat.care.admissions import PatientSettings
from wardbeat.care.ward_defaults import WARD
from wardbeat.contracts import topics
from wardbeat.store import redis_keys
from wardbeat.store.redis_client import connect


@pytest.fixture
async def redis(redis_server: str) -> AsyncIterator[Redis]:
    client = connect(redis_server)
    await client.flushdb()
    yield client
    await client.aclose()


@pytest.fixture
async def bench(redis: Redis) -> AsyncIterator[WorkerBench]:
    bench = WorkerBench(redis)
    yield bench
    bench.processor.close()


@pytest.mark.slow
async def test_a_dead_letter_changes_nothing_for_other_records(bench: WorkerBench) -> None:
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
async def test_the_same_chunks_twice_raise_one_alert(bench: WorkerBench, redis: Redis) -> None:
    records = records_of([make_chunk(sequence=n) for n in range(5)])
    for _ in "ab":  # as after a restart: nothing was committed, so all records come again
        again = WorkerBench(redis)
        await again.processor.process(records)
        again.processor.close()
    (record,) = await bench.alerts.history("bed-1")
    assert (record.state, record.version) == ("resolved", 2)
    assert await bench.alerts.open_alerts() == []
    assert again.counts.alerts == {}  # not new, so not counted


@pytest.mark.slow
async def test_records_that_kafka_repeats_are_counted_once(bench: WorkerBench) -> None:
    records = records_of([make_chunk(sequence=n) for n in range(4)])
    await bench.processor.process(records)
    await bench.processor.process(records[2:])
    assert (bench.counts.chunks_received, bench.counts.repeats) == (4, 2)
    assert bench.processor.lag(lambda _: 10) == 6


@pytest.mark.slow
async def test_records_wait_until_their_effects_are_written(bench: WorkerBench) -> None:
    lags = []

    async def send(topic: str, key: bytes | None, value: bytes | None, headers: object) -> None:
        lags.append(bench.processor.lag(lambda _: 10))

    bench.kafka_send = send
    await bench.processor.process(records_of([make_chunk(sequence=0), make_chunk(sequence=2)]))
    assert lags == [10, 10], "one for each beat, which is on its way"
    assert bench.processor.lag(lambda _: 10) == 8


@pytest.mark.slow
async def test_an_ended_alert_without_its_first_version_is_stored(bench: WorkerBench) -> None:
    await bench.processor.process(records_of([make_chunk(sequence=3)]))
    (record,) = await bench.alerts.history("bed-1")
    assert record.state == "resolved"


@pytest.mark.slow
async def test_only_watched_streams_are_published(bench: WorkerBench, redis: Redis) -> None:
    await bench.live.watch(["bed-2"])
    async with redis.pubsub() as pubsub:
        await pubsub.psubscribe(redis_keys.LIVE_PATTERN)
        await pubsub.get_message(timeout=WAIT_S)
        await bench.processor.process(records_of([make_chunk("bed-1"), make_chunk("bed-2")]))
        last_seen = [await pubsub.get_message(ignore_subscribe_messages=True, timeout=WAIT_S) for _ in "ab"]
        assert {message["channel"] for message in last_seen if message} == {b"wb:live:bed-2"}
        assert len([message for message in last_seen if message]) == 2  # a strip and a beat
        assert await pubsub.get_message(ignore_subscribe_messages=True, timeout=0.1) is None


@pytest.mark.slow
async def test_a_worker_that_is_behind_leaves_out_live_ecg_only(bench: WorkerBench, redis: Redis) -> None:
    """It leaves out live ECG until it has caught up. Beats, alerts and statuses do not change."""
    await bench.live.watch(["bed-1"])
    async with redis.pubsub() as pubsub:
        await pubsub.psubscribe(redis_keys.LIVE_PATTERN)
        await pubsub.get_message(timeout=WAIT_S)
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
async def test_a_status_has_the_age_of_its_ecg(bench: WorkerBench) -> None:
    bench.now_ns = 10**18
    chunk = make_chunk(start_ns=bench.now_ns - 500_000_000)
    late = record_of(chunk, 0)._replace(timestamp_s=bench.now_ns / 1e9 - 7)
    await bench.processor.process([late])
    status = (await bench.live.statuses(["bed-1"]))["bed-1"]
    assert (status.state, status.hr_bpm, status.lag_s) == ("delayed", None, 7.0)
    assert bench.processor.health("w1", partitions=1, lag=0).waited_s == 0, "between batches nothing waits"


@pytest.mark.slow
async def test_snapshots_are_measured(bench: WorkerBench) -> None:
    bench.own(0)
    await bench.processor.process(records_of([make_chunk()]))
    await bench.later(7)
    assert bench.processor.snapshot_age_s == 7
    await bench.later(5)
    assert bench.processor.snapshot_age_s == 0
    assert bench.counts.snapshot_failures == 0


@pytest.mark.slow
async def test_a_worker_drops_the_patients_of_lost_partitions(bench: WorkerBench) -> None:
    await bench.processor.process(records_of([make_chunk("bed-1")], partition=0))
    await bench.processor.process(records_of([make_chunk("bed-2")], partition=1))
    await bench.processor.finish()
    bench.own(1)
    await bench.later(0)
    assert bench.ward.dropped == ["bed-1", "bed-2"]
    assert bench.ward.restored == {"bed-2": b"bed-2"}, "the others continue from their snapshots"
    health = bench.processor.health("w1", partitions=1, lag=0)
    assert (health.streams, health.chunks_received) == (1, 2)


@pytest.mark.slow
async def test_no_batch_starts_after_finish(bench: WorkerBench) -> None:
    await bench.processor.finish()
    await bench.processor.process(records_of([make_chunk()]))
    assert bench.ward.taken == []
    assert bench.processor.committable == {}, "it comes again"


def admitted(bench: WorkerBench) -> dict[str, str | None]:
    return {stream: own.admission_id for stream, own in bench.ward.patients.items() if stream != WARD}


@pytest.mark.slow
async def test_a_silent_stream_has_an_alert_that_rises_and_ends_with_the_next_data(bench: WorkerBench) -> None:
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
async def test_the_next_worker_raises_no_second_alert_on_the_same_silence(bench: WorkerBench, redis: Redis) -> None:
    bench.own(0)
    await bench.processor.process(records_of([make_chunk()]))
    await bench.later(6)
    other = WorkerBench(redis)
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
async def test_a_delay_of_the_worker_is_no_silence_of_the_bed(bench: WorkerBench) -> None:
    """Records wait, another worker owns the partition, this one has just got it, or the replay has ended."""
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
async def test_a_bed_in_standby_has_no_silence_alert_until_the_standby_ends(bench: WorkerBench) -> None:
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
async def test_ecg_that_comes_back_ends_the_standby(bench: WorkerBench) -> None:
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
async def test_monitors_get_the_admission_before_the_first_chunk_and_after_each_change(bench: WorkerBench) -> None:
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
async def test_an_alert_raised_between_discharge_and_its_application_is_closed(bench: WorkerBench) -> None:
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


@pytest.mark.slow
async def test_what_an_emptied_redis_has_lost_is_written_again(bench: WorkerBench, redis: Redis) -> None:
    bench.own(0)
    await bench.processor.process(records_of([make_chunk("bed-1", sequence=1), make_chunk("bed-2")]))
    admitted_bed = await bench.admissions.admit("bed-2", PatientSettings(known_af=True), "AB")
    await bench.later(0)
    await bench.later(6)
    before = await bench.alerts.open_alerts()
    assert len({record.alert.alert_id for record in before}) == 3, "one of a monitor, and two silent beds"
    await redis.flushall()
    await bench.later(1)
    after = await bench.alerts.open_alerts()
    assert {(one.alert.alert_id, one.alert.onset_sample, one.state) for one in after} == {
        (one.alert.alert_id, one.alert.onset_sample, "active") for one in before
    }
    assert await bench.live.streams() == ["bed-1", "bed-2"]
    assert await bench.admissions.bed("bed-2") == admitted_bed, "neither its patient nor the settings are lost"
    assert bench.ward.patients["bed-2"] == admissions.settings_of(admitted_bed)
    assert (await bench.admissions.beds()).keys() == {"bed-2"}
    await bench.later(1)
    assert len(await bench.alerts.open_alerts()) == 3
    await bench.processor.process([record_of(make_chunk("bed-2", sequence=5), 2)])
    await bench.later(0.5)
    open_now = [(one.alert.stream_id, one.alert.code) for one in await bench.alerts.open_alerts()]
    assert ("bed-2", "no_data") not in open_now, "the end of the condition reaches the alert that was raised again"


@pytest.mark.slow
async def test_a_change_of_staff_after_the_loss_is_kept(bench: WorkerBench, redis: Redis) -> None:
    bench.own(0)
    await bench.processor.process(records_of([make_chunk("bed-1")]))
    await bench.admissions.admit("bed-1", PatientSettings(), "AB")
    defaults = await bench.admissions.defaults.change("AB", hr_high_bpm=130)
    await bench.later(0)
    await redis.flushall()
    await bench.later(1)
    assert await bench.admissions.defaults.read() == defaults
    changed = await bench.admissions.set_limits("bed-1", "CD", hr_high_bpm=140)
    await bench.later(1)
    assert await bench.admissions.bed("bed-1") == changed
    assert bench.ward.patients["bed-1"].limits.hr_high_bpm == 140

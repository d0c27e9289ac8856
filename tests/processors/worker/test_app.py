"""The worker as a process, between a real Kafka and a real Redis."""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest
from confluent_kafka import Consumer, TopicPartition
from redis.asyncio import Redis

from processors.worker import app
from processors.worker.app import run_worker
from processors.worker.telemetry.counts import WorkerCounts
from processors.worker.telemetry.metrics import NEEDS
from tests.support.fixtures_services import PARTITIONS
from tests.support.limits import WAIT_S
from tests.support.stub_networks import Arrays, RowNetworks
from tests.support.worker_services import WorkerServices, excerpt_chunks, interleaved, run_offline
from wardbeat.care.admissions import PatientLimits, PatientSettings
from wardbeat.contracts import topics
from wardbeat.contracts.codec import encode
from wardbeat.contracts.messages import Window
from wardbeat.embedded.processes import wait_until
from wardbeat.errors import StoreError
from wardbeat.observability.instruments import Instruments
from wardbeat.settings import Settings
from wardbeat.store.beds.admission_store import AdmissionStore
from wardbeat.store.live_store import LiveStore

ECG_S = 90.0


async def test_a_worker_without_redis_fails_at_its_start(tmp_path: Path) -> None:
    settings = Settings(redis_url="redis://127.0.0.1:1/0", data_dir=tmp_path)
    with pytest.raises(StoreError, match=r"Redis at redis://127\.0\.0\.1:1/0 does not answer"):
        await run_worker(settings, RowNetworks(), WorkerCounts(), Instruments(NEEDS))


class FailingNetworks(RowNetworks):
    """They work during the warm-up, and fail when the first patient comes."""

    def __init__(self, counts: WorkerCounts) -> None:
        self._counts = counts

    def run(self, network: str, inputs: Arrays) -> Arrays:
        if self._counts.chunks_received:
            raise ZeroDivisionError("a bug of ours")
        return super().run(network, inputs)


@pytest.mark.slow
async def test_a_bug_that_affects_all_patients_ends_the_worker_and_loses_no_record(
    worker_services: WorkerServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "STOP_TIMEOUT_S", WAIT_S)  # its threads must be gone when the next test begins
    settings = Settings(
        kafka_bootstrap_servers=worker_services.kafka,
        redis_url=worker_services.redis_url,
        consumer_group=worker_services.group,
        data_dir=worker_services.folder,
    )
    counts = WorkerCounts()
    worker_services.send(interleaved(excerpt_chunks("208", "bed-208")))
    with pytest.raises(ZeroDivisionError, match="a bug of ours"):
        await asyncio.wait_for(run_worker(settings, FailingNetworks(counts), counts, Instruments(NEEDS)), WAIT_S)
    consumer = Consumer({"bootstrap.servers": worker_services.kafka, "group.id": worker_services.group, "log_level": 0})
    partitions = [TopicPartition(topics.WAVEFORM, partition) for partition in range(PARTITIONS)]
    read = await asyncio.to_thread(consumer.committed, partitions, WAIT_S)
    consumer.close()
    assert (
        sum(max(0, partition.offset) for partition in read) < counts.chunks_received
    )  # Kafka brings the records again on which it failed


@pytest.mark.slow
def test_a_worker_finds_the_same_as_an_offline_run_between_damaged_records(worker_services: WorkerServices) -> None:
    streams = ["bed-203", "bed-207"]
    beds = [excerpt_chunks(stream.removeprefix("bed-"), stream) for stream in streams]
    n_chunks = sum(map(len, beds))
    misplaced = encode(beds[0][3])
    records = interleaved(*beds)
    records[37:37] = [("bed-203", b"junk"), ("bed-207", b"\xff" * 300)]
    records[99:99] = [("bed-207", misplaced)]
    with worker_services.worker("w1") as child:
        worker_services.send(records)
        worker_services.wait_for_chunks(child, n_chunks)
        statuses = worker_services.ask(lambda redis: LiveStore(redis).statuses(streams))
        worker_services.replay_dead_letters()
        worker_services.replay_dead_letters()
        worker_services.wait_for_chunks(child, n_chunks + 2)
        summary = worker_services.stop(child)
    assert worker_services.health("w1") is None  # it has removed its heartbeat itself
    assert {status.state for status in statuses.values()} == {"monitoring"}
    found, judged = worker_services.beats(), worker_services.windows()
    for stream, bed in zip(streams, beds, strict=True):
        expected = run_offline(bed)
        assert [beat for beat in found if beat.stream_id == stream] == expected.beats
        assert [window for window in judged if window.stream_id == stream] == expected.windows
        assert worker_services.ask(partial(windows_in_redis, stream)) == expected.windows
        assert statuses[stream].window == expected.windows[-1]
        assert worker_services.alerts(stream) == expected.alerts
        assert sum(summary["alerts"].get(stream, {}).values()) == len(expected.alerts)
    assert (summary["chunks_received"], summary["dead_letters"]) == (n_chunks + 2, 3)
    assert (summary["beats"], summary["windows"]) == (len(found), len(judged))
    assert summary["latency_ms"]["n"] == sum(sum(codes.values()) for codes in summary["alerts"].values()) > 0
    dead = worker_services.read_topic(topics.DEAD_LETTER)
    assert {message.value() for message in dead} == {b"junk", b"\xff" * 300, misplaced}
    headers = [dict(one) for message in dead if isinstance(one := message.headers(), list)]
    reasons = [reason for one in headers if isinstance(reason := one["reason"], bytes)]
    assert sum(b"not a valid message" in reason for reason in reasons) == 2
    assert sum(b"its key is b'bed-207'" in reason for reason in reasons) == 1


@pytest.mark.slow
def test_a_worker_waits_for_a_redis_that_refuses_writes(worker_services: WorkerServices) -> None:
    chunks = excerpt_chunks("208", "bed-208")
    with worker_services.worker("w2") as child:
        worker_services.ask(lambda redis: redis.config_set("maxmemory", "1"))
        try:
            worker_services.send(interleaved(chunks))
            wait_until("w2 notices", lambda: "trying again" in child.log.read_text(), WAIT_S, [child])
        finally:
            worker_services.ask(lambda redis: redis.config_set("maxmemory", "0"))
        worker_services.wait_for_chunks(child, len(chunks))
        worker_services.stop(child)
    expected = run_offline(chunks)
    assert worker_services.alerts("bed-208") == expected.alerts
    assert (worker_services.beats(), worker_services.windows()) == (expected.beats, expected.windows)


@pytest.mark.slow
def test_a_kill_a_new_worker_and_a_stop_change_no_output(worker_services: WorkerServices) -> None:
    names = ("100", "119", "205", "232")
    beds = [excerpt_chunks(name, f"bed-{name}") for name in names]
    records = interleaved(*beds)
    first, second, third, fourth = (records[start : start + len(records) // 4] for start in quarters(records))
    with worker_services.worker("w3") as killed, worker_services.worker("w4") as left:
        wait_until("both have partitions", lambda: worker_services.partitions() == [2, 2], WAIT_S, [killed, left])
        worker_services.send(first)
        wait_until(
            "snapshots are kept", lambda: worker_services.covered_by_snapshots() == len(first), WAIT_S, [killed, left]
        )
        worker_services.send(second[: len(second) // 2])
        killed.signal(signal.SIGKILL)
        worker_services.send(second[len(second) // 2 :])
        wait_until("w4 has read all", lambda: worker_services.has_read("w4", len(first) + len(second)), WAIT_S, [left])
        by_then = Counter(map(encode, worker_services.beats()))
        with worker_services.worker("w6") as newcomer:
            wait_until("it has its share", lambda: worker_services.partitions() == [2, 2], WAIT_S, [left, newcomer])
            worker_services.send(third)
            assert worker_services.stop(left)["failures"] == 0
            worker_services.send(fourth)
            wait_until("w6 has read all", lambda: worker_services.has_read("w6", len(records)), WAIT_S, [newcomer])
            assert worker_services.stop(newcomer)["failures"] == 0
    found, judged = worker_services.beats(), worker_services.windows()
    for name, bed in zip(names, beds, strict=True):
        expected = run_offline(bed)
        assert {encode(beat) for beat in found if beat.stream_id == f"bed-{name}"} == set(map(encode, expected.beats))
        assert {encode(one) for one in judged if one.stream_id == f"bed-{name}"} == set(map(encode, expected.windows))
        assert worker_services.alerts(f"bed-{name}") == expected.alerts
    afterwards = Counter(map(encode, found)) - by_then
    assert not [beat for beat, times in afterwards.items() if times > 1 or beat in by_then], (
        "a worker that stops properly makes the next one repeat no beat"
    )


async def windows_in_redis(stream_id: str, redis: Redis) -> list[Window]:
    return await LiveStore(redis).windows(stream_id)


def quarters(records: Sequence[object]) -> range:
    return range(0, len(records), len(records) // 4)


@pytest.mark.slow
def test_a_silent_bed_has_an_alert_and_a_replay_uses_the_limits_of_its_time(worker_services: WorkerServices) -> None:
    chunks = excerpt_chunks("208", "bed-208")
    begun, rest = chunks[:60], chunks[60:]
    pace_s = time.monotonic()

    def has_new_limit() -> bool:
        nonlocal pace_s
        if time.monotonic() >= pace_s and rest:
            worker_services.send(interleaved([rest.pop(0)]))
            pace_s = time.monotonic() + 0.3  # what is sent must last until a busy worker has looked
        status = worker_services.ask(lambda redis: LiveStore(redis).statuses(["bed-208"])).get("bed-208")
        return status is not None and status.hr_high_bpm == 70

    with worker_services.worker("w5") as child:
        worker_services.send(interleaved(begun))
        wait_until("the silent bed has an alert", lambda: worker_services.is_silent("bed-208"), WAIT_S, [child])
        settings = PatientSettings(limits=PatientLimits(hr_high_bpm=70))
        bed = worker_services.ask(lambda redis: AdmissionStore(redis).admit("bed-208", settings, "AB"))
        wait_until("the monitor uses the patient's limits", has_new_limit, WAIT_S, [child])
        assert rest, "the change came too late to be seen in this ECG"
        worker_services.send(interleaved(rest))
        worker_services.wait_for_chunks(child, len(chunks))
        worker_services.stop(child)
    assert not worker_services.is_silent("bed-208")
    schedule = worker_services.ask(lambda redis: AdmissionStore(redis).applied("bed-208"))
    assert bed.admission is not None
    assert [one.settings.admission_id for one in schedule] == [None, bed.admission.admission_id]
    beats, alerts, windows = run_offline(chunks, schedule)
    assert worker_services.alerts("bed-208") == alerts
    assert (worker_services.beats(), worker_services.windows()) == (beats, windows)
    of_the_patient = {alert.code for alert in alerts.values() if alert.admission_id is not None}
    assert of_the_patient == {"extreme_tachycardia"}, "about 100/min, 20 above what was set"

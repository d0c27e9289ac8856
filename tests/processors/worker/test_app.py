"""The worker as a process, between a real Kafka and a real Redis."""

import asyncio
import itertools
import json
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pytest
from confluent_kafka import Consumer, Message, Producer, TopicPartition
from redis.asyncio import Redis

from models.runtime import Runtime
from processors.monitor.patient_monitor import Output, config_of
from processors.offline.schedule import scheduled
from processors.ward.ward import Ward
from processors.worker import app
from processors.worker.app import run_worker
from processors.worker.telemetry.counts import Counts
from processors.worker.telemetry.metrics import NEEDS
from tests.support.fixtures_services import PARTITIONS
from tests.support.stub_networks import Arrays, RowNetworks
from wardbeat.care.admissions import PatientLimits, PatientSettings, SettingsApplied
from wardbeat.contracts import topics
from wardbeat.contracts.codec import decode_beat, encode
from wardbeat.contracts.messages import Alert, Beat, EcgChunk
from wardbeat.ecg.chunking import record_chunks
from wardbeat.ecg.io.excerpts import excerpts_folder
from wardbeat.ecg.io.records import open_record
from wardbeat.embedded.processes import Child, wait_until, wardbeat
from wardbeat.errors import StoreError
from wardbeat.kafka.access import KafkaAccess
from wardbeat.kafka.dead_letters import read_dead_letters, send_again
from wardbeat.observability.instruments import Instruments
from wardbeat.settings import Settings
from wardbeat.store import redis_keys
from wardbeat.store.admission_store import AdmissionStore
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.live_store import LiveStore, WorkerHealth
from wardbeat.store.redis_client import connect

LIMIT_S = 60.0
ECG_S = 90.0
_T = TypeVar("_T")


async def test_a_worker_without_its_redis_says_so_at_once(tmp_path: Path) -> None:
    settings = Settings(redis_url="redis://127.0.0.1:1/0", data_dir=tmp_path)
    with pytest.raises(StoreError, match=r"Redis at redis://127\.0\.0\.1:1/0 does not answer"):
        await run_worker(settings, RowNetworks(), Counts(), Instruments(NEEDS))


class FailingNetworks(RowNetworks):
    """Well while they warm up, and no longer when the first patient comes."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts

    def run(self, network: str, inputs: Arrays) -> Arrays:
        if self._counts.chunks_received:
            raise ZeroDivisionError("a bug of ours")
        return super().run(network, inputs)


@pytest.mark.slow
async def test_what_is_broken_for_all_ends_the_worker_and_loses_nothing(
    place: "Place", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "STOP_TIMEOUT_S", LIMIT_S)  # its threads must be gone when the next test begins
    settings = Settings(
        kafka_bootstrap_servers=place.kafka,
        redis_url=place.redis_url,
        consumer_group=place.group,
        data_dir=place.folder,
    )
    counts = Counts()
    place.send(interleaved(excerpt_chunks("208", "bed-208")))
    with pytest.raises(ZeroDivisionError, match="a bug of ours"):
        await asyncio.wait_for(run_worker(settings, FailingNetworks(counts), counts, Instruments(NEEDS)), LIMIT_S)
    consumer = Consumer({"bootstrap.servers": place.kafka, "group.id": place.group, "log_level": 0})
    partitions = [TopicPartition(topics.WAVEFORM, partition) for partition in range(PARTITIONS)]
    read = await asyncio.to_thread(consumer.committed, partitions, LIMIT_S)
    consumer.close()
    assert sum(max(0, partition.offset) for partition in read) < counts.chunks_received  # what it failed on comes again


class Place:
    """One Kafka and one Redis, and a consumer group that has not read anything yet."""

    def __init__(self, kafka: str, redis_url: str, group: str, folder: Path) -> None:
        self.kafka, self.redis_url, self.group, self.folder = kafka, redis_url, group, folder

    @contextmanager
    def worker(self, worker_id: str) -> Iterator[Child]:
        """A worker that has its partitions."""
        environment = {
            "WARDBEAT_KAFKA_BOOTSTRAP_SERVERS": self.kafka,
            "WARDBEAT_REDIS_URL": self.redis_url,
            "WARDBEAT_CONSUMER_GROUP": self.group,
            "WARDBEAT_WORKER_ID": worker_id,
            "WARDBEAT_DATA_DIR": str(self.folder / "data"),
            "WARDBEAT_SNAPSHOT_EVERY_S": "2",
        }
        command = wardbeat("worker", "--summary", str(self._summary(worker_id)))
        with Child(worker_id, command, self.folder, environment=environment) as child:
            wait_until(f"{worker_id} has partitions", lambda: self.health(worker_id) is not None, LIMIT_S, [child])
            yield child

    def stop(self, child: Child) -> dict[str, Any]:
        """The summary of a worker that was asked to stop."""
        assert child.stop() == 0, child.log.read_text()
        summary: dict[str, Any] = json.loads(self._summary(child.name).read_text())
        return summary

    def _summary(self, worker_id: str) -> Path:
        return self.folder / f"{worker_id}.json"

    def forget_snapshots(self) -> None:
        """Whoever takes over begins anew."""
        keys = [redis_keys.checkpoint(self.group, partition) for partition in range(PARTITIONS)]

        async def forget(redis: Redis) -> int:
            return int(await redis.delete(*keys))

        assert self.ask(forget)

    def wait_for_chunks(self, child: Child, n: int) -> None:
        def all_there() -> bool:
            health = self.health(child.name)
            return health is not None and health.chunks_received >= n and health.lag == 0

        wait_until(f"{child.name} has {n} chunks", all_there, LIMIT_S, [child])

    def send(self, records: Sequence[tuple[str, bytes]]) -> None:
        producer = Producer({"bootstrap.servers": self.kafka, "partitioner": topics.PARTITIONER, "log_level": 0})
        for key, value in records:
            producer.produce(topics.WAVEFORM, value, key=key.encode())
        assert producer.flush(LIMIT_S) == 0

    def replay_dead_letters(self) -> None:
        """Send once more the only chunk among them, to where it belongs."""
        letters = [letter for letter in read_dead_letters(KafkaAccess(self.kafka)) if letter.chunk]
        assert len(send_again(KafkaAccess(self.kafka), letters)) == 1

    def workers(self) -> list[WorkerHealth]:
        return self.ask(lambda redis: LiveStore(redis).workers())

    def health(self, worker_id: str) -> WorkerHealth | None:
        return next((health for health in self.workers() if health.worker_id == worker_id), None)

    def partitions(self) -> list[int]:
        return [health.partitions for health in self.workers()]

    def streams(self) -> int:
        return sum(health.streams for health in self.workers())

    def lag(self) -> int:
        return sum(health.lag for health in self.workers())

    def kept(self) -> int:
        """How many records lie before what whoever takes over has to read."""
        keys = [redis_keys.checkpoint(self.group, partition) for partition in range(PARTITIONS)]

        async def whole(redis: Redis) -> int:
            return sum([int(await redis.hget(key, "whole") or 0) for key in keys])

        return self.ask(whole)

    def has_read(self, worker_id: str, records: int) -> bool:
        """Whether a worker has all partitions, and all that was sent is behind it."""
        health = self.health(worker_id)
        return health is not None and (health.partitions, health.lag) == (PARTITIONS, 0) and self.kept() >= records

    def ask(self, question: Callable[[Redis], Awaitable[_T]]) -> _T:
        """The answer of Redis."""

        async def ask() -> _T:
            redis = connect(self.redis_url)
            answer = await question(redis)
            await redis.aclose()
            return answer

        return asyncio.run(ask())

    def alerts(self, stream_id: str) -> dict[str, Alert]:
        """What was decided by the samples: silence goes by the clock, and how slow this machine is."""
        records = self.ask(lambda redis: AlertStore(redis).whole_history(stream_id))
        return {record.alert.alert_id: record.alert for record in records if record.alert.code != "no_data"}

    def silent(self, stream_id: str) -> bool:
        """Whether an alert says that nothing comes of a stream."""
        records = self.ask(lambda redis: AlertStore(redis).open_of(stream_id))
        return "no_data" in {record.alert.code for record in records}

    def beats(self) -> list[Beat]:
        return [decode_beat(message.value() or b"") for message in self.read_topic(topics.BEAT)]

    def read_topic(self, topic: str) -> list[Message]:
        """All that lies in a topic now."""
        consumer = Consumer({"bootstrap.servers": self.kafka, "group.id": "nobody", "log_level": 0})
        ends = self._ends(consumer, topic)
        consumer.assign([TopicPartition(topic, partition, 0) for partition in ends])
        missing = sum(ends.values())
        messages: list[Message] = []
        while len(messages) < missing:
            batch = consumer.consume(missing - len(messages), timeout=10)
            assert batch, f"{topic}: {missing} expected, {len(messages)} read"
            messages += batch
        consumer.close()
        return messages

    @staticmethod
    def _ends(consumer: Consumer, topic: str) -> dict[int, int]:
        partitions = consumer.list_topics(topic, timeout=LIMIT_S).topics[topic].partitions
        return {
            partition: consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=LIMIT_S)[1]
            for partition in partitions
        }


@pytest.fixture
def place(ward_topics: str, redis_server: str, consumer_group: str, tmp_path: Path) -> Place:
    return Place(ward_topics, redis_server, consumer_group, tmp_path)


def excerpt_chunks(name: str, stream_id: str) -> list[EcgChunk]:
    """The first minutes of a shipped excerpt, as one session that is not over."""
    with excerpts_folder() as folder:
        record = open_record(folder / name)
        chunks = record_chunks(
            record, stream_id=stream_id, session_id=stream_id, origin="replay", start_ns=time.time_ns()
        )
        return list(itertools.islice(chunks, int(ECG_S / 0.5)))


def interleaved(*beds: list[EcgChunk]) -> list[tuple[str, bytes]]:
    return [(chunk.stream_id, encode(chunk)) for row in zip(*beds, strict=True) for chunk in row]


@cache
def networks() -> Runtime:
    return Runtime.load()


def offline(chunks: list[EcgChunk], schedule: Sequence[SettingsApplied] = ()) -> tuple[list[Beat], dict[str, Alert]]:
    """What the same monitor finds without Kafka, by the same settings; alerts as they stand at the end."""
    ward = Ward(networks(), config_of(networks().manifest.thresholds))
    outputs: list[Output] = []
    for next_settings in scheduled(chunks, schedule):
        if isinstance(next_settings, PatientSettings):
            outputs += ward.set_patients({chunks[0].stream_id: next_settings})
        else:
            outputs += ward.take([next_settings])
    alerts = {output.alert_id: output for output in outputs if isinstance(output, Alert)}
    return [output for output in outputs if isinstance(output, Beat)], alerts


@pytest.mark.slow
def test_kafka_brings_what_offline_brings_whatever_lies_between(place: Place) -> None:
    streams = ["bed-203", "bed-207"]
    beds = [excerpt_chunks(stream.removeprefix("bed-"), stream) for stream in streams]
    n_chunks = sum(map(len, beds))
    misplaced = encode(beds[0][3])
    records = interleaved(*beds)
    records[37:37] = [("bed-203", b"junk"), ("bed-207", b"\xff" * 300)]
    records[99:99] = [("bed-207", misplaced)]
    with place.worker("w1") as child:
        place.send(records)
        place.wait_for_chunks(child, n_chunks)
        statuses = place.ask(lambda redis: LiveStore(redis).statuses(streams))
        place.replay_dead_letters()
        place.replay_dead_letters()
        place.wait_for_chunks(child, n_chunks + 2)
        summary = place.stop(child)
    assert place.health("w1") is None  # it said so itself
    assert {status.state for status in statuses.values()} == {"monitoring"}
    found = place.beats()
    for stream, bed in zip(streams, beds, strict=True):
        beats, alerts = offline(bed)
        assert [beat for beat in found if beat.stream_id == stream] == beats
        assert place.alerts(stream) == alerts
        assert sum(summary["alerts"].get(stream, {}).values()) == len(alerts)
    assert (summary["chunks_received"], summary["dead_letters"]) == (n_chunks + 2, 3)
    assert summary["beats"] == len(found)
    assert summary["latency_ms"]["n"] == sum(sum(codes.values()) for codes in summary["alerts"].values()) > 0
    dead = place.read_topic(topics.DEAD_LETTER)
    assert {message.value() for message in dead} == {b"junk", b"\xff" * 300, misplaced}
    reasons = [dict(message.headers() or [])["reason"] for message in dead]
    assert sum(b"not a valid message" in reason for reason in reasons) == 2
    assert sum(b"its key is b'bed-207'" in reason for reason in reasons) == 1


@pytest.mark.slow
def test_a_redis_that_refuses_writes_is_waited_for(place: Place) -> None:
    chunks = excerpt_chunks("208", "bed-208")
    with place.worker("w2") as child:
        place.ask(lambda redis: redis.config_set("maxmemory", "1"))
        try:
            place.send(interleaved(chunks))
            wait_until("w2 notices", lambda: "trying again" in child.log.read_text(), LIMIT_S, [child])
        finally:
            place.ask(lambda redis: redis.config_set("maxmemory", "0"))
        place.wait_for_chunks(child, len(chunks))
        place.stop(child)
    beats, alerts = offline(chunks)
    assert place.alerts("bed-208") == alerts
    assert place.beats() == beats


@pytest.mark.slow
def test_a_kill_a_newcomer_and_a_proper_stop_change_nothing_of_what_is_said(place: Place) -> None:
    names = ("100", "119", "205", "232")
    beds = [excerpt_chunks(name, f"bed-{name}") for name in names]
    records = interleaved(*beds)
    first, second, third, fourth = (records[start : start + len(records) // 4] for start in quarters(records))
    with place.worker("w3") as killed, place.worker("w4") as left:
        wait_until("both have partitions", lambda: place.partitions() == [2, 2], LIMIT_S, [killed, left])
        place.send(first)
        wait_until("snapshots are kept", lambda: place.kept() == len(first), LIMIT_S, [killed, left])
        place.send(second[: len(second) // 2])
        killed.signal(signal.SIGKILL)
        place.send(second[len(second) // 2 :])
        wait_until("w4 has read all", lambda: place.has_read("w4", len(first) + len(second)), LIMIT_S, [left])
        by_then = Counter(map(encode, place.beats()))
        with place.worker("w6") as newcomer:
            wait_until("it has its share", lambda: place.partitions() == [2, 2], LIMIT_S, [left, newcomer])
            place.send(third)
            assert place.stop(left)["failures"] == 0
            place.send(fourth)
            wait_until("w6 has read all", lambda: place.has_read("w6", len(records)), LIMIT_S, [newcomer])
            assert place.stop(newcomer)["failures"] == 0
    found = place.beats()
    for name, bed in zip(names, beds, strict=True):
        beats, alerts = offline(bed)
        of_bed = [beat for beat in found if beat.stream_id == f"bed-{name}"]
        assert sorted({(beat.sample, encode(beat)) for beat in of_bed}) == [(one.sample, encode(one)) for one in beats]
        assert place.alerts(f"bed-{name}") == alerts
    afterwards = Counter(map(encode, found)) - by_then
    assert not [beat for beat, times in afterwards.items() if times > 1 or beat in by_then], "who hands over repeats it"


def quarters(records: Sequence[object]) -> range:
    return range(0, len(records), len(records) // 4)


@pytest.mark.slow
def test_a_bed_falls_silent_and_its_patient_is_replayed_by_the_limits_of_then(place: Place) -> None:
    chunks = excerpt_chunks("208", "bed-208")
    begun, rest = chunks[:60], chunks[60:]
    pace_s = time.monotonic()

    def sharper() -> bool:
        nonlocal pace_s
        if time.monotonic() >= pace_s and rest:
            place.send(interleaved([rest.pop(0)]))
            pace_s = time.monotonic() + 0.3  # what is sent must last until a busy worker has looked
        status = place.ask(lambda redis: LiveStore(redis).statuses(["bed-208"])).get("bed-208")
        return status is not None and status.hr_high_bpm == 70

    with place.worker("w5") as child:
        place.send(interleaved(begun))
        wait_until("silence is told of", lambda: place.silent("bed-208"), LIMIT_S, [child])
        settings = PatientSettings(limits=PatientLimits(hr_high_bpm=70))
        bed = place.ask(lambda redis: AdmissionStore(redis).admit("bed-208", settings, "AB"))
        wait_until("the monitor goes by the patient's limits", sharper, LIMIT_S, [child])
        assert rest, "the change came too late to be seen in this ECG"
        place.send(interleaved(rest))
        place.wait_for_chunks(child, len(chunks))
        place.stop(child)
    assert not place.silent("bed-208")
    schedule = place.ask(lambda redis: AdmissionStore(redis).applied("bed-208"))
    assert bed.admission is not None
    assert [one.settings.admission_id for one in schedule] == [None, bed.admission.admission_id]
    beats, alerts = offline(chunks, schedule)
    assert place.alerts("bed-208") == alerts
    assert place.beats() == beats
    of_the_patient = {alert.code for alert in alerts.values() if alert.admission_id is not None}
    assert of_the_patient == {"extreme_tachycardia"}, "about 100/min, 20 above what was set"

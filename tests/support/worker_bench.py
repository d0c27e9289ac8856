"""A batch processor with its real Redis stores, for tests; a ward that is easy to predict; Kafka records of chunks."""

import asyncio
import time
from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec
from redis.asyncio import Redis

from processors.ward.ward import Ward, WardOutput
from processors.worker.batch import BatchProcessor
from processors.worker.bed_watch import BedWatch
from processors.worker.checkpoint import Assignment, Checkpoint
from processors.worker.records import KafkaRecord
from processors.worker.sinks.kafka_sink import KafkaSink
from processors.worker.sinks.redis_sink import RedisSink
from processors.worker.telemetry.counts import WorkerCounts
from tests.support.samples import make_alert, make_status, make_strip, make_window
from tests.support.stub_networks import RowNetworks
from wardbeat.care.admissions import PatientSettings, SettingsApplied
from wardbeat.care.ward_defaults import WARD
from wardbeat.contracts import topics
from wardbeat.contracts.codec import encode
from wardbeat.contracts.messages import SCHEMA_VERSION, Beat, EcgChunk
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.beds.admission_store import AdmissionStore
from wardbeat.store.history_store import HistoryStore
from wardbeat.store.live_store import LiveStore
from wardbeat.store.snapshot_store import SnapshotStore


class OneBeatWard(Ward):
    """Each chunk gives a beat, a status and a strip. The second chunk raises an alert, the fourth ends it.

    The fifth chunk gives a window.
    """

    def __init__(self) -> None:
        super().__init__(RowNetworks())
        self.dropped: list[str] = []
        self.taken: list[list[str]] = []
        self.patients: dict[str, PatientSettings] = {}
        self.restored: dict[str, bytes] = {}

    def take(self, chunks: Iterable[EcgChunk]) -> list[WardOutput]:
        chunks = list(chunks)
        self.taken.append([chunk.stream_id for chunk in chunks])
        return [output for chunk in chunks for output in self._outputs(chunk)]

    def drop(self, stream_id: str) -> None:
        self.dropped.append(stream_id)

    def outdated(self, patients: Mapping[str, PatientSettings]) -> list[str]:
        return []

    def restore(self, snapshots: Mapping[str, bytes]) -> list[WardOutput]:
        self.restored = dict(snapshots)
        return []

    def snapshots(
        self, stream_ids: Iterable[str], next_settings: Mapping[str, PatientSettings] | None = None
    ) -> dict[str, bytes]:
        return {stream_id: stream_id.encode() for stream_id in stream_ids}

    def has(self, stream_id: str) -> bool:
        return True

    def set_patients(self, patients: Mapping[str, PatientSettings], later: Collection[str] = ()) -> list[WardOutput]:
        """Reports immediately that the settings apply to each patient."""
        self.patients = dict(patients)
        known = {name: own for name, own in patients.items() if name != WARD}
        return [SettingsApplied(SCHEMA_VERSION, name, "s1", 500, 250.0, own) for name, own in known.items()]

    def _outputs(self, chunk: EcgChunk) -> list[WardOutput]:
        stream, session, sample = chunk.stream_id, chunk.session_id, chunk.first_sample
        outputs: list[WardOutput] = [
            Beat(SCHEMA_VERSION, stream, session, sample, chunk.fs, "N", (1.0, 0.0, 0.0, 0.0, 0.0), None),
            msgspec.structs.replace(make_status(stream, chunk.acquired_ns), session_id=session, sample=sample),
            make_strip(stream, sample),
        ]
        alert = make_alert(stream_id=stream, session_id=session)
        if chunk.sequence == 1:
            outputs.append(alert)
        if chunk.sequence == 3:
            outputs.append(msgspec.structs.replace(alert, ended_sample=sample))
        if chunk.sequence == 4:
            outputs.append(make_window(stream, session_id=session))
        return outputs


class WorkerBench:
    """A processor on a real Redis; what it sends to Kafka is in ``sent``."""

    def __init__(self, redis: Redis, ward: Ward | None = None) -> None:
        self.ward = OneBeatWard()
        self.live, self.alerts = LiveStore(redis), AlertStore(redis)
        self.sent: list[tuple[str, bytes | None, bytes | None]] = []
        self.kafka_send = self._send
        self.counts = WorkerCounts()
        self.admissions = AdmissionStore(redis, lambda: self.now_ns)
        self.now_ns = time.time_ns()
        self.processor = BatchProcessor(
            ward or self.ward,
            RedisSink(self.live, self.alerts, self.admissions, HistoryStore(redis), lambda: self.now_ns),
            KafkaSink(self._send_by),
            BedWatch(self.admissions, self.live, self.alerts, lambda: self.now_ns),
            Checkpoint(SnapshotStore(redis, "wards"), 10.0, lambda: self.now_ns),
            self.counts,
            lambda: self.now_ns,
        )

    def own(self, *partitions: int, generation: int = 1) -> None:
        self.processor.assign(Assignment(frozenset(partitions), generation))

    def start(self, *records: KafkaRecord) -> "asyncio.Task[None]":
        """Start a batch; the task ends when it is written or dropped."""
        return asyncio.create_task(self.processor.process(records))

    async def later(self, seconds: float, end: int = 0) -> None:
        """Let time pass, then let the processor do its work of each second."""
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

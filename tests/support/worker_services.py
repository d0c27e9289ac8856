"""A real Kafka, a real Redis and worker processes between them, for tests of the whole worker."""

import asyncio
import itertools
import json
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from confluent_kafka import Consumer, Message, Producer, TopicPartition
from redis.asyncio import Redis

from models.runtime import Runtime
from processors.monitor.patient_monitor import config_of
from processors.offline.schedule import scheduled
from processors.ward.ward import Ward, WardOutput
from tests.support.fixtures_services import PARTITIONS
from tests.support.limits import WAIT_S
from wardbeat.care.admissions import PatientSettings, SettingsApplied
from wardbeat.contracts import topics
from wardbeat.contracts.codec import decode_beat, decode_window, encode
from wardbeat.contracts.messages import Alert, Beat, EcgChunk, Window
from wardbeat.ecg.chunking import record_chunks
from wardbeat.ecg.io.excerpts import excerpts_folder
from wardbeat.ecg.io.records import open_record
from wardbeat.embedded.processes import Child, wait_until, wardbeat
from wardbeat.kafka.access import KafkaAccess
from wardbeat.kafka.dead_letters import read_dead_letters, send_again
from wardbeat.store import redis_keys
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.live_store import LiveStore, WorkerHealth
from wardbeat.store.redis_client import connect

ECG_S = 90.0
_T = TypeVar("_T")


class WorkerServices:
    """One Kafka, one Redis, and a consumer group that has not read anything yet."""

    def __init__(self, kafka: str, redis_url: str, group: str, folder: Path) -> None:
        self.kafka, self.redis_url, self.group, self.folder = kafka, redis_url, group, folder

    @contextmanager
    def worker(self, worker_id: str) -> Iterator[Child]:
        """A worker process that owns its partitions."""
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
            wait_until(f"{worker_id} has partitions", lambda: self.health(worker_id) is not None, WAIT_S, [child])
            yield child

    def stop(self, child: Child) -> dict[str, Any]:
        """Stop a worker with SIGINT or SIGTERM; its summary."""
        assert child.stop(WAIT_S) == 0, child.log.read_text()
        summary: dict[str, Any] = json.loads(self._summary(child.name).read_text())
        return summary

    def _summary(self, worker_id: str) -> Path:
        return self.folder / f"{worker_id}.json"

    def delete_snapshots(self) -> None:
        """Delete all checkpoints: the next worker starts its monitors from the beginning."""
        keys = [redis_keys.checkpoint(self.group, partition) for partition in range(PARTITIONS)]

        async def delete(redis: Redis) -> int:
            return int(await redis.delete(*keys))

        assert self.ask(delete)

    def wait_for_chunks(self, child: Child, n: int) -> None:
        def all_there() -> bool:
            health = self.health(child.name)
            return health is not None and health.chunks_received >= n and health.lag == 0

        wait_until(f"{child.name} has {n} chunks", all_there, WAIT_S, [child])

    def send(self, records: Sequence[tuple[str, bytes]]) -> None:
        producer = Producer({"bootstrap.servers": self.kafka, "partitioner": topics.PARTITIONER, "log_level": 0})
        for key, value in records:
            producer.produce(topics.WAVEFORM, value, key=key.encode())
        assert producer.flush(WAIT_S) == 0

    def replay_dead_letters(self) -> None:
        """Send the only chunk among the dead letters to its own key again."""
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

    def covered_by_snapshots(self) -> int:
        """How many records lie before the offsets that the stored snapshots cover."""
        keys = [redis_keys.checkpoint(self.group, partition) for partition in range(PARTITIONS)]

        async def snapshot_offsets(redis: Redis) -> int:
            return sum([int(await redis.hget(key, "snapshot_offset") or 0) for key in keys])

        return self.ask(snapshot_offsets)

    def has_read(self, worker_id: str, records: int) -> bool:
        """Whether a worker owns all partitions, has read everything, and its snapshots cover ``records``."""
        health = self.health(worker_id)
        return (
            health is not None
            and (health.partitions, health.lag) == (PARTITIONS, 0)
            and self.covered_by_snapshots() >= records
        )

    def ask(self, question: Callable[[Redis], Awaitable[_T]]) -> _T:
        """What ``question`` reads from Redis."""

        async def ask() -> _T:
            redis = connect(self.redis_url)
            answer = await question(redis)
            await redis.aclose()
            return answer

        return asyncio.run(ask())

    def alerts(self, stream_id: str) -> dict[str, Alert]:
        """The alerts that samples decide, by id. ``no_data`` depends on the clock, so it is left out."""
        records = self.ask(lambda redis: AlertStore(redis).whole_history(stream_id))
        return {record.alert.alert_id: record.alert for record in records if record.alert.code != "no_data"}

    def is_silent(self, stream_id: str) -> bool:
        """Whether the stream has an open ``no_data`` alert."""
        records = self.ask(lambda redis: AlertStore(redis).open_of(stream_id))
        return "no_data" in {record.alert.code for record in records}

    def beats(self) -> list[Beat]:
        return [decode_beat(message.value() or b"") for message in self.read_topic(topics.BEAT)]

    def windows(self) -> list[Window]:
        return [decode_window(message.value() or b"") for message in self.read_topic(topics.WINDOW)]

    def read_topic(self, topic: str) -> list[Message]:
        """All messages that a topic holds now."""
        consumer = Consumer({"bootstrap.servers": self.kafka, "group.id": "test-reader", "log_level": 0})
        ends = self._ends(consumer, topic)
        consumer.assign([TopicPartition(topic, partition, 0) for partition in ends])
        missing = sum(ends.values())
        messages: list[Message] = []
        while len(messages) < missing:
            batch = consumer.consume(missing - len(messages), timeout=WAIT_S)
            assert batch, f"{topic}: {missing} expected, {len(messages)} read"
            messages += batch
        consumer.close()
        return messages

    @staticmethod
    def _ends(consumer: Consumer, topic: str) -> dict[int, int]:
        partitions = consumer.list_topics(topic, timeout=WAIT_S).topics[topic].partitions
        return {
            partition: consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=WAIT_S)[1]
            for partition in partitions
        }


def excerpt_chunks(name: str, stream_id: str, seconds: float = ECG_S) -> list[EcgChunk]:
    """The beginning of a shipped excerpt, as one session that has not ended."""
    with excerpts_folder() as folder:
        record = open_record(folder / name)
        chunks = record_chunks(
            record, stream_id=stream_id, session_id=stream_id, origin="replay", start_ns=time.time_ns()
        )
        return list(itertools.islice(chunks, int(seconds / 0.5)))


def interleaved(*beds: list[EcgChunk]) -> list[tuple[str, bytes]]:
    return [(chunk.stream_id, encode(chunk)) for row in zip(*beds, strict=True) for chunk in row]


@cache
def networks() -> Runtime:
    return Runtime.load()


class OfflineFindings(NamedTuple):
    """What a monitor finds without Kafka; the last version of each alert."""

    beats: list[Beat]
    alerts: dict[str, Alert]
    windows: list[Window]


def run_offline(chunks: list[EcgChunk], schedule: Sequence[SettingsApplied] = ()) -> OfflineFindings:
    """What the same monitor finds in these chunks without Kafka."""
    ward = Ward(networks(), config_of(networks().manifest.thresholds))
    outputs: list[WardOutput] = []
    for next_settings in scheduled(chunks, schedule):
        if isinstance(next_settings, PatientSettings):
            outputs += ward.set_patients({chunks[0].stream_id: next_settings})
        else:
            outputs += ward.take([next_settings])
    alerts = {output.alert_id: output for output in outputs if isinstance(output, Alert)}
    beats = [output for output in outputs if isinstance(output, Beat)]
    return OfflineFindings(beats, alerts, [output for output in outputs if isinstance(output, Window)])

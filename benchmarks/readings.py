"""Reads the outputs of a ward from its topics and its Redis."""

import threading
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, closing
from types import TracebackType
from typing import NamedTuple, Self, TypeVar

from confluent_kafka import Consumer, TopicPartition
from redis.asyncio import Redis

from wardbeat.contracts import topics
from wardbeat.contracts.codec import decode_alert, decode_beat, decode_window
from wardbeat.contracts.messages import Alert, Beat, Window
from wardbeat.errors import StoreError
from wardbeat.kafka.access import KafkaAccess
from wardbeat.kafka.reading import open_topic, read_partition
from wardbeat.store import redis_keys
from wardbeat.store.alert_store import AlertStore

BATCH = 500
POLL_S = 0.1
FROZEN_AFTER_MS = 3000
"""The reader switches to another node if a node does not answer for 3 s."""
LEADERS_EVERY_MS = 1000
"""Interval between two requests for the leaders of the partitions."""
LONGEST_HISTORY = 100_000
CLOCK_ALERTS = ("no_data", "escalation_failed")
"""Alerts that depend on the clock and not on the ECG: ``annotate`` does not raise them."""

_Output = TypeVar("_Output", Beat, Window, Alert)


class Arrival(NamedTuple):
    """A Kafka record: its time of arrival (Unix time in ns) and its value."""

    at_ns: int
    value: bytes


class Reader(AbstractContextManager["Reader"]):
    """Reads a topic from its start in another thread and keeps each record with its time of arrival.

    Parameters
    ----------
    bootstrap_servers, topic : str
    partitions : int
    """

    def __init__(self, bootstrap_servers: str, topic: str, partitions: int) -> None:
        self._config = {
            "bootstrap.servers": bootstrap_servers,
            "group.id": "unused",
            "enable.auto.commit": False,
            "socket.timeout.ms": FROZEN_AFTER_MS,
            "topic.metadata.refresh.interval.ms": LEADERS_EVERY_MS,
            "reconnect.backoff.max.ms": 500,
            "log_level": 0,
        }
        self._from = [TopicPartition(topic, partition, 0) for partition in range(partitions)]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read, name=f"reader-{topic}", daemon=True)
        self.arrivals: list[Arrival] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def quiet_s(self) -> float:
        """Seconds since the last record; infinite before the first one."""
        return (time.time_ns() - self.arrivals[-1].at_ns) / 1e9 if self.arrivals else float("inf")

    def _read(self) -> None:
        with closing(Consumer(self._config)) as consumer:
            consumer.assign(self._from)
            while not self._stop.is_set():
                message = consumer.poll(POLL_S)
                # Errors while a node is down are temporary, and the consumer continues at the same offset.
                if message is not None and message.error() is None:
                    self.arrivals.append(Arrival(time.time_ns(), message.value() or b""))


def first_arrivals(arrivals: Iterable[Arrival]) -> dict[str, int]:
    """The first arrival of each beat, Unix time in ns, by beat id."""
    first: dict[str, int] = {}
    for arrival in arrivals:
        first.setdefault(decode_beat(arrival.value).beat_id, arrival.at_ns)
    return first


def beats_in_kafka(kafka: KafkaAccess) -> list[Beat]:
    """All beats in Kafka."""
    return _all_of(kafka, topics.BEAT, decode_beat)


def windows_in_kafka(kafka: KafkaAccess) -> list[Window]:
    """All windows in Kafka."""
    return _all_of(kafka, topics.WINDOW, decode_window)


def alerts_in_kafka(kafka: KafkaAccess) -> tuple[list[Alert], list[Alert]]:
    """All versions of alerts in Kafka: those that depend on the ECG, and those that depend on the clock."""
    versions = _all_of(kafka, topics.ALERT, decode_alert)
    of_ecg = [alert for alert in versions if alert.code not in CLOCK_ALERTS]
    return of_ecg, [alert for alert in versions if alert.code in CLOCK_ALERTS]


async def alerts_in_redis(redis: Redis, streams: Iterable[str]) -> dict[str, Alert]:
    """The alerts of streams in Redis by id, without those that depend on the clock."""
    store = AlertStore(redis)
    records = [record for stream_id in streams for record in await store.whole_history(stream_id, LONGEST_HISTORY)]
    return {one.alert.alert_id: one.alert for one in records if one.alert.code not in CLOCK_ALERTS}


async def announced_changes(redis: Redis) -> list[tuple[str, int]]:
    """Ids and versions of the changes of alerts, in the order in which Redis announces them to the dashboard.

    Raises
    ------
    StoreError
        If Redis no longer has the first changes.
    """
    changes = await AlertStore(redis).changes("0", block_ms=1, count=LONGEST_HISTORY)
    if len(changes) >= redis_keys.LIFECYCLE_MAX_LENGTH:
        raise StoreError(f"{len(changes)} changes of alerts: Redis keeps no more; use fewer patients or a shorter run")
    return [(record.alert.alert_id, record.version) for _, record in changes]


def _all_of(kafka: KafkaAccess, topic: str, decode: Callable[[bytes], _Output]) -> list[_Output]:
    with open_topic(kafka, topic) as (consumer, partitions):
        return [
            decode(message.value() or b"")
            for partition in partitions
            for message in read_partition(consumer, topic, partition)
        ]

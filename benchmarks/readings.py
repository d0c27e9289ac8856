"""What comes out of a ward, as a reader of its topics and its Redis has it."""

import threading
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, closing
from types import TracebackType
from typing import NamedTuple, Self, TypeVar

from confluent_kafka import Consumer, TopicPartition
from redis.asyncio import Redis

from wardbeat.contracts import topics
from wardbeat.contracts.codec import decode_alert, decode_beat
from wardbeat.contracts.messages import Alert, Beat
from wardbeat.errors import StoreError
from wardbeat.kafka.access import KafkaAccess
from wardbeat.kafka.reading import open_topic, read_partition
from wardbeat.store import redis_keys
from wardbeat.store.alert_store import AlertStore

BATCH = 500
POLL_S = 0.1
FROZEN_AFTER_MS = 3000
"""A node that has not answered for so long is given up, and another asked."""
LEADERS_EVERY_MS = 1000
"""How often it is asked who leads."""
LONGEST_HISTORY = 100_000
HOSTS_OWN = ("no_data", "escalation_failed")
"""Alerts that the clock decides and not the ECG: no annotation has them."""

_Said = TypeVar("_Said", Beat, Alert)


class Arrival(NamedTuple):
    """A record as it came: Unix time in ns, and what is in it."""

    at_ns: int
    value: bytes


class Reader(AbstractContextManager["Reader"]):
    """Reads a topic from its start on in a thread of its own, and notes when each record comes.

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
        """How long ago the last record came."""
        return (time.time_ns() - self.arrivals[-1].at_ns) / 1e9 if self.arrivals else float("inf")

    def _read(self) -> None:
        with closing(Consumer(self._config)) as consumer:
            consumer.assign(self._from)
            while not self._stop.is_set():
                message = consumer.poll(POLL_S)
                # What a node that is away makes the client complain of passes; who reads on misses nothing.
                if message is not None and message.error() is None:
                    self.arrivals.append(Arrival(time.time_ns(), message.value() or b""))


def first_arrivals(arrivals: Iterable[Arrival]) -> dict[str, int]:
    """When each beat was first heard of, Unix time in ns, by its id."""
    first: dict[str, int] = {}
    for arrival in arrivals:
        first.setdefault(decode_beat(arrival.value).beat_id, arrival.at_ns)
    return first


def beats_there(kafka: KafkaAccess) -> list[Beat]:
    """All beats that Kafka has."""
    return _all_of(kafka, topics.BEAT, decode_beat)


def alerts_there(kafka: KafkaAccess) -> tuple[list[Alert], list[Alert]]:
    """All that Kafka has of alerts: those that the ECG decides, and those of the clock."""
    there = _all_of(kafka, topics.ALERT, decode_alert)
    of_ecg = [alert for alert in there if alert.code not in HOSTS_OWN]
    return of_ecg, [alert for alert in there if alert.code in HOSTS_OWN]


async def alerts_kept(redis: Redis, streams: Iterable[str]) -> dict[str, Alert]:
    """The alerts that Redis has of streams, by id, without those that the clock decides."""
    store = AlertStore(redis)
    records = [record for stream_id in streams for record in await store.whole_history(stream_id, LONGEST_HISTORY)]
    return {one.alert.alert_id: one.alert for one in records if one.alert.code not in HOSTS_OWN}


async def alerts_announced(redis: Redis) -> list[tuple[str, int]]:
    """Ids and versions of alerts in the order that screens were told of them.

    Raises
    ------
    StoreError
        If the first of them are no longer kept, so that nothing can be said of those.
    """
    changes = await AlertStore(redis).changes("0", block_ms=1, count=LONGEST_HISTORY)
    if len(changes) >= redis_keys.LIFECYCLE_MAX_LENGTH:
        raise StoreError(f"{len(changes)} changes of alerts: Redis keeps no more; take fewer patients or less time")
    return [(record.alert.alert_id, record.version) for _, record in changes]


def _all_of(kafka: KafkaAccess, topic: str, decode: Callable[[bytes], _Said]) -> list[_Said]:
    with open_topic(kafka, topic) as (consumer, partitions):
        return [
            decode(message.value() or b"")
            for partition in partitions
            for message in read_partition(consumer, topic, partition)
        ]

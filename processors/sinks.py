"""Where the ward's outputs go: status, live ECG and alerts to Redis, beats and alerts to Kafka.

Every write may be repeated without harm, so a store that is away is waited for and nothing is skipped.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple, Protocol, TypeVar

import msgspec
import structlog
from redis.exceptions import RedisError

from processors.failures import MonitorFailed
from processors.orphans import Orphans
from processors.ward import WardOutput
from wardbeat import topics
from wardbeat.admission_store import AdmissionStore
from wardbeat.admissions import SettingsApplied
from wardbeat.alert_store import AlertStore
from wardbeat.codec import MAX_CHUNK_BYTES, encode
from wardbeat.errors import BrokerError
from wardbeat.live import Heard, LiveStore
from wardbeat.messages import Alert, Beat, Status, Strip

FIRST_WAIT_S = 0.1
LONGEST_WAIT_S = 5.0
WATCH_EVERY_S = 1.0
"""Who is watched is asked this often; a lease lasts ten times as long."""
REASON_LENGTH = 1000
"""Characters; a reason quotes what came, which may be long."""
KEY_LENGTH = 1024
"""Bytes; many times a stream id."""
DELAYED_AFTER_S = 5.0
"""A status of samples older than this is no longer what the patient is like now, so it shows no heart rate."""

_log = structlog.get_logger(__name__)
_T = TypeVar("_T")


class Record(NamedTuple):
    """A Kafka record as it was read."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp_s: float = 0.0


class DeadLetter(NamedTuple):
    """A record that nobody can use, and why."""

    record: Record
    reason: str


class Send(Protocol):
    """Sends one record to Kafka and waits until it is delivered.

    Raises
    ------
    BrokerError
        If it was not.
    """

    async def __call__(
        self, topic: str, key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes]]
    ) -> None: ...


async def persist(what: str, write: Callable[[], Awaitable[_T]]) -> _T:
    """Try a write until it succeeds, ever more slowly; what comes behind waits."""
    wait_s = FIRST_WAIT_S
    while True:
        try:
            result = await write()
        except (RedisError, BrokerError) as error:
            _log.warning("can't write, trying again", what=what, error=str(error), wait_s=wait_s)
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)
        else:
            if wait_s > FIRST_WAIT_S:
                _log.warning("written at last", what=what)
            return result


class RedisSink:
    """Statuses, live ECG, alerts, and the settings that they were decided by, to Redis."""

    def __init__(
        self,
        live: LiveStore,
        alerts: AlertStore,
        admissions: AdmissionStore,
        clock_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._live = live
        self._alerts = alerts
        self._admissions = admissions
        self._clock_ns = clock_ns
        self._orphans = Orphans(alerts)
        self._heard: dict[str, Heard] = {}
        self._watched: set[str] = set()
        self._watched_ns = 0

    async def write(
        self, outputs: Sequence[WardOutput], partition_of: Mapping[str, int], final: Collection[str] = ()
    ) -> list[Alert]:
        """Write what a batch brought; the alerts that are new.

        ``partition_of`` has all streams of this worker, ``final`` those that have ended with this batch.
        """
        await persist("status", lambda: self._write_live(outputs, partition_of, final))
        new = []
        for output in outputs:
            if isinstance(output, Alert) and await persist("alert", partial(self._alerts.take, output)):
                new.append(output)
            elif isinstance(output, SettingsApplied):
                await persist("settings", partial(self._admissions.note_applied, output))
        await persist("orphans", partial(self._orphans.see, outputs, final))
        return new

    async def take_over(self, stream_ids: Sequence[str]) -> None:
        """Go on with streams whose monitors go on: what they were heard last, and no alert of theirs is an orphan.

        Raises
        ------
        RedisError
            If Redis is away.
        """
        for heard in await self._live.heard(stream_ids):
            self._heard[heard.stream_id] = heard
        self._orphans.go_on(stream_ids)

    def forget(self, stream_id: str) -> None:
        """The stream is another worker's now."""
        self._heard.pop(stream_id, None)
        self._orphans.forget(stream_id)

    async def _write_live(
        self, outputs: Sequence[WardOutput], partition_of: Mapping[str, int], final: Collection[str]
    ) -> None:
        now_ns = self._clock_ns()
        if now_ns - self._watched_ns >= WATCH_EVERY_S * 1e9:
            self._watched = await self._live.watched(list(partition_of))
            self._watched_ns = now_ns
        newest = newest_statuses(outputs)
        heard = [
            *(self._hear(status, partition_of[status.stream_id], now_ns) for status in newest),
            *(self._hear_end(stream_id) for stream_id in final if stream_id in self._heard),
        ]
        unheard = [
            _heard_at(failed, partition_of[failed.stream_id], now_ns, ecg_ns=0) for failed in self._unheard(outputs)
        ]
        statuses = [as_of_now(status, now_ns) for status in newest]
        live = [out for out in outputs if isinstance(out, Strip | Beat) and out.stream_id in self._watched]
        if statuses or live or heard:
            await self._live.write(statuses, live, now_ns / 1e9, heard)
        if unheard:
            await self._live.write_unheard(unheard)

    def _unheard(self, outputs: Iterable[WardOutput]) -> list[MonitorFailed]:
        """The monitors that failed before they said anything: their beds must be seen as well."""
        return [one for one in outputs if isinstance(one, MonitorFailed) and one.stream_id not in self._heard]

    def _hear(self, status: Status, partition: int, now_ns: int) -> Heard:
        known = self._heard.get(status.stream_id)
        earlier_ns = known.ecg_ns if known else 0
        heard = _heard_at(status, partition, now_ns, earlier_ns if status.state == "no_signal" else now_ns)
        self._heard[status.stream_id] = heard
        return heard

    def _hear_end(self, stream_id: str) -> Heard:
        self._heard[stream_id] = msgspec.structs.replace(self._heard[stream_id], final=True)
        return self._heard[stream_id]


class KafkaSink:
    """Beats, alerts and dead letters to Kafka."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def write(self, outputs: Iterable[WardOutput], dead_letters: Iterable[DeadLetter]) -> None:
        """Send what a batch brought; returns once all of it is delivered."""
        records = [*map(_record_of, _for_kafka(outputs)), *map(_dead_record, dead_letters)]
        if records:
            await persist("Kafka", lambda: self._send_all(records))

    async def _send_all(self, records: list["_Outgoing"]) -> None:
        await asyncio.gather(*(self._send(*record) for record in records))


class _Outgoing(NamedTuple):
    topic: str
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


def _heard_at(at: Status | MonitorFailed, partition: int, heard_ns: int, ecg_ns: int) -> Heard:
    return Heard(
        stream_id=at.stream_id,
        session_id=at.session_id,
        origin=at.origin,
        sample=at.sample,
        fs=at.fs,
        heard_ns=heard_ns,
        ecg_ns=ecg_ns,
        partition=partition,
    )


def as_of_now(status: Status, now_ns: int) -> Status:
    """The status, without its heart rate once its samples are too old to be shown as what is true now."""
    if now_ns - status.acquired_ns <= DELAYED_AFTER_S * 1e9:
        return status
    return msgspec.structs.replace(status, state="delayed", hr_bpm=None)


def newest_statuses(outputs: Iterable[WardOutput]) -> list[Status]:
    """The last status of each stream: after a pause a batch holds many seconds of one patient."""
    newest = {output.stream_id: output for output in outputs if isinstance(output, Status)}
    return list(newest.values())


def _for_kafka(outputs: Iterable[WardOutput]) -> list[Beat | Alert]:
    return [output for output in outputs if isinstance(output, Beat | Alert)]


def _record_of(message: Beat | Alert) -> _Outgoing:
    topic = topics.BEAT if isinstance(message, Beat) else topics.ALERT
    return _Outgoing(topic, topics.key_of(message.stream_id), encode(message), [])


def _dead_record(dead: DeadLetter) -> _Outgoing:
    """The record as it came; of one that is larger than any chunk the beginning, as no topic might take it whole."""
    record = dead.record
    value = record.value and record.value[:MAX_CHUNK_BYTES]
    headers = [
        ("reason", dead.reason[:REASON_LENGTH].encode(errors="replace")),
        ("topic", record.topic.encode()),
        ("partition", str(record.partition).encode()),
        ("offset", str(record.offset).encode()),
    ]
    if record.value and value != record.value:
        headers.append((topics.CUT_FROM, str(len(record.value)).encode()))
    return _Outgoing(topics.DEAD_LETTER, record.key and record.key[:KEY_LENGTH], value, headers)

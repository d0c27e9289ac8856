"""Where the ward's outputs go: alerts, status and live ECG to Redis, alerts and beats to Kafka, in this order.

What is most urgent goes first. Every write may be repeated without harm, so a store that is away is waited for and
nothing is skipped.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Protocol, TypeVar

import msgspec
import structlog
from redis.exceptions import RedisError

from processors.ward.failures import MonitorFailed
from processors.ward.ward import WardOutput
from processors.worker.orphaned_alerts import OrphanedAlerts
from processors.worker.records import OutgoingRecord, RejectedRecord, dead_letter_record, output_record
from wardbeat.care.admissions import SettingsApplied
from wardbeat.clock import unix_ns
from wardbeat.contracts.alert_codes import PRIORITY_ORDER, urgency
from wardbeat.contracts.messages import Alert, Beat, Status, Strip
from wardbeat.errors import BrokerError
from wardbeat.settings import DELAYED_AFTER_S
from wardbeat.store.admission_store import AdmissionStore
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.live_store import LastSeen, LiveStore

FIRST_WAIT_S = 0.1
LONGEST_WAIT_S = 1.0
"""What is back is used again within a second; a try a second burdens nobody."""
WATCH_EVERY_S = 1.0
"""Who is watched is asked this often; a lease lasts ten times as long."""
ALERTS_TOGETHER = 16
"""Patients whose alerts go to Redis at a time (our choice): what comes together waits for its disk once."""

_NOT_URGENT = len(PRIORITY_ORDER), 0

_log = structlog.get_logger(__name__)
_T = TypeVar("_T")


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
    """Alerts, the settings that they were decided by, statuses and live ECG, to Redis.

    Parameters
    ----------
    live, alerts, admissions
        The stores.
    clock_ns : callable
        Unix time in nanoseconds.
    delayed_after_s : float
        A status of samples older than this shows no heart rate: it is no longer what the patient is like now.
    """

    def __init__(
        self,
        live: LiveStore,
        alerts: AlertStore,
        admissions: AdmissionStore,
        clock_ns: Callable[[], int] = unix_ns,
        *,
        delayed_after_s: float = DELAYED_AFTER_S,
    ) -> None:
        self._live = live
        self._alerts = alerts
        self._admissions = admissions
        self._clock_ns = clock_ns
        self._delayed_after_s = delayed_after_s
        self._orphans = OrphanedAlerts(alerts)
        self._last_seen: dict[str, LastSeen] = {}
        self._watched: set[str] = set()
        self._watched_ns = 0

    async def write(
        self,
        outputs: Sequence[WardOutput],
        partition_of: Mapping[str, int],
        final: Collection[str] = (),
        arrived_ns: Mapping[str, int] = {},
    ) -> list[Alert]:
        """Write what a batch brought; the alerts that are new.

        ``partition_of`` has all streams of this worker, ``final`` those that have ended with this batch,
        ``arrived_ns`` when the newest record of a stream came to Kafka, as far as it is known.
        """
        new = await self._write_alerts(most_urgent_first(outputs))
        await persist("status", lambda: self._write_live(outputs, partition_of, final, arrived_ns))
        await persist("orphans", partial(self._orphans.see, outputs, final))
        return new

    async def take_over(self, stream_ids: Sequence[str]) -> None:
        """Go on with streams whose monitors go on: what they were heard last, and no alert of theirs is an orphan.

        Raises
        ------
        RedisError
            If Redis is away.
        """
        await self._live.migrate_last_seen()  # a worker of an earlier version may have had the partitions
        for last_seen in await self._live.last_seen(stream_ids):
            self._last_seen[last_seen.stream_id] = last_seen
        self._orphans.go_on(stream_ids)

    def is_watched(self, stream_id: str) -> bool:
        """Whether somebody looks at the stream, as far as we know."""
        return stream_id in self._watched

    def forget(self, stream_id: str) -> None:
        """The stream is another worker's now."""
        self._last_seen.pop(stream_id, None)
        self._orphans.forget(stream_id)

    async def _write_alerts(self, outputs: Sequence[WardOutput]) -> list[Alert]:
        """Write alerts and the settings that they were decided by, several patients' at a time; the new alerts."""
        of_stream: dict[str, list[Alert | SettingsApplied]] = {}
        for output in outputs:
            if isinstance(output, Alert | SettingsApplied):
                of_stream.setdefault(output.stream_id, []).append(output)
        room = asyncio.Semaphore(ALERTS_TOGETHER)  # lets in by turns: the most urgent first
        new = await asyncio.gather(*(self._write_in_order(room, one) for one in of_stream.values()))
        return [alert for of_one in new for alert in of_one]

    async def _write_in_order(self, room: asyncio.Semaphore, outputs: list[Alert | SettingsApplied]) -> list[Alert]:
        """Write what is of one patient, one after the other; the new alerts."""
        new = []
        async with room:
            for output in outputs:
                if isinstance(output, SettingsApplied):
                    await persist("settings", partial(self._admissions.note_applied, output))
                elif await persist("alert", partial(self._alerts.take, output)):
                    new.append(output)
        return new

    async def _write_live(
        self,
        outputs: Sequence[WardOutput],
        partition_of: Mapping[str, int],
        final: Collection[str],
        arrived_ns: Mapping[str, int],
    ) -> None:
        now_ns = self._clock_ns()
        if now_ns - self._watched_ns >= WATCH_EVERY_S * 1e9:
            self._watched = await self._live.watched(list(partition_of))
            self._watched_ns = now_ns
        newest = newest_statuses(outputs)
        last_seen = [
            *(self._note_status(status, partition_of[status.stream_id], now_ns) for status in newest),
            *(self._note_end(stream_id) for stream_id in final if stream_id in self._last_seen),
        ]
        never_seen = [
            _last_seen_at(failed, partition_of[failed.stream_id], now_ns, ecg_ns=0)
            for failed in self._never_seen(outputs)
        ]
        statuses = [
            as_of_now(status, now_ns, arrived_ns.get(status.stream_id, now_ns), self._delayed_after_s)
            for status in newest
        ]
        live = [out for out in outputs if isinstance(out, Strip | Beat) and out.stream_id in self._watched]
        if statuses or live or last_seen:
            await self._live.write(statuses, live, now_ns / 1e9, last_seen)
        if never_seen:
            await self._live.write_never_seen(never_seen)

    def _never_seen(self, outputs: Iterable[WardOutput]) -> list[MonitorFailed]:
        """The monitors that failed before they said anything: their beds must be seen as well."""
        return [one for one in outputs if isinstance(one, MonitorFailed) and one.stream_id not in self._last_seen]

    def _note_status(self, status: Status, partition: int, now_ns: int) -> LastSeen:
        known = self._last_seen.get(status.stream_id)
        earlier_ns = known.ecg_ns if known else 0
        last_seen = _last_seen_at(status, partition, now_ns, earlier_ns if status.state == "no_signal" else now_ns)
        self._last_seen[status.stream_id] = last_seen
        return last_seen

    def _note_end(self, stream_id: str) -> LastSeen:
        self._last_seen[stream_id] = msgspec.structs.replace(self._last_seen[stream_id], final=True)
        return self._last_seen[stream_id]


class KafkaSink:
    """Beats, alerts and dead letters to Kafka."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def write(self, outputs: Sequence[WardOutput], dead_letters: Iterable[RejectedRecord]) -> None:
        """Send what a batch brought, alerts first; returns once all of it is delivered."""
        urgent = most_urgent_first(outputs)
        alerts = [output_record(output) for output in urgent if isinstance(output, Alert)]
        beats = [output_record(output) for output in urgent if isinstance(output, Beat)]
        records = [*alerts, *beats, *map(dead_letter_record, dead_letters)]
        if records:
            await persist("Kafka", lambda: self._send_all(records))

    async def _send_all(self, records: list[OutgoingRecord]) -> None:
        await asyncio.gather(*(self._send(*record) for record in records))


def _last_seen_at(at: Status | MonitorFailed, partition: int, last_seen_ns: int, ecg_ns: int) -> LastSeen:
    return LastSeen(
        stream_id=at.stream_id,
        session_id=at.session_id,
        origin=at.origin,
        sample=at.sample,
        fs=at.fs,
        last_seen_ns=last_seen_ns,
        ecg_ns=ecg_ns,
        partition=partition,
    )


def most_urgent_first(outputs: Sequence[WardOutput]) -> Sequence[WardOutput]:
    """The outputs, those of the patient with the most urgent alert first; each patient's stay in their order."""
    urgency_of: dict[str, tuple[int, int]] = {}
    for output in outputs:
        if isinstance(output, Alert) and output.ended_sample is None:
            of_alert = PRIORITY_ORDER[output.priority], urgency(output.code)
            urgency_of[output.stream_id] = min(of_alert, urgency_of.get(output.stream_id, of_alert))
    if len(urgency_of) == 0:
        return outputs
    return sorted(outputs, key=lambda output: urgency_of.get(output.stream_id, _NOT_URGENT))


def as_of_now(status: Status, now_ns: int, arrived_ns: int, delayed_after_s: float) -> Status:
    """The status with its age, and without its heart rate once it is too old to be shown as what is true now.

    ``arrived_ns`` is when its newest record came to Kafka: no ECG is younger, whatever the clock of its device says.
    """
    lag_s = max(0, now_ns - min(status.acquired_ns, arrived_ns)) / 1e9
    if lag_s <= delayed_after_s:
        return msgspec.structs.replace(status, lag_s=lag_s)
    return msgspec.structs.replace(status, lag_s=lag_s, state="delayed", hr_bpm=None)


def newest_statuses(outputs: Iterable[WardOutput]) -> list[Status]:
    """The last status of each stream: after a pause a batch holds many seconds of one patient."""
    newest = {output.stream_id: output for output in outputs if isinstance(output, Status)}
    return list(newest.values())

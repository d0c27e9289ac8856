"""Writes alerts, applied settings, statuses, windows and live ECG to Redis, the most urgent patient first.

Every write can be repeated without harm, so :func:`processors.worker.sinks.persist.persist` repeats it while Redis is
away, and nothing is skipped.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial

import msgspec

from processors.ward.failures import MonitorFailed
from processors.ward.ward import WardOutput
from processors.worker.sinks.lasting_alerts import LastingAlerts
from processors.worker.sinks.orphaned_alerts import OrphanedAlerts
from processors.worker.sinks.persist import persist
from processors.worker.sinks.urgency_order import most_urgent_first
from wardbeat.care.admissions import SettingsApplied
from wardbeat.clock import unix_ns
from wardbeat.contracts.messages import Alert, Beat, Status, Strip, Window
from wardbeat.settings import DELAYED_AFTER_S
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.beds.admission_store import AdmissionStore
from wardbeat.store.history_store import HistoryGap, HistoryStore
from wardbeat.store.live_store import LastSeen, LiveStore

READ_WATCHED_EVERY_S = 1.0
"""How often the sink reads which streams a screen shows. A screen's lease lasts ten times as long."""
ALERTS_TOGETHER = 16
"""How many patients' alerts the sink writes at a time (our choice): writes that arrive together share one disk sync."""


class RedisSink:
    """Writes the outputs of the ward to the stores.

    Parameters
    ----------
    live, alerts, admissions, history
        The stores.
    clock_ns : callable
        Unix time in nanoseconds.
    delayed_after_s : float
        If the samples of a status are older, it shows no heart rate: it no longer describes the patient now.
    """

    def __init__(
        self,
        live: LiveStore,
        alerts: AlertStore,
        admissions: AdmissionStore,
        history: HistoryStore,
        clock_ns: Callable[[], int] = unix_ns,
        *,
        delayed_after_s: float = DELAYED_AFTER_S,
    ) -> None:
        self._live = live
        self._alerts = alerts
        self._admissions = admissions
        self._history = history
        self._clock_ns = clock_ns
        self._delayed_after_s = delayed_after_s
        self._orphaned = OrphanedAlerts(alerts)
        self._lasting = LastingAlerts(alerts)
        self._last_seen: dict[str, LastSeen] = {}
        self._watched: set[str] = set()
        self._watched_read_ns = 0

    async def write(
        self,
        outputs: Sequence[WardOutput],
        partition_of: Mapping[str, int],
        ended: Collection[str] = (),
        arrived_ns: Mapping[str, int] = {},
    ) -> list[Alert]:
        """Write the outputs of a batch; the alerts that are new.

        Parameters
        ----------
        outputs : sequence
        partition_of : mapping
            All streams of this worker, with their partition.
        ended : collection of str
            The streams that end with this batch.
        arrived_ns : mapping
            When the newest record of a stream arrived in Kafka, in Unix nanoseconds, where it is known.
        """
        new = await self._write_alerts(most_urgent_first(outputs))
        self._lasting.note(outputs)
        await persist("status", lambda: self._write_live(outputs, partition_of, ended, arrived_ns))
        await persist("orphaned alerts", partial(self._orphaned.update, outputs, ended))
        return new

    async def restore(self, stream_ids: Sequence[str]) -> None:
        """Continue streams whose monitors were restored: read their last record; these monitors know their alerts.

        Raises
        ------
        RedisError
            If Redis is away.
        """
        await self._live.migrate_last_seen()  # a worker of an earlier version may have had the partitions
        for last_seen in await self._live.last_seen(stream_ids):
            self._last_seen[last_seen.stream_id] = last_seen
        self._orphaned.skip(stream_ids)
        await self._lasting.read(stream_ids)

    def is_watched(self, stream_id: str) -> bool:
        """Whether a screen showed the stream when the sink last read it."""
        return stream_id in self._watched

    def remove_stream(self, stream_id: str) -> None:
        """Drop the state of a stream that is no longer this worker's."""
        self._last_seen.pop(stream_id, None)
        self._orphaned.remove_stream(stream_id)
        self._lasting.remove_stream(stream_id)

    async def lost_history(self) -> HistoryGap | None:
        """Whether Redis has lost its history since the last call, and from when to when.

        Raises
        ------
        RedisError
            If Redis is away.
        """
        return await self._history.check()

    async def write_again(self) -> int:
        """Write what this worker knows and Redis has lost: the last records of its streams, and the open alerts.

        Returns how many alerts were raised again. Waits while Redis is away.
        """
        await persist("last records", lambda: self._live.write_never_seen(self._last_seen.values()))
        return await persist("lost alerts", lambda: self._lasting.raise_again(self._orphaned.waiting))

    async def _write_alerts(self, outputs: Sequence[WardOutput]) -> list[Alert]:
        """Write alerts and applied settings, several patients at a time; the new alerts."""
        of_stream: dict[str, list[Alert | SettingsApplied]] = {}
        for output in outputs:
            if isinstance(output, Alert | SettingsApplied):
                of_stream.setdefault(output.stream_id, []).append(output)
        free_slots = asyncio.Semaphore(ALERTS_TOGETHER)  # first come, first served: the most urgent patient is first
        new = await asyncio.gather(*(self._write_in_order(free_slots, one) for one in of_stream.values()))
        return [alert for of_one in new for alert in of_one]

    async def _write_in_order(
        self, free_slots: asyncio.Semaphore, outputs: list[Alert | SettingsApplied]
    ) -> list[Alert]:
        """Write one patient's outputs, one after the other; the new alerts."""
        new = []
        async with free_slots:
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
        ended: Collection[str],
        arrived_ns: Mapping[str, int],
    ) -> None:
        now_ns = self._clock_ns()
        if partition_of and now_ns - self._watched_read_ns >= READ_WATCHED_EVERY_S * 1e9:
            self._watched = await self._live.watched(list(partition_of))
            self._watched_read_ns = now_ns
        newest = newest_statuses(outputs)
        last_seen = [
            *(self._update_last_seen(status, partition_of[status.stream_id], now_ns) for status in newest),
            *(self._mark_ended(stream_id) for stream_id in ended if stream_id in self._last_seen),
        ]
        never_seen = [
            _last_seen_at(failed, partition_of[failed.stream_id], now_ns, ecg_ns=0)
            for failed in self._failed_before_first_status(outputs)
        ]
        statuses = [
            with_age(status, now_ns, arrived_ns.get(status.stream_id, now_ns), self._delayed_after_s)
            for status in newest
        ]
        live = [out for out in outputs if isinstance(out, Strip | Beat) and out.stream_id in self._watched]
        windows = [out for out in outputs if isinstance(out, Window)]
        if statuses or live or last_seen or windows:
            await self._live.write(statuses, live, now_ns / 1e9, last_seen, windows)
        if never_seen:
            await self._live.write_never_seen(never_seen)

    def _failed_before_first_status(self, outputs: Iterable[WardOutput]) -> list[MonitorFailed]:
        """The monitors that failed before their first status: screens must show their beds as well."""
        return [one for one in outputs if isinstance(one, MonitorFailed) and one.stream_id not in self._last_seen]

    def _update_last_seen(self, status: Status, partition: int, now_ns: int) -> LastSeen:
        known = self._last_seen.get(status.stream_id)
        earlier_ns = known.ecg_ns if known else 0
        last_seen = _last_seen_at(status, partition, now_ns, earlier_ns if status.state == "no_signal" else now_ns)
        self._last_seen[status.stream_id] = last_seen
        return last_seen

    def _mark_ended(self, stream_id: str) -> LastSeen:
        self._last_seen[stream_id] = msgspec.structs.replace(self._last_seen[stream_id], final=True)
        return self._last_seen[stream_id]


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


def with_age(status: Status, now_ns: int, arrived_ns: int, delayed_after_s: float) -> Status:
    """The status with its age in ``lag_s``; if it is older than ``delayed_after_s``, delayed and without heart rate.

    ``arrived_ns`` is when the stream's newest record arrived in Kafka. The ECG is at least as old as that: the clock of
    a device may be ahead.
    """
    lag_s = max(0, now_ns - min(status.acquired_ns, arrived_ns)) / 1e9
    if lag_s <= delayed_after_s:
        return msgspec.structs.replace(status, lag_s=lag_s)
    return msgspec.structs.replace(status, lag_s=lag_s, state="delayed", hr_bpm=None)


def newest_statuses(outputs: Iterable[WardOutput]) -> list[Status]:
    """The last status of each stream: after a pause a batch holds many seconds of one patient."""
    newest = {output.stream_id: output for output in outputs if isinstance(output, Status)}
    return list(newest.values())

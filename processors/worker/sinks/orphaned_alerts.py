"""Ends the open alerts of a monitor that is gone, unless the next monitor raises them again.

A monitor starts from the beginning if the one before it has failed, or if no snapshot is left for a takeover (ADR 020).
The new monitor raises an alert again if its condition lasts, once it has learned the patient. The worker ends all other
open alerts after ``GRACE_S``; without that they would stay open for ever. Until then they stay unchanged.
"""

from collections.abc import Collection, Iterable

import msgspec

from processors.ward.failures import MonitorFailed
from processors.ward.ward import WardOutput
from wardbeat.contracts.messages import Alert, Status
from wardbeat.store.alert_store import AlertStore

GRACE_S = 60.0
"""Twice the time that a monitor learns, so that it has seen a whole episode after that."""
NOT_FROM_MONITORS = ("no_data", "escalation_failed")
"""Alerts that no monitor raises: the worker and the escalation raise and end them."""


class _Waiting(msgspec.Struct):
    """Alerts by id that the new monitor has not raised again, and its first status."""

    first_status: Status
    alerts: dict[str, Alert]


class OrphanedAlerts:
    """The open alerts that a worker found when the monitors of streams started, or after they had failed."""

    def __init__(self, store: AlertStore) -> None:
        self._store = store
        self._by_stream: dict[str, _Waiting | None] = {}
        """None: the stream's monitor knows all of its open alerts."""

    async def update(self, outputs: Collection[WardOutput], ended: Collection[str] = ()) -> None:
        """Find the open alerts of streams with a new monitor, and end those that it has not raised again in time.

        Call it after the alerts among ``outputs`` are stored. ``ended`` are the streams that have ended.

        Raises
        ------
        RedisError
            If Redis is away. The call may be repeated.
        """
        statuses = {output.stream_id: output for output in outputs if isinstance(output, Status)}
        for output in outputs:
            if isinstance(output, MonitorFailed):
                self.remove_stream(output.stream_id)
        for stream_id, status in statuses.items():
            if stream_id not in self._by_stream:
                self._by_stream[stream_id] = await self._find(status)
        for alert in _alerts_of_running_monitors(outputs):
            if waiting := self._by_stream.get(alert.stream_id):
                waiting.alerts.pop(alert.alert_id, None)
        for stream_id, waiting in self._by_stream.items():
            if waiting and (stream_id in ended or _is_over(waiting.first_status, statuses.get(stream_id))):
                await self._end(waiting.alerts.values())
                self._by_stream[stream_id] = None

    @property
    def waiting(self) -> set[str]:
        """The ids of the alerts that a new monitor has not raised again yet."""
        return {alert_id for one in self._by_stream.values() if one for alert_id in one.alerts}

    def skip(self, stream_ids: Iterable[str]) -> None:
        """Wait for no alert of these streams: their monitors were restored and know their open alerts."""
        self._by_stream |= dict.fromkeys(stream_ids)

    def remove_stream(self, stream_id: str) -> None:
        """The stream's monitor is gone, or the stream is no longer this worker's."""
        self._by_stream.pop(stream_id, None)

    async def _find(self, status: Status) -> _Waiting | None:
        alerts = [record.alert for record in await self._store.open_of(status.stream_id)]
        lasting = {a.alert_id: a for a in alerts if a.ended_sample is None and a.code not in NOT_FROM_MONITORS}
        return _Waiting(status, lasting) if lasting else None

    async def _end(self, alerts: Iterable[Alert]) -> None:
        for alert in alerts:
            await self._store.take(msgspec.structs.replace(alert, ended_sample=alert.raised_sample))


def _alerts_of_running_monitors(outputs: Iterable[WardOutput]) -> list[Alert]:
    """The alerts, without those of monitors that failed afterwards."""
    of_stream: dict[str, list[Alert]] = {}
    for output in outputs:
        if isinstance(output, MonitorFailed):
            of_stream.pop(output.stream_id, None)
        elif isinstance(output, Alert):
            of_stream.setdefault(output.stream_id, []).append(output)
    return [alert for alerts in of_stream.values() for alert in alerts]


def _is_over(first: Status, now: Status | None) -> bool:
    """Whether a new monitor has run for ``GRACE_S``, or another session has started."""
    if now is None:
        return False
    return now.session_id != first.session_id or now.sample - first.sample >= GRACE_S * now.fs

"""Open alerts of a monitor that is no more: nobody else would note their end, and they would sound for ever.

A monitor begins anew where another failed, or where no snapshot is left that a takeover could go on from (ADR 020).
Whatever still holds, the new one says by itself once it has learned the patient. What it has not said by then has
ended; until then the alert stays as it was.
"""

from collections.abc import Collection, Iterable

import msgspec

from processors.ward.failures import MonitorFailed
from processors.ward.ward import WardOutput
from wardbeat.contracts.messages import Alert, Status
from wardbeat.store.alert_store import AlertStore

GRACE_S = 60.0
"""Twice the time for which a monitor learns, so that it has seen a whole episode after that."""
OF_HOSTS = ("no_data", "escalation_failed")
"""Alerts that no monitor raised: who did, ends them."""


class _Orphaned(msgspec.Struct):
    """Alerts by id that wait for the new monitor's word, and its first status."""

    since: Status
    alerts: dict[str, Alert]


class OrphanedAlerts:
    """The open alerts that a worker found when the monitors of streams began, or when they had failed."""

    def __init__(self, store: AlertStore) -> None:
        self._store = store
        self._orphaned: dict[str, _Orphaned | None] = {}

    async def see(self, outputs: Collection[WardOutput], final: Collection[str] = ()) -> None:
        """Look for orphans of streams with a new monitor, and end those that nothing was said of in time.

        ``outputs`` are stored already, ``final`` are the streams that have ended.
        """
        statuses = {output.stream_id: output for output in outputs if isinstance(output, Status)}
        for output in outputs:
            if isinstance(output, MonitorFailed):
                self.forget(output.stream_id)
        for stream_id, status in statuses.items():
            if stream_id not in self._orphaned:
                self._orphaned[stream_id] = await self._find(status)
        for alert in _reported_by_running_monitors(outputs):
            if orphaned := self._orphaned.get(alert.stream_id):
                orphaned.alerts.pop(alert.alert_id, None)
        for stream_id, orphaned in self._orphaned.items():
            if orphaned and (stream_id in final or _is_over(orphaned.since, statuses.get(stream_id))):
                await self._end(orphaned.alerts.values())
                self._orphaned[stream_id] = None

    def go_on(self, stream_ids: Iterable[str]) -> None:
        """The monitors of these streams go on from snapshots and know their alerts."""
        self._orphaned |= dict.fromkeys(stream_ids)

    def forget(self, stream_id: str) -> None:
        """The stream's monitor is no more, or another worker's."""
        self._orphaned.pop(stream_id, None)

    async def _find(self, status: Status) -> _Orphaned | None:
        alerts = [record.alert for record in await self._store.open_of(status.stream_id)]
        lasting = {a.alert_id: a for a in alerts if a.ended_sample is None and a.code not in OF_HOSTS}
        return _Orphaned(status, lasting) if lasting else None

    async def _end(self, alerts: Iterable[Alert]) -> None:
        for alert in alerts:
            await self._store.take(msgspec.structs.replace(alert, ended_sample=alert.raised_sample))


def _reported_by_running_monitors(outputs: Iterable[WardOutput]) -> list[Alert]:
    """The alerts but for those of monitors that failed afterwards."""
    reported: dict[str, list[Alert]] = {}
    for output in outputs:
        if isinstance(output, MonitorFailed):
            reported.pop(output.stream_id, None)
        elif isinstance(output, Alert):
            reported.setdefault(output.stream_id, []).append(output)
    return [alert for alerts in reported.values() for alert in alerts]


def _is_over(since: Status, now: Status | None) -> bool:
    """Whether a new monitor has had its time, or its session is another one."""
    if now is None:
        return False
    return now.session_id != since.session_id or now.sample - since.sample >= GRACE_S * now.fs

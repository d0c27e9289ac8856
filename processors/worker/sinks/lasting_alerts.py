"""The open alerts of this worker's streams, to raise them again if Redis loses them.

A monitor sends an alert when it begins, and not again while its condition lasts. So if Redis is emptied or restored
from an old file, only the worker still has the alert. The worker then stores it again, with the same id and onset, and
ends the alerts of the old file whose conditions have ended since.
"""

from collections.abc import Collection, Iterable

import msgspec

from processors.ward.ward import WardOutput
from wardbeat.contracts.messages import Alert, Status
from wardbeat.store.alert_store import AlertStore


class LastingAlerts:
    """The alerts that have not ended, by stream and id, as the monitors last sent them."""

    def __init__(self, store: AlertStore) -> None:
        self._store = store
        self._by_stream: dict[str, dict[str, Alert]] = {}

    def note(self, outputs: Iterable[WardOutput]) -> None:
        """Follow the streams and alerts among the outputs of the ward."""
        for output in outputs:
            if isinstance(output, Status):
                self._by_stream.setdefault(output.stream_id, {})
            elif isinstance(output, Alert):
                of_stream = self._by_stream.setdefault(output.stream_id, {})
                if output.ended_sample is None:
                    of_stream[output.alert_id] = output
                else:
                    of_stream.pop(output.alert_id, None)

    async def read(self, stream_ids: Collection[str]) -> None:
        """Take over the open alerts of streams whose monitors were restored.

        Raises
        ------
        RedisError
            If Redis is away.
        """
        self.note([record.alert for record in await self._store.open_alerts() if record.alert.stream_id in stream_ids])

    def remove_stream(self, stream_id: str) -> None:
        """The stream is no longer this worker's."""
        self._by_stream.pop(stream_id, None)

    async def raise_again(self, waiting: Collection[str]) -> int:
        """Store all of them again, and end the others of these streams that Redis has open; how many were raised.

        ``waiting`` are the ids of alerts that a new monitor may still raise again: they stay open. The call may be
        repeated.

        Raises
        ------
        RedisError
            If Redis is away.
        """
        raised = 0
        for stream_id, alerts in self._by_stream.items():
            for alert in alerts.values():
                raised += await self._store.take(alert)
            for record in await self._store.open_of(stream_id):
                alert = record.alert
                if alert.ended_sample is None and alert.alert_id not in {*alerts, *waiting} and _is_ours(alert):
                    await self._store.take(msgspec.structs.replace(alert, ended_sample=alert.raised_sample))
        return raised


def _is_ours(alert: Alert) -> bool:
    """Whether a worker raises such an alert; the escalator raises the others."""
    return alert.code != "escalation_failed"

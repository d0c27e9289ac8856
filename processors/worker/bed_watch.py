"""The beds of a worker's patients besides their signal: settings, standby, silence.

Once a second the worker reads from Redis what staff have changed. While Redis is away, it uses the last state it read.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from processors.ward.failures import Failures
from processors.ward.ward import WardOutput
from processors.worker.silence import NO_DATA_AFTER_S, Silences
from wardbeat.care import admissions
from wardbeat.care.admissions import Bed, PatientSettings
from wardbeat.care.ward_defaults import WardDefaults, settings_by_stream
from wardbeat.clock import unix_ns
from wardbeat.contracts.messages import Alert, Status
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.beds.admission_store import AdmissionStore
from wardbeat.store.live_store import LastSeen, LiveStore

RESTORED_BEFORE_S = 60.0
"""Longer than a worker takes from the restored snapshots to its first look at the removed beds."""
SETTLES_S = 5.0
"""ECG that comes or goes for less than 5 s neither ends nor begins an absence (our choice): a contact may be loose."""
_NS_PER_S = 1_000_000_000


class _Ecg(NamedTuple):
    """Whether a stream has usable ECG, and since when."""

    usable: bool
    since_ns: int


class BedWatch:
    """The beds of a worker's patients.

    Parameters
    ----------
    admissions : AdmissionStore
    live : LiveStore
    alerts : AlertStore
    clock_ns : callable
        Unix time in nanoseconds.
    """

    def __init__(
        self,
        admissions: AdmissionStore,
        live: LiveStore,
        alerts: AlertStore,
        clock_ns: Callable[[], int] = unix_ns,
    ) -> None:
        self._admissions = admissions
        self._live = live
        self._alerts = alerts
        self._clock_ns = clock_ns
        self._beds: Mapping[str, Bed] = {}
        self._defaults = WardDefaults()
        self._version = -1
        self._ecg: dict[str, _Ecg] = {}
        self._silences: Silences | None = None
        self._failures = Failures()
        self._owned_since_ns: dict[int, int] = {}
        self._removed_ns: dict[str, int] = {}

    @property
    def is_loaded(self) -> bool:
        """Whether the beds were read at least once. No monitor may start before that."""
        return self._version >= 0

    def set_partitions(self, partitions: Iterable[int]) -> None:
        """Own these partitions from now on; the next :meth:`update_alerts` reads their open alerts again."""
        now_ns = self._clock_ns()
        self._owned_since_ns = {partition: self._owned_since_ns.get(partition, now_ns) for partition in partitions}
        self._silences = None
        self._ecg.clear()

    async def read_settings(self) -> dict[str, PatientSettings] | None:
        """The settings of all beds by stream, and of every other bed; None if nothing has changed since the last call.

        Raises
        ------
        RedisError
            If Redis is away.
        """
        version = await self._admissions.version()  # before the beds: a change in between is then read again
        if version <= self._version:
            return None  # a lower one: Redis has lost the beds, and :meth:`put_back` is next
        self._beds = await self._admissions.beds()
        self._defaults = await self._admissions.defaults.read()
        self._version = version
        return settings_by_stream(self._beds, self._defaults)

    async def put_back(self) -> None:
        """Write all beds and the ward's defaults again, because Redis has lost them.

        Raises
        ------
        RedisError
            If Redis is away. The call may be repeated.
        """
        await self._admissions.defaults.put_back(self._defaults)
        await self._admissions.put_back(self._beds.values(), self._version)

    async def newly_removed(self) -> list[str]:
        """The beds that staff have removed since the last call that returned them.

        A worker that takes a partition over may have restored a monitor from before the removal, so its first call
        returns all removals of the last minute.

        Raises
        ------
        RedisError
            If Redis is away.
        """
        removed = await self._admissions.removed_ns()
        recent_ns = self._clock_ns() - RESTORED_BEFORE_S * _NS_PER_S
        new = [name for name, at_ns in removed.items() if at_ns > self._removed_ns.get(name, recent_ns)]
        self._removed_ns = removed
        return new

    def add_outputs(self, outputs: Iterable[WardOutput], ended: Iterable[str] = ()) -> None:
        """Keep which streams have ECG, which monitors have failed, and which streams have ended."""
        now_ns = self._clock_ns()
        outputs = list(outputs)
        for output in outputs:
            if isinstance(output, Status):
                self._set_ecg(output.stream_id, usable=output.state != "no_signal", at_ns=now_ns)
        self._failures.note(outputs, now_ns)
        self._failures.end(ended)

    def remove_stream(self, stream_id: str) -> None:
        """Drop the state of a stream that is no longer this worker's."""
        self._failures.forget(stream_id)
        self._ecg.pop(stream_id, None)

    async def update_alerts(self, is_caught_up: Callable[[int], bool]) -> list[Alert]:
        """Follow the standbys; the ``no_data`` alerts that begin, rise or end now.

        ``is_caught_up`` tells for a partition whether no record waits in it.

        Raises
        ------
        RedisError
            If Redis is away.
        """
        now_ns = self._clock_ns()
        silent = [
            last_seen
            for last_seen in await self._live.silent(now_ns / 1e9 - NO_DATA_AFTER_S)
            if self._is_owned(last_seen)
        ]
        for last_seen in silent:
            self._set_ecg(last_seen.stream_id, usable=False, at_ns=last_seen.last_seen_ns)
        await self._follow_standbys(now_ns)
        if self._silences is None:
            self._silences = await self._open_silences()

        def may_raise(last_seen: LastSeen) -> bool:
            owned_s = (now_ns - self._owned_since_ns[last_seen.partition]) / _NS_PER_S
            return owned_s >= NO_DATA_AFTER_S and is_caught_up(last_seen.partition)

        lasting = self._failures.lasting
        return self._silences.update(silent, self._beds, now_ns, may_raise=may_raise, failures=lasting)

    async def _follow_standbys(self, now_ns: int) -> None:
        for stream_id, ecg in self._ecg.items():
            bed = self._beds.get(stream_id)
            if bed is None or now_ns - ecg.since_ns < SETTLES_S * _NS_PER_S:
                continue
            if admissions.see_ecg(bed, usable=ecg.usable, now_ns=now_ns) is not bed:
                await self._admissions.see_ecg(stream_id, usable=ecg.usable)

    async def _open_silences(self) -> Silences:
        """The open ``no_data`` alerts in this worker's partitions, also those that other workers have raised."""
        alerts = [record.alert for record in await self._alerts.open_alerts() if record.alert.code == "no_data"]
        streams = await self._live.last_seen([alert.stream_id for alert in alerts])
        owned = {last_seen.stream_id for last_seen in streams if self._is_owned(last_seen)}
        silences = Silences()
        silences.open = {alert.stream_id: alert for alert in alerts if alert.stream_id in owned}
        return silences

    def _set_ecg(self, stream_id: str, *, usable: bool, at_ns: int) -> None:
        known = self._ecg.get(stream_id)
        if known is None or known.usable != usable:
            self._ecg[stream_id] = _Ecg(usable, at_ns)

    def _is_owned(self, last_seen: LastSeen) -> bool:
        return last_seen.partition in self._owned_since_ns

"""What a worker knows of its beds besides their signal: who lies there, who is away, who has fallen silent.

Once a second it asks Redis what staff have changed. While Redis is away, what was known last goes on.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from processors.ward.failures import Failures
from processors.ward.ward import WardOutput
from processors.worker.silence import NO_DATA_AFTER_S, Silences
from wardbeat.care import admissions
from wardbeat.care.admissions import Bed, PatientSettings
from wardbeat.clock import unix_ns
from wardbeat.contracts.messages import Alert, Status
from wardbeat.store.admission_store import AdmissionStore
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.live_store import LastSeen, LiveStore

SETTLES_S = 5.0
"""A contact that is loose for a moment neither begins nor ends an absence (our choice)."""
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
        self._version = -1
        self._ecg: dict[str, _Ecg] = {}
        self._silences: Silences | None = None
        self._failures = Failures()
        self._owned: dict[int, int] = {}

    @property
    def known(self) -> bool:
        """Whether the beds were ever read: before that no monitor may begin."""
        return self._version >= 0

    def own(self, partitions: Iterable[int]) -> None:
        """These partitions are ours from now on; what was open of others' is read anew."""
        now_ns = self._clock_ns()
        self._owned = {partition: self._owned.get(partition, now_ns) for partition in partitions}
        self._silences = None
        self._ecg.clear()

    async def read(self) -> dict[str, PatientSettings] | None:
        """What all monitors are to be told, if any bed has changed.

        Raises
        ------
        RedisError
            If Redis is away.
        """
        version = await self._admissions.version()  # first: what changes meanwhile is read again
        if version == self._version:
            return None
        self._beds = await self._admissions.beds()
        self._version = version
        return {stream_id: admissions.settings_of(bed) for stream_id, bed in self._beds.items()}

    def note(self, outputs: Iterable[WardOutput], final: Iterable[str] = ()) -> None:
        """Note which streams have ECG, which monitors failed, and which streams are over (``final``)."""
        now_ns = self._clock_ns()
        outputs = list(outputs)
        for output in outputs:
            if isinstance(output, Status):
                self._note(output.stream_id, usable=output.state != "no_signal", at_ns=now_ns)
        self._failures.note(outputs, now_ns)
        self._failures.end(final)

    def forget(self, stream_id: str) -> None:
        """The stream is another worker's now."""
        self._failures.forget(stream_id)

    async def look(self, caught_up: Callable[[int], bool]) -> list[Alert]:
        """Follow the standbys, and say which silences and failures begin, rise and end.

        ``caught_up`` is asked by partition.

        Raises
        ------
        RedisError
            If Redis is away.
        """
        now_ns = self._clock_ns()
        silent = [
            last_seen
            for last_seen in await self._live.silent(now_ns / 1e9 - NO_DATA_AFTER_S)
            if self._is_ours(last_seen)
        ]
        for last_seen in silent:
            self._note(last_seen.stream_id, usable=False, at_ns=last_seen.last_seen_ns)
        await self._follow_standbys(now_ns)
        if self._silences is None:
            self._silences = await self._open_silences()

        def may_raise(last_seen: LastSeen) -> bool:
            owned_s = (now_ns - self._owned[last_seen.partition]) / _NS_PER_S
            return owned_s >= NO_DATA_AFTER_S and caught_up(last_seen.partition)

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
        """The alerts on silence that are open in our partitions, whoever raised them."""
        alerts = [record.alert for record in await self._alerts.open_alerts() if record.alert.code == "no_data"]
        streams = await self._live.last_seen([alert.stream_id for alert in alerts])
        ours = {last_seen.stream_id for last_seen in streams if self._is_ours(last_seen)}
        silences = Silences()
        silences.open = {alert.stream_id: alert for alert in alerts if alert.stream_id in ours}
        return silences

    def _note(self, stream_id: str, *, usable: bool, at_ns: int) -> None:
        known = self._ecg.get(stream_id)
        if known is None or known.usable != usable:
            self._ecg[stream_id] = _Ecg(usable, at_ns)

    def _is_ours(self, last_seen: LastSeen) -> bool:
        return last_seen.partition in self._owned

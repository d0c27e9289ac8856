"""Beds in Redis: the pure rules of :mod:`wardbeat.care.admissions`, applied by compare-and-set.

Workers and staff may change a bed at the same time; no change is lost (:mod:`wardbeat.store.compare_and_set`). A
transfer changes both beds or none. The script that writes a change also writes its line in the audit.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from functools import partial
from typing import cast

import msgspec
from redis.asyncio import Redis

from wardbeat.care import admissions, alert_off
from wardbeat.care.admissions import Admission, Bed, PatientSettings, SettingsApplied
from wardbeat.care.alert_lifecycle import AlertRecord
from wardbeat.care.audit import MONITOR, AuditEntry
from wardbeat.clock import unix_ns
from wardbeat.store import audit_log, redis_keys
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.beds.audio_pause_store import AudioPauseStore
from wardbeat.store.beds.bed_changes import BedAct, BedChanges
from wardbeat.store.beds.bed_names import BedNames
from wardbeat.store.beds.ward_defaults_store import WardDefaultsStore

# KEYS: the settings applied to the session, then those of the audit. ARGV: sample, body, life time in s, then those of
# the audit. After a crash a worker sends the same settings again: then nothing is written.
_APPLY = f"""{audit_log.LUA}
if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
audit(2, 4)
return 1
"""

_encode = msgspec.json.Encoder().encode
_decode_admission = msgspec.json.Decoder(Admission).decode
_decode_applied = msgspec.json.Decoder(SettingsApplied).decode


class AdmissionStore:
    """Beds as staff and workers see them.

    Parameters
    ----------
    redis : redis.asyncio.Redis
        Other objects may share it; its owner closes it.
    clock_ns : callable
        Unix time in nanoseconds.
    """

    def __init__(self, redis: Redis, clock_ns: Callable[[], int] = unix_ns) -> None:
        self._redis = redis
        self._clock_ns = clock_ns
        self._alerts = AlertStore(redis, clock_ns)
        self._pauses = AudioPauseStore(redis, clock_ns)
        self._names = BedNames(redis)
        self._changes = BedChanges(redis, clock_ns)
        self.defaults = WardDefaultsStore(redis, clock_ns)
        """The limits of every bed that has none of its own."""
        self._apply = redis.register_script(_APPLY)

    def now_ns(self) -> int:
        """Unix time in ns by the store's clock, which decides when a standby ends."""
        return self._clock_ns()

    async def version(self) -> int:
        """A number that changes as soon as any bed changes."""
        return int(await self._redis.get(redis_keys.BEDS_VERSION) or 0)

    async def beds(self) -> dict[str, Bed]:
        """All beds that were ever changed, by stream; any other bed equals a new ``Bed``."""
        return await self._changes.all()

    async def removed_ns(self) -> dict[str, int]:
        """The beds that staff removed in the last day, each with the Unix ns of its last removal."""
        marks = await cast("Awaitable[dict[bytes, bytes]]", self._redis.hgetall(redis_keys.BEDS_REMOVED))
        return {name.decode(): int(at_ns) for name, at_ns in marks.items()}

    async def bed(self, stream_id: str) -> Bed:
        """A bed; a new ``Bed`` if it was never changed."""
        return await self._changes.bed(stream_id)

    async def admission(self, admission_id: str) -> Admission | None:
        """An admission, including one that has ended; None if its data has expired."""
        body = await self._redis.get(redis_keys.admission(admission_id))
        return None if body is None else _decode_admission(body)

    async def alerts(self, admission: Admission, limit: int = 100) -> list[AlertRecord]:
        """The alerts of a patient in all beds of the admission, newest first, without those of other patients."""
        beds = dict.fromkeys(stay.stream_id for stay in admission.stays)

        def is_own(record: AlertRecord) -> bool:
            return record.alert.admission_id == admission.admission_id

        own = [record for stream_id in beds for record in await self._alerts.history(stream_id, limit, is_own)]
        return sorted(own, key=lambda record: record.raised_ns, reverse=True)[:limit]

    async def admit(self, stream_id: str, settings: PatientSettings, by: str) -> Bed:
        """Admit a patient to a bed.

        Raises
        ------
        AdmissionError
            If the bed is occupied, a limit is out of its range, or no data of the stream was ever received.
        """
        await self._names.check_device(stream_id)

        def rule(beds: Sequence[Bed], now_ns: int) -> BedAct:
            bed = admissions.admit(beds[0], settings, by, now_ns)
            return BedAct([bed], bed.admission, "admitted", by, _words(settings))

        return (await self._changes.change([stream_id], rule))[0]

    async def transfer(self, stream_id: str, target_id: str, by: str) -> Bed:
        """Move a patient to another bed, and return that bed. Alerts at the former bed are closed.

        Raises
        ------
        AdmissionError
            If no patient is admitted, the target is not free, or no data of its stream was ever received.
        """
        await self._names.check_device(target_id)

        def rule(beds: Sequence[Bed], now_ns: int) -> BedAct:
            changed = admissions.transfer(beds[0], beds[1], by, now_ns)
            return BedAct(changed, changed[1].admission, "transferred", by, f"{stream_id} to {target_id}")

        bed = (await self._changes.change([stream_id, target_id], rule))[1]
        await self._leave(stream_id, by)
        return bed

    async def discharge(self, stream_id: str, by: str) -> Admission:
        """Discharge a patient, close the alerts, and return the admission that has ended.

        Raises
        ------
        AdmissionError
            If no patient is admitted.
        """
        ended: list[Admission] = []

        def rule(beds: Sequence[Bed], now_ns: int) -> BedAct:
            bed, admission = admissions.discharge(beds[0], by, now_ns)
            ended[:] = [admission]
            return BedAct([bed], admission, "discharged", by)

        await self._changes.change([stream_id], rule)
        await self._leave(stream_id, by)
        return ended[0]

    async def set_limits(self, stream_id: str, by: str, ward: Collection[str] = (), /, **limits: float) -> Bed:
        """Change some of a patient's limits; those named in ``ward`` are the ward's again.

        Raises
        ------
        AdmissionError
            If no patient is admitted, or a limit is unknown or out of its range.
        """

        def change(settings: PatientSettings, _now_ns: int) -> PatientSettings:
            return admissions.with_own_limits(admissions.with_ward_limits(settings, ward), limits)

        return await self._change_settings(stream_id, "limits", by, change)

    async def set_category(
        self, stream_id: str, by: str, *, paced: bool | None = None, known_af: bool | None = None
    ) -> Bed:
        """Set whether a patient is paced or has known atrial fibrillation; None changes nothing.

        Raises
        ------
        AdmissionError
            If no patient is admitted.
        """
        known = {name: value for name, value in (("paced", paced), ("known_af", known_af)) if value is not None}
        return await self._change_settings(
            stream_id, "category", by, lambda settings, _now_ns: msgspec.structs.replace(settings, **known)
        )

    async def switch_off(self, stream_id: str, code: str, reason: str, by: str) -> Bed:
        """Switch an alert code off for a patient.

        Raises
        ------
        AlertActionError
            If the code can't be switched off, or the reason is empty or too long.
        AdmissionError
            If no patient is admitted.
        """

        def change(settings: PatientSettings, now_ns: int) -> PatientSettings:
            off = alert_off.switch_off(settings.off, code, reason, by, now_ns)
            return msgspec.structs.replace(settings, off=off)

        return await self._change_settings(stream_id, "switched off", by, change, f"{code}: {reason.strip()}")

    async def switch_on(self, stream_id: str, code: str, by: str) -> Bed:
        """Switch an alert code on again; this changes nothing if it is on.

        Raises
        ------
        AdmissionError
            If no patient is admitted.
        """

        def change(settings: PatientSettings, _now_ns: int) -> PatientSettings:
            return msgspec.structs.replace(settings, off=alert_off.switch_on(settings.off, code))

        return await self._change_settings(stream_id, "switched on", by, change, code)

    async def relearn(self, stream_id: str, by: str) -> Bed:
        """Let the monitor learn the patient again from the next sample on: the electrodes are at other places.

        Raises
        ------
        AdmissionError
            If no patient is admitted.
        """

        def change(settings: PatientSettings, _now_ns: int) -> PatientSettings:
            return msgspec.structs.replace(settings, relearned=settings.relearned + 1)

        return await self._change_settings(stream_id, "learn again", by, change, "")

    async def begin_standby(self, stream_id: str, seconds: float, by: str) -> Bed:
        """Note that the patient is away for at most ``seconds``.

        Raises
        ------
        AdmissionError
            If the time is too short or too long.
        """

        def rule(beds: Sequence[Bed], now_ns: int) -> BedAct:
            bed = admissions.begin_standby(beds[0], seconds, by, now_ns)
            return BedAct([bed], bed.admission, "standby", by, f"{seconds / 60:g} min")

        return (await self._changes.change([stream_id], rule))[0]

    async def end_standby(self, stream_id: str, by: str) -> Bed:
        """End the standby of a bed; this changes nothing if the bed is not on standby."""

        def rule(beds: Sequence[Bed], now_ns: int) -> BedAct:
            bed = admissions.end_standby(beds[0], now_ns)
            return BedAct([bed], bed.admission, "standby over", by)

        return (await self._changes.change([stream_id], rule))[0]

    async def see_ecg(self, stream_id: str, *, usable: bool) -> Bed:
        """Note whether a bed on standby has ECG: ECG that comes back ends the standby."""

        def rule(beds: Sequence[Bed], now_ns: int) -> BedAct:
            bed = admissions.see_ecg(beds[0], usable=usable, now_ns=now_ns)
            act, detail = ("standby over", "ECG is back") if usable else ("standby", "ECG is gone")
            return BedAct([bed], bed.admission, act, MONITOR, detail)

        return (await self._changes.change([stream_id], rule))[0]

    async def put_back(self, beds: Iterable[Bed], version: int) -> None:
        """Store beds again after Redis has lost its history, each unless Redis has a newer one.

        ``version`` is the last known :meth:`version`; afterwards it is a higher one.

        Raises
        ------
        RedisError
            If Redis is away.
        """
        for bed in beds:
            await self._changes.change([bed.stream_id], partial(_put_back, bed))
        if await self.version() <= version:
            await self._redis.set(redis_keys.BEDS_VERSION, version + 1)

    async def note_applied(self, applied: SettingsApplied) -> None:
        """Store from which sample on a monitor applies which settings; repeated settings change nothing.

        A monitor may have raised alerts for the former patient until it applied the change; they are closed.
        """
        at_ns, admission_id = self._clock_ns(), applied.settings.admission_id
        entry = AuditEntry(
            at_ns,
            applied.stream_id,
            admission_id or applied.stream_id,
            "settings in force",
            MONITOR,
            detail=f"from {applied.sample / applied.fs:.2f} s of session {applied.session_id}",
        )
        await self._apply(
            keys=[redis_keys.applied(applied.session_id), *audit_log.keys_of(applied.stream_id)],
            args=[applied.sample, _encode(applied), redis_keys.ALERT_TTL_S, *audit_log.args_of([entry])],
        )
        await self._close_alerts(applied.stream_id, admission_id, MONITOR)

    async def applied(self, session_id: str) -> list[SettingsApplied]:
        """The settings that a monitor applied to a session, in the order of its samples."""
        bodies = await self._redis.hvals(redis_keys.applied(session_id))
        return sorted(map(_decode_applied, bodies), key=lambda applied: applied.sample)

    async def _leave(self, stream_id: str, by: str) -> None:
        """Close the alerts of the patient who leaves and switch the sound on: the next patient gets neither."""
        await self._close_alerts(stream_id, None, by)
        await self._pauses.resume(stream_id, by)

    async def _close_alerts(self, stream_id: str, admission_id: str | None, by: str) -> None:
        """Close the alerts in a bed that belong to another admission than this one."""
        for record in await self._alerts.open_of(stream_id):
            if record.alert.admission_id != admission_id:
                await self._alerts.close(record.alert.alert_id, by)

    async def _change_settings(
        self,
        stream_id: str,
        act: str,
        by: str,
        change: Callable[[PatientSettings, int], PatientSettings],
        detail: str | None = None,
    ) -> Bed:
        def rule(beds: Sequence[Bed], now_ns: int) -> BedAct:
            settings = change(admissions.settings_of(beds[0]), now_ns)
            bed = admissions.change_settings(beds[0], settings, by, now_ns)
            return BedAct([bed], bed.admission, act, by, _words(settings) if detail is None else detail)

        return (await self._changes.change([stream_id], rule))[0]


def _put_back(bed: Bed, stored: Sequence[Bed], _now_ns: int) -> BedAct:
    """The act that replaces a stored bed by a newer one."""
    newest = bed if stored[0].version < bed.version else stored[0]
    return BedAct([newest], newest.admission, "put back", MONITOR)


def _words(settings: PatientSettings) -> str:
    """Settings as the audit writes them."""
    known: Iterable[str] = (name for name in ("paced", "known_af") if getattr(settings, name))
    own = admissions.RANGES if settings.own_limits is None else settings.own_limits
    limits = [f"{name} {getattr(settings.limits, name):g}" for name in own]
    return ", ".join([*(limits or ["ward_limits"]), *known])

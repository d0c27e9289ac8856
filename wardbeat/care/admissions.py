"""Beds and who lies in them: pure rules of admission, transfer, discharge, standby and limits. No Redis, no clock.

An *admission* is one patient from admit to discharge. It owns whatever is the patient's: limits, category, alert-off,
what a monitor has learnt, history. So nothing of it can reach the next patient in the bed, who has another one. A bed
without an admission is monitored with the defaults.
"""

import uuid
from collections.abc import Mapping

import msgspec

from wardbeat.care.alert_off import AlertOff
from wardbeat.errors import AdmissionError

RANGES: dict[str, tuple[float, float]] = {
    "hr_low_bpm": (30, 100),
    "hr_high_bpm": (70, 200),
    "pause_s": (2.0, 3.5),
    "pvc_per_minute": (5, 99),
}
"""What a limit may be set to. Heart rate: the ends lie where the extremes begin, which nobody may widen (30 and 200);
LIFEPAK 15 allows 30 to 150 and 100 to 250. A pause is shorter than asystole (4 s), and the hysteresis of the PVC rate
leaves something below 5. Our choice."""
LEAST_BETWEEN_RATES_BPM = 20
"""Limits closer to each other than this sound all day (our choice)."""
LONGEST_STANDBY_S = 4 * 3600
"""Longer than any examination away from the bed takes; forgotten, it ends by itself (our choice)."""
VACATED_STANDBY_S = 10 * 60
"""After discharge or transfer the device is taken off, which is no failure (our choice)."""
STANDBY_SILENCES = frozenset({"no_data", "lead_off", "noisy_signal"})
"""What the absence of a patient looks like."""
_NS_PER_S = 1_000_000_000


class PatientLimits(msgspec.Struct, frozen=True):
    """The limits that staff may set for a patient; the defaults are everybody's."""

    hr_low_bpm: int = 50
    hr_high_bpm: int = 120
    pause_s: float = 3.0
    pvc_per_minute: int = 10


class PatientSettings(msgspec.Struct, frozen=True):
    """What a monitor is told of its patient. Without an ``admission_id`` nobody is admitted.

    ``paced`` is a note for whoever reads the ECG and changes no rule: a pacemaker's pulses are taken out of every
    signal, as one that nobody knows of must not hide an asystole either.
    """

    admission_id: str | None = None
    limits: PatientLimits = PatientLimits()
    paced: bool = False
    known_af: bool = False
    off: tuple[AlertOff, ...] = ()
    """The alert codes that staff have switched off."""


class SettingsApplied(msgspec.Struct, frozen=True):
    """From native sample ``sample`` on a session is watched by ``settings``: so a replay decides as the ward did.

    A monitor says so at the first sample of each session, and again at every change.
    """

    schema_version: int
    stream_id: str
    session_id: str
    sample: int
    fs: float
    settings: PatientSettings


class Stay(msgspec.Struct, frozen=True):
    """A patient in one bed, since when."""

    stream_id: str
    since_ns: int


class Admission(msgspec.Struct, frozen=True):
    """One patient, without a name, from admit to discharge; ``stays`` are the beds, the newest last."""

    admission_id: str
    admitted_ns: int
    admitted_by: str
    settings: PatientSettings
    settings_ns: int
    settings_by: str
    stays: tuple[Stay, ...]
    discharged_ns: int | None = None
    discharged_by: str | None = None


class Standby(msgspec.Struct, frozen=True):
    """The patient is away, until ``until_ns`` at the most; ``away`` once the ECG has really been gone."""

    since_ns: int
    until_ns: int
    by: str
    away: bool = False


class Bed(msgspec.Struct, frozen=True):
    """A bed, named by its stream. ``version`` grows with every change, from 0, which no store has seen."""

    stream_id: str
    version: int = 0
    admission: Admission | None = None
    standby: Standby | None = None


def settings_of(bed: Bed | None) -> PatientSettings:
    """What the monitor of a bed is to be told."""
    return bed.admission.settings if bed and bed.admission else PatientSettings()


def on_standby(bed: Bed | None, now_ns: int) -> bool:
    """Whether the patient is known to be away."""
    return bed is not None and bed.standby is not None and now_ns < bed.standby.until_ns


def silenced(bed: Bed | None, now_ns: int) -> frozenset[str]:
    """The alert codes that make no sound now, as the patient is away."""
    return STANDBY_SILENCES if on_standby(bed, now_ns) else frozenset()


def missed_since_ns(bed: Bed | None, silent_since_ns: int) -> int | None:
    """Since when somebody misses the ECG of a bed that is silent since ``silent_since_ns``; None if nobody does.

    A patient is missed from the admission on and when a standby is over; it may lie in the future. In a bed without a
    patient, silence that began while it was on standby is what was to be expected.
    """
    standby_ns = bed.standby.until_ns if bed and bed.standby else 0
    if bed is None or bed.admission is None:
        return None if silent_since_ns < standby_ns else silent_since_ns
    return max(silent_since_ns, standby_ns, bed.admission.stays[-1].since_ns)


def admit(bed: Bed, settings: PatientSettings, by: str, now_ns: int) -> Bed:
    """The bed with a new patient; ``settings`` are given an admission id of their own.

    Raises
    ------
    AdmissionError
        If somebody is in the bed, or a limit is out of its range.
    """
    if bed.admission is not None:
        raise AdmissionError(f"bed {bed.stream_id}: a patient is admitted already; discharge or transfer first")
    check_limits(settings.limits)
    admission_id = uuid.uuid4().hex
    admission = Admission(
        admission_id=admission_id,
        admitted_ns=now_ns,
        admitted_by=by,
        settings=msgspec.structs.replace(settings, admission_id=admission_id),
        settings_ns=now_ns,
        settings_by=by,
        stays=(Stay(bed.stream_id, now_ns),),
    )
    return _changed(bed, admission=admission, standby=None)


def discharge(bed: Bed, by: str, now_ns: int) -> tuple[Bed, Admission]:
    """The bed without its patient, and the admission that is over.

    Raises
    ------
    AdmissionError
        If nobody is admitted.
    """
    over = msgspec.structs.replace(_admitted(bed), discharged_ns=now_ns, discharged_by=by)
    return _vacated(bed, by, now_ns), over


def transfer(source: Bed, target: Bed, by: str, now_ns: int) -> tuple[Bed, Bed]:
    """Both beds after the patient has moved, with limits, category, history and a standby that is running.

    Raises
    ------
    AdmissionError
        If nobody is admitted, or the target is the same bed or not free.
    """
    admission = _admitted(source)
    if source.stream_id == target.stream_id:
        raise AdmissionError(f"bed {source.stream_id}: the patient is there already; name another bed")
    if target.admission is not None:
        raise AdmissionError(f"bed {target.stream_id}: a patient is admitted there; discharge or transfer first")
    moved = msgspec.structs.replace(admission, stays=(*admission.stays, Stay(target.stream_id, now_ns)))
    standby = source.standby if on_standby(source, now_ns) else None
    return _vacated(source, by, now_ns), _changed(target, admission=moved, standby=standby)


def change_settings(bed: Bed, settings: PatientSettings, by: str, now_ns: int) -> Bed:
    """The bed with other limits or another category for its patient; the same bed if nothing is changed.

    Raises
    ------
    AdmissionError
        If nobody is admitted, or a limit is out of its range.
    """
    admission = _admitted(bed)
    check_limits(settings.limits)
    settings = msgspec.structs.replace(settings, admission_id=admission.admission_id)
    if settings == admission.settings:
        return bed
    changed = msgspec.structs.replace(admission, settings=settings, settings_ns=now_ns, settings_by=by)
    return _changed(bed, admission=changed)


def begin_standby(bed: Bed, seconds: float, by: str, now_ns: int) -> Bed:
    """The bed on standby; one that runs is replaced.

    Raises
    ------
    AdmissionError
        If the time is none, or too long.
    """
    if not 0 < seconds <= LONGEST_STANDBY_S:
        raise AdmissionError(
            f"bed {bed.stream_id}: standby lasts up to {LONGEST_STANDBY_S // 60} min, {seconds / 60:g} min given;"
            " choose another time"
        )
    away = on_standby(bed, now_ns) and bed.standby is not None and bed.standby.away
    return _changed(bed, standby=Standby(now_ns, now_ns + round(seconds * _NS_PER_S), by, away))


def end_standby(bed: Bed, now_ns: int) -> Bed:
    """The bed as monitored again; the same bed if it is not on standby."""
    return _changed(bed, standby=None) if on_standby(bed, now_ns) else bed


def see_ecg(bed: Bed, *, usable: bool, now_ns: int) -> Bed:
    """The bed after a look at its ECG: a standby ends when ECG that was away has come back."""
    if bed.standby is None or not on_standby(bed, now_ns):
        return bed
    if usable:
        return _changed(bed, standby=None) if bed.standby.away else bed
    if bed.standby.away:
        return bed
    return _changed(bed, standby=msgspec.structs.replace(bed.standby, away=True))


def changed_limits(limits: PatientLimits, changes: Mapping[str, float]) -> PatientLimits:
    """The limits with some of them changed, by name.

    Raises
    ------
    AdmissionError
        If there is no such limit, or a rate is no whole number.
    """
    for name in changes:
        if name not in RANGES:
            raise AdmissionError(f"{name}: no limit of a patient's; choose of {', '.join(RANGES)}")
    try:
        return msgspec.convert({**msgspec.structs.asdict(limits), **changes}, PatientLimits)
    except msgspec.ValidationError as error:
        raise AdmissionError(f"limits: {error}; give whole numbers per minute") from error


def check_limits(limits: PatientLimits) -> None:
    """Raise an AdmissionError if a limit is out of its range, or the two rates are too close."""
    for name, (lowest, highest) in RANGES.items():
        value = getattr(limits, name)
        if not lowest <= value <= highest:
            raise AdmissionError(f"{name}: from {lowest:g} to {highest:g}, {value:g} given; choose another value")
    between = limits.hr_high_bpm - limits.hr_low_bpm
    if between < LEAST_BETWEEN_RATES_BPM:
        raise AdmissionError(
            f"hr_low_bpm and hr_high_bpm: at least {LEAST_BETWEEN_RATES_BPM}/min apart, {between} given; move one"
        )


def _admitted(bed: Bed) -> Admission:
    if bed.admission is None:
        raise AdmissionError(f"bed {bed.stream_id}: nobody is admitted; admit the patient first")
    return bed.admission


def _vacated(bed: Bed, by: str, now_ns: int) -> Bed:
    """The bed that a patient has left: its device may be taken off without an alert."""
    return _changed(bed, admission=None, standby=Standby(now_ns, now_ns + VACATED_STANDBY_S * _NS_PER_S, by))


def _changed(bed: Bed, **fields: object) -> Bed:
    return msgspec.structs.replace(bed, version=bed.version + 1, **fields)

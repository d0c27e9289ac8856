"""Beds and their patients: pure rules of admission, transfer, discharge, standby and limits.

An *admission* is one patient from admit to discharge. It owns the patient's limits, category, alert codes that are off,
history, and what a monitor has learnt. The next patient in the bed has another admission, so nothing of this reaches
that patient. A bed without an admission is monitored with the defaults of the ward, and so is every limit that is not
the patient's own (:mod:`wardbeat.care.ward_defaults`).
"""

import uuid
from collections.abc import Iterable, Mapping

import msgspec

from wardbeat.care.alert_off import AlertOff
from wardbeat.contracts.rules import Range
from wardbeat.errors import AdmissionError, InvalidValueError

RANGES = {
    "hr_low_bpm": Range(30, 100),
    "hr_high_bpm": Range(70, 200),
    "pause_s": Range(2, 3.5),
    "pvc_per_minute": Range(5, 99),
    "hr_low_delay_s": Range(1, 10),
    "hr_high_delay_s": Range(1, 10),
    "slight_excess_min": Range(1, 60),
}
"""The range of each limit (our choice). The heart rate limits end where the extreme rates begin (30 and 200), which no
one may change; LIFEPAK 15 allows 30 to 150 and 100 to 250. A pause is shorter than asystole (4 s). The hysteresis of
the PVC rate needs room below 5. EC13 allows an alert on a heart rate 10 s."""
LEAST_BETWEEN_RATES_BPM = 20
"""Limits that are closer to each other would raise alerts all day (our choice)."""
STANDBY_MIN = Range(0, 240)
"""The length of a standby; 0 ends it. The longest one is longer than any examination away from the bed. A standby that
staff forget ends by itself (our choice)."""
VACATED_STANDBY_S = 10 * 60
"""Staff take the device off after discharge or transfer; that must raise no alert (our choice)."""
STANDBY_SILENCES = frozenset({"no_data", "lead_off", "noisy_signal"})
"""The alert codes that the absence of a patient raises."""
_NS_PER_S = 1_000_000_000


class PatientLimits(msgspec.Struct, frozen=True):
    """The limits that staff may set for a patient, and for the ward.

    ``hr_low_delay_s`` and ``hr_high_delay_s`` are the seconds until a rate that is 20/min beyond its limit is an alert.
    ``slight_excess_min`` is the same in minutes for a rate that is up to 2/min beyond it.
    """

    hr_low_bpm: int = 50
    hr_high_bpm: int = 120
    pause_s: float = 3.0
    pvc_per_minute: int = 10
    hr_low_delay_s: float = 3.0
    hr_high_delay_s: float = 3.0
    slight_excess_min: int = 10


class PatientSettings(msgspec.Struct, frozen=True):
    """The settings of a monitor for its patient. ``admission_id`` is None if no patient is admitted.

    ``paced`` changes rules: a pulse of the pacemaker, with its tail, is no QRS complex unless the heart answers it, and
    the beats that it makes are never ventricular (:mod:`wardbeat.ecg.qrs.capture`). Pulses without a tail are removed
    for every patient, because an unknown pacemaker must not hide an asystole either.
    """

    admission_id: str | None = None
    limits: PatientLimits = PatientLimits()
    paced: bool = False
    known_af: bool = False
    off: tuple[AlertOff, ...] = ()
    """The alert codes that staff have switched off."""
    relearned: int = 0
    """How often staff have let the monitor learn the patient again, for example after new electrodes."""
    own_limits: tuple[str, ...] | None = None
    """The names of the limits that are the patient's own; the others are the ward's. None: all are the patient's."""


class SettingsApplied(msgspec.Struct, frozen=True):
    """A monitor applies ``settings`` from native sample ``sample`` of a session on.

    The monitor reports this at the first sample of each session and at every change, so that a replay decides in the
    same way as the ward did.
    """

    schema_version: int
    stream_id: str
    session_id: str
    sample: int
    fs: float
    settings: PatientSettings


class Stay(msgspec.Struct, frozen=True):
    """The stay of a patient in one bed, since a Unix time."""

    stream_id: str
    since_ns: int


class Admission(msgspec.Struct, frozen=True):
    """One patient from admit to discharge, without a name. ``stays`` are the patient's beds, the newest last."""

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
    """A planned absence until ``until_ns`` at most; ``away`` is whether the ECG has been gone since it began."""

    since_ns: int
    until_ns: int
    by: str
    away: bool = False


class Bed(msgspec.Struct, frozen=True):
    """A bed, named by its stream. ``version`` grows by 1 with every change; a bed with version 0 is not stored."""

    stream_id: str
    version: int = 0
    admission: Admission | None = None
    standby: Standby | None = None


def settings_of(bed: Bed | None) -> PatientSettings:
    """The settings for the monitor of a bed."""
    return bed.admission.settings if bed and bed.admission else PatientSettings()


def on_standby(bed: Bed | None, now_ns: int) -> bool:
    """Whether the bed is on standby."""
    return bed is not None and bed.standby is not None and now_ns < bed.standby.until_ns


def silenced(bed: Bed | None, now_ns: int) -> frozenset[str]:
    """The alert codes that make no sound, because the bed is on standby."""
    return STANDBY_SILENCES if on_standby(bed, now_ns) else frozenset()


def missed_since_ns(bed: Bed | None, silent_since_ns: int) -> int | None:
    """The Unix ns since which the ECG of a silent bed is missed; None if it is not missed.

    The ECG of a patient is missed from the admission on and after a standby; this may be in the future. In a bed
    without a patient, silence that began during a standby is expected.
    """
    standby_ns = bed.standby.until_ns if bed and bed.standby else 0
    if bed is None or bed.admission is None:
        return None if silent_since_ns < standby_ns else silent_since_ns
    return max(silent_since_ns, standby_ns, bed.admission.stays[-1].since_ns)


def admit(bed: Bed, settings: PatientSettings, by: str, now_ns: int) -> Bed:
    """The bed with a new patient, whose ``settings`` get a new admission id.

    Raises
    ------
    AdmissionError
        If the bed is occupied, or a limit is out of its range.
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
    """The bed without its patient, and the admission that has ended.

    Raises
    ------
    AdmissionError
        If no patient is admitted.
    """
    ended = msgspec.structs.replace(_admitted(bed), discharged_ns=now_ns, discharged_by=by)
    return _vacated(bed, by, now_ns), ended


def transfer(source: Bed, target: Bed, by: str, now_ns: int) -> tuple[Bed, Bed]:
    """Both beds after the patient has moved with limits, category, history and a standby in force.

    Raises
    ------
    AdmissionError
        If no patient is admitted, or the target is the same bed or not free.
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
    """The bed with other limits or another category for its patient; the same object if nothing changes.

    Raises
    ------
    AdmissionError
        If no patient is admitted, or a limit is out of its range.
    """
    admission = _admitted(bed)
    check_limits(settings.limits)
    settings = msgspec.structs.replace(settings, admission_id=admission.admission_id)
    if settings == admission.settings:
        return bed
    changed = msgspec.structs.replace(admission, settings=settings, settings_ns=now_ns, settings_by=by)
    return _changed(bed, admission=changed)


def begin_standby(bed: Bed, seconds: float, by: str, now_ns: int) -> Bed:
    """The bed on standby; a new standby replaces one in force.

    Raises
    ------
    AdmissionError
        If the time is too short or too long.
    """
    if not (seconds > 0 and STANDBY_MIN.holds(seconds / 60)):
        raise AdmissionError(
            f"bed {bed.stream_id}: standby lasts up to {STANDBY_MIN.high:g} min, {seconds / 60:g} min given;"
            " choose another time"
        )
    away = on_standby(bed, now_ns) and bed.standby is not None and bed.standby.away
    return _changed(bed, standby=Standby(now_ns, now_ns + round(seconds * _NS_PER_S), by, away))


def end_standby(bed: Bed, now_ns: int) -> Bed:
    """The bed without a standby; the same object if it is not on standby."""
    return _changed(bed, standby=None) if on_standby(bed, now_ns) else bed


def see_ecg(bed: Bed, *, usable: bool, now_ns: int) -> Bed:
    """The bed after a check of its ECG: a standby ends when the ECG was gone and comes back."""
    if bed.standby is None or not on_standby(bed, now_ns):
        return bed
    if usable:
        return _changed(bed, standby=None) if bed.standby.away else bed
    if bed.standby.away:
        return bed
    return _changed(bed, standby=msgspec.structs.replace(bed.standby, away=True))


def with_own_limits(settings: PatientSettings, changes: Mapping[str, float]) -> PatientSettings:
    """The settings with these limits, by name, as the patient's own.

    Raises
    ------
    AdmissionError
        If there is no such limit, or a rate is not a whole number.
    """
    own = settings.own_limits
    return msgspec.structs.replace(
        settings,
        limits=changed_limits(settings.limits, changes),
        own_limits=None if own is None else tuple(name for name in RANGES if name in own or name in changes),
    )


def with_ward_limits(settings: PatientSettings, names: Iterable[str]) -> PatientSettings:
    """The settings in which these limits are the ward's again; the same object without any.

    Raises
    ------
    AdmissionError
        If there is no such limit.
    """
    given = set(names)
    if not given:
        return settings
    changed_limits(settings.limits, dict.fromkeys(given, 0))
    own = tuple(RANGES) if settings.own_limits is None else settings.own_limits
    kept = {name: getattr(settings.limits, name) for name in own if name not in given}
    return msgspec.structs.replace(settings, limits=changed_limits(PatientLimits(), kept), own_limits=tuple(kept))


def changed_limits(limits: PatientLimits, changes: Mapping[str, float]) -> PatientLimits:
    """The limits with some of them changed, by name.

    Raises
    ------
    AdmissionError
        If there is no such limit, or a rate is not a whole number.
    """
    for name in changes:
        if name not in RANGES:
            raise AdmissionError(f"{name}: no patient has this limit; choose one of {', '.join(RANGES)}")
    try:
        return msgspec.convert({**msgspec.structs.asdict(limits), **changes}, PatientLimits)
    except msgspec.ValidationError as error:
        raise AdmissionError(f"limits: {error}; give whole numbers per minute") from error


def check_limits(limits: PatientLimits) -> None:
    """Raise an AdmissionError if a limit is out of its range, or the two rates are too close."""
    for name, limit in RANGES.items():
        try:
            limit.check(getattr(limits, name))
        except InvalidValueError as error:
            raise AdmissionError(f"{name}: {error}") from error
    between = limits.hr_high_bpm - limits.hr_low_bpm
    if between < LEAST_BETWEEN_RATES_BPM:
        raise AdmissionError(
            f"hr_low_bpm and hr_high_bpm: at least {LEAST_BETWEEN_RATES_BPM}/min apart, {between} given; move one"
        )


def _admitted(bed: Bed) -> Admission:
    if bed.admission is None:
        raise AdmissionError(f"bed {bed.stream_id}: no patient is admitted; admit the patient first")
    return bed.admission


def _vacated(bed: Bed, by: str, now_ns: int) -> Bed:
    """The bed after its patient has left: staff may take its device off without an alert."""
    return _changed(bed, admission=None, standby=Standby(now_ns, now_ns + VACATED_STANDBY_S * _NS_PER_S, by))


def _changed(bed: Bed, **fields: object) -> Bed:
    return msgspec.structs.replace(bed, version=bed.version + 1, **fields)

"""The limits of a ward: they hold for each bed without a patient, and for each limit that is not the patient's own.

Pure rules. A change has a version, an author and a time, as a change of a patient's settings has. Monitors get the
limits that result, so a replay of their settings knows the ward's defaults too.
"""

from collections.abc import Mapping

import msgspec

from wardbeat.care.admissions import (
    LEAST_BETWEEN_RATES_BPM,
    Bed,
    PatientLimits,
    PatientSettings,
    changed_limits,
    check_limits,
    settings_of,
)
from wardbeat.errors import AdmissionError, SettingsError

WARD = ""
"""Stands for every bed without settings of its own, where settings are listed by stream."""


class WardDefaults(msgspec.Struct, frozen=True):
    """The limits of the ward. ``version`` grows by 1 with every change; version 0 are those that Wardbeat ships."""

    version: int = 0
    limits: PatientLimits = PatientLimits()
    since_ns: int = 0
    by: str = ""


def changed_defaults(defaults: WardDefaults, changes: Mapping[str, float], by: str, now_ns: int) -> WardDefaults:
    """The defaults with some limits changed, by name; the same object if nothing changes.

    Raises
    ------
    AdmissionError
        If a limit is unknown or out of its range, or the two rates are too close.
    """
    limits = changed_limits(defaults.limits, changes)
    check_limits(limits)
    return defaults if limits == defaults.limits else WardDefaults(defaults.version + 1, limits, now_ns, by)


def settings_in_force(bed: Bed | None, defaults: WardDefaults) -> PatientSettings:
    """The settings for the monitor of a bed: the patient's own limits, and the ward's for the rest."""
    settings = settings_of(bed)
    if settings.admission_id is None:
        return PatientSettings(limits=defaults.limits)
    if settings.own_limits is None:
        return settings
    return msgspec.structs.replace(settings, limits=_limits_in_force(settings, defaults.limits))


def settings_by_stream(beds: Mapping[str, Bed], defaults: WardDefaults) -> dict[str, PatientSettings]:
    """The settings in force of these beds by stream, and of all other beds as ``WARD``."""
    known = {stream_id: settings_in_force(bed, defaults) for stream_id, bed in beds.items()}
    return {WARD: settings_in_force(None, defaults)} | known


def settings_for(patients: Mapping[str, PatientSettings], stream_id: str) -> PatientSettings:
    """The settings of a stream in such a mapping."""
    return patients.get(stream_id) or patients.get(WARD) or PatientSettings()


def read_defaults(data: bytes, name: str) -> WardDefaults:
    """The defaults in a file that ``wardbeat beds defaults --json`` has written.

    Raises
    ------
    SettingsError
        If it has another form, or a limit is out of its range.
    """
    try:
        defaults = msgspec.json.decode(data, type=WardDefaults)
        check_limits(defaults.limits)
    except (msgspec.DecodeError, AdmissionError) as error:
        raise SettingsError(
            f"{name}: no ward defaults ({error}); write the file with `wardbeat beds defaults --json`"
        ) from error
    return defaults


def _limits_in_force(settings: PatientSettings, defaults: PatientLimits) -> PatientLimits:
    """The patient's own limits among those of the ward. A rate of the ward gives way to a rate of the patient."""
    own = settings.own_limits or ()
    limits = msgspec.structs.replace(defaults, **{name: getattr(settings.limits, name) for name in own})
    if limits.hr_high_bpm - limits.hr_low_bpm >= LEAST_BETWEEN_RATES_BPM:
        return limits
    if "hr_high_bpm" in own:
        return msgspec.structs.replace(limits, hr_low_bpm=limits.hr_high_bpm - LEAST_BETWEEN_RATES_BPM)
    return msgspec.structs.replace(limits, hr_high_bpm=limits.hr_low_bpm + LEAST_BETWEEN_RATES_BPM)

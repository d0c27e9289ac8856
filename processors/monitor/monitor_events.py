"""Events that do not come from the signal: the patient's settings changed, or a second device sends on the stream.

Each event is in the session's queue between the events of the samples before and after it. So it applies from the same
sample on, whenever the networks answer.
"""

import msgspec

from processors.monitor.rhythm.conditions import Condition, RhythmLimits
from wardbeat.care.admissions import PatientLimits, PatientSettings

EXTREME_LOW_BELOW_BPM, LOWEST_EXTREME_BPM = 10, 30
EXTREME_HIGH_ABOVE_BPM, HIGHEST_EXTREME_BPM = 20, 200
"""Distance of the extreme limits from the patient's own limits, and their bounds (our choice; the design's table)."""


class SettingsChanged(msgspec.Struct, tag="settings", frozen=True):
    """These settings, and the limits that follow from them, apply from native sample ``sample`` of the session on."""

    sample: int
    settings: PatientSettings
    limits: RhythmLimits


class ConflictChanged(msgspec.Struct, tag="conflict", frozen=True):
    """Two devices send on the stream from here on; None: only one does again."""

    condition: Condition | None


MonitorEvent = SettingsChanged | ConflictChanged


def limits_of(base: RhythmLimits, settings: PatientSettings) -> RhythmLimits:
    """The limits of a patient, or of the ward; with neither, the ``base`` limits of every monitor."""
    if settings.paced:
        base = msgspec.structs.replace(base, paced=True)
    if settings.admission_id is None and settings.limits == PatientLimits():
        return base
    own = settings.limits
    return msgspec.structs.replace(
        base,
        hr_low_bpm=own.hr_low_bpm,
        hr_high_bpm=own.hr_high_bpm,
        extreme_low_bpm=max(LOWEST_EXTREME_BPM, own.hr_low_bpm - EXTREME_LOW_BELOW_BPM),
        extreme_high_bpm=min(HIGHEST_EXTREME_BPM, own.hr_high_bpm + EXTREME_HIGH_ABOVE_BPM),
        pause_s=own.pause_s,
        pvc_per_minute=own.pvc_per_minute,
        hr_low_delay_s=own.hr_low_delay_s,
        hr_high_delay_s=own.hr_high_delay_s,
        slight_excess_s=60.0 * own.slight_excess_min,
        known_af=settings.known_af,
        off=tuple(one.code for one in settings.off),
    )

"""What a monitor is told besides the signal: its patient's settings, and that two devices send on the stream.

Each stands in the session's queue between the events of the samples before and after it, so that it is taken in at the
same sample whenever the networks answer.
"""

import msgspec

from processors.monitor.rhythm.conditions import Condition, RhythmLimits
from wardbeat.care.admissions import PatientSettings

EXTREME_LOW_BELOW_BPM, LOWEST_EXTREME_BPM = 10, 30
EXTREME_HIGH_ABOVE_BPM, HIGHEST_EXTREME_BPM = 20, 200
"""How far beyond the patient's own limits the extremes lie, and where they end (our choice; the design's table)."""


class SettingsChanged(msgspec.Struct, tag="settings", frozen=True):
    """From native sample ``sample`` of the session on, these are the settings and the limits that follow from them."""

    sample: int
    settings: PatientSettings
    limits: RhythmLimits


class ConflictChanged(msgspec.Struct, tag="conflict", frozen=True):
    """Two devices send on the stream from here on; None: they do no more."""

    condition: Condition | None


MonitorEvent = SettingsChanged | ConflictChanged


def limits_of(base: RhythmLimits, settings: PatientSettings) -> RhythmLimits:
    """The limits of a patient; without one, those that every monitor begins with."""
    if settings.admission_id is None:
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
        known_af=settings.known_af,
        off=tuple(one.code for one in settings.off),
    )

"""Suggested heart rate limits for a bed, from the heart rates of its own last hours. Nobody applies them but staff.

The limits are wide enough for what this heart did, and never so wide that they hide an illness: a patient who has been
fast for hours gets no higher suggestion than ``HIGHEST``.
"""

import msgspec

from wardbeat.contracts.messages import DISPLAY_FS_HZ
from wardbeat.contracts.rules import Range

KEPT_MIN = 240
"""Four hours (our choice): a shift knows the patient's rest, a visit and a walk."""
FEWEST_MIN = 60
"""Clean minutes before a suggestion (our choice)."""
CLEAN_S = 50
"""A minute is clean if at least so many of its seconds show a heart rate (our choice)."""
LOW_PERCENT, HIGH_PERCENT = 5, 95
BELOW_BPM, ABOVE_BPM = 10, 20
"""Distance of the limits from these percentiles, like that of the extreme limits from a patient's own (our choice)."""
LOWEST, HIGHEST = Range(40, 60), Range(100, 150)
"""The suggestions stay in these ranges (our choice)."""
STEP_BPM = 5
_LARGEST = 255


class MinuteRates(msgspec.Struct):
    """The heart rates of the last clean minutes of a session, one byte each in 1/min, and those of the minute now."""

    minutes: bytes = b""
    seconds: bytes = b""
    minute: int = 0
    """The number of the minute now, from the start of the session."""
    suggested_bpm: tuple[int, int] | None = None
    """Limits that would suit this patient, low and high; None while too little is known."""

    def add_second(self, k: int, hr_bpm: float | None) -> tuple[int, int] | None:
        """Take in the heart rate of the second that ends at 250 Hz sample ``k``, None without one; the suggestion."""
        minute = (k - 1) // (60 * DISPLAY_FS_HZ)
        if minute != self.minute:
            if len(self.seconds) >= CLEAN_S:
                typical = sorted(self.seconds)[len(self.seconds) // 2]
                self.minutes = (self.minutes + bytes([typical]))[-KEPT_MIN:]
                self.suggested_bpm = suggested_limits(self.minutes)
            self.minute, self.seconds = minute, b""
        if hr_bpm is not None:
            self.seconds += bytes([min(round(hr_bpm), _LARGEST)])
        return self.suggested_bpm


def suggested_limits(minutes: bytes) -> tuple[int, int] | None:
    """Low and high limit in 1/min for a heart with these rates, a byte a minute; None for less than ``FEWEST_MIN``.

    >>> suggested_limits(bytes([70] * 90))
    (60, 100)
    >>> suggested_limits(bytes([48] * 90))
    (40, 100)
    """
    if len(minutes) < FEWEST_MIN:
        return None
    rates = sorted(minutes)
    slow, fast = (rates[(len(rates) - 1) * percent // 100] for percent in (LOW_PERCENT, HIGH_PERCENT))
    low = (slow - BELOW_BPM) // STEP_BPM * STEP_BPM
    high = -(-(fast + ABOVE_BPM) // STEP_BPM) * STEP_BPM
    return _within(low, LOWEST), _within(high, HIGHEST)


def _within(bpm: int, limits: Range) -> int:
    return round(min(max(bpm, limits.low), limits.high))

"""The output of the QRS detector for one block: peaks of its score, the newest complex, the state of each lead."""

from typing import Final, NamedTuple

THRESHOLD: Final = 0.39
"""A beat has a higher score, which is the mean of the energy over its level and the network's probability."""
UNSURE: Final = 0.25
"""A peak with this score or more may be a beat although its score or its energy is too low for one. In mitdb's DS1
three of four such peaks are beats where a beat is overdue."""
FAINT: Final = 0.15
"""A peak with this score or more is a beat if it recurs between beats (:mod:`wardbeat.ecg.qrs.recurring`)."""
SURE: Final = 0.6
"""A beat with a lower score may be none. Mostly the score of a beat is more than 0.8."""


class Peak(NamedTuple):
    """A peak of the score: the R peak as a 250 Hz sample of the display signal, and the score (0…1)."""

    r: int
    score: float
    energy: float = 0.0
    """The energy over its level (0…1) of which the score is one half; the other half is the network's probability."""
    blocked: bool = False
    """Whether it comes so soon after a beat that it counts for none, although its score is that of a beat."""

    @property
    def is_beat(self) -> bool:
        """Whether it is a QRS complex; otherwise it is blocked, or its score is at most ``THRESHOLD``."""
        return self.score > THRESHOLD and not self.blocked


class Block(NamedTuple):
    """The findings at the end of a block; ``off``, ``missing``, ``flat`` and ``noise`` have an item a lead."""

    peaks: list[Peak]
    """Peaks of this block, beats and possible beats."""
    unconfirmed_r: int
    """R peak of the newest complex, from its energy alone, if the score has not confirmed it yet; otherwise −1."""
    off: list[bool]
    """No valid sample for 1 s, or no change for 3 s."""
    missing: list[bool]
    """Off, or invalid for so long that a QRS complex can hide in it (50 ms)."""
    flat: list[bool]
    """Off, or no change for 1 s: such a lead is no evidence of asystole."""
    noise: list[float]
    """Noise level over QRS level: 0 is clean, 1 is unusable."""

    @property
    def r_peaks(self) -> list[int]:
        """R peaks of the beats, without possible beats."""
        return [peak.r for peak in self.peaks if peak.is_beat]

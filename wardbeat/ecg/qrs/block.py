"""What the QRS detector tells of a block: peaks of its score, the newest complex, how the leads are."""

from typing import Final, NamedTuple

THRESHOLD: Final = 0.39
"""Of the score, the mean of energy over level and probability."""
UNSURE: Final = 0.25
"""Of the score: a peak this high that is no beat, its score or its energy being too low, may have been one. Of those in
mitdb's DS1 where a beat is overdue three of four are."""


class Peak(NamedTuple):
    """A peak of the score: the R peak, a 250 Hz sample of the display signal, and how high it is (0…1)."""

    r: int
    score: float

    @property
    def is_beat(self) -> bool:
        """Whether it is a QRS complex; else its score is ``UNSURE`` at the least, ``THRESHOLD`` at the most."""
        return self.score > THRESHOLD


class Block(NamedTuple):
    """What is known at the end of a block; lists with an item a lead."""

    peaks: list[Peak]
    """That have passed in this block, beats and unsure ones."""
    early_r: int
    """R peak of the newest complex if it has not been judged yet, by its energy alone; −1 without."""
    off: list[bool]
    """Without any valid sample for a second, or any change for three."""
    gone: list[bool]
    """Off, or invalid for longer than a QRS complex can hide."""
    flat: list[bool]
    """Off, or without any change for a second: no witness that a heart stands still."""
    noise: list[float]
    """Noise level over QRS level: 0 is clean, 1 hopeless."""

    @property
    def r_peaks(self) -> list[int]:
        """R peaks of the beats."""
        return [peak.r for peak in self.peaks if peak.is_beat]

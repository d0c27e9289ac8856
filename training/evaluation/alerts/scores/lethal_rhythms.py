"""VF, ventricular flutter and VT: their names in a reference, and their intervals."""

from collections.abc import Sequence

from training.evaluation.alerts.scores.intervals import RhythmInterval, TimeInterval, union

FIBRILLATION, TACHYCARDIA, NOISE, OTHER = "VF", "VT", "noise", "other"
KIND_OF = {
    "(VF": FIBRILLATION,
    "(VFIB": FIBRILLATION,
    "(VFL": FIBRILLATION,
    "(VT": TACHYCARDIA,
    "(NOISE": NOISE,
}
"""Kinds of rhythm by WFDB aux string; VF means fibrillation or flutter. All other strings are ``other``."""
LETHAL = (FIBRILLATION, TACHYCARDIA)
KINDS = (*LETHAL, OTHER, NOISE)
CODES = ("ventricular_fibrillation", "ventricular_tachycardia")
"""Codes of the alerts for these rhythms."""


def lethal_intervals(
    rhythms: Sequence[RhythmInterval], kinds: Sequence[str] = LETHAL, at_least_s: float = 0.0
) -> list[TimeInterval]:
    """The intervals with a rhythm of these kinds, adjacent ones joined, that last ``at_least_s`` or longer."""
    intervals = union(rhythm.interval for rhythm in rhythms if KIND_OF.get(rhythm.rhythm) in kinds)
    return [interval for interval in intervals if interval.duration_s >= at_least_s]

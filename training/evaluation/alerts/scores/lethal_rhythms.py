"""VF, flutter and VT: what a reference calls them, and when they hold."""

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
"""Kinds of rhythm by WFDB aux string; VF is fibrillation and flutter. What is not here is ``other``."""
LETHAL = (FIBRILLATION, TACHYCARDIA)
KINDS = (*LETHAL, OTHER, NOISE)
CODES = ("ventricular_fibrillation", "ventricular_tachycardia")
"""Of the alerts that say so."""


def lethal_intervals(
    rhythms: Sequence[RhythmInterval], kinds: Sequence[str] = LETHAL, at_least_s: float = 0.0
) -> list[TimeInterval]:
    """When one of these kinds holds, one passing into another without a break, for so long at least."""
    spans = union(rhythm.span for rhythm in rhythms if KIND_OF.get(rhythm.rhythm) in kinds)
    return [span for span in spans if span.duration_s >= at_least_s]

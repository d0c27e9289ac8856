"""What is true of what the monitor saw: reference beats matched to its R peaks, reference rhythm to its windows."""

from bisect import bisect_left
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wardbeat.ecg.annotations import ReferenceBeat, ReferenceRhythm
from wardbeat.messages import SYMBOLS

MATCH_S = 0.15
"""Largest distance of an R peak from its reference beat (ANSI/AAMI EC57)."""
SINUS_RHYTHMS = frozenset({"(N", "(SBR", "(P"})
"""What makes no window abnormal: sinus, sinus bradycardia, paced. A record without rhythm labels counts as sinus."""
ABNORMAL_BEATS = frozenset("SVF")
DROPPED = -1
"""Label of a detection that nothing is fitted on."""
FALSE_DETECTION = SYMBOLS.index("Q")
"""A detection far from every reference beat is noise: Q, the class of what can't be classified."""
FLUTTER = "(VFL"


def beat_labels(
    samples: Sequence[int], beats: Sequence[ReferenceBeat], rhythms: Sequence[ReferenceRhythm], fs: float
) -> NDArray[np.int8]:
    """The class of each R peak as an index of ``SYMBOLS``.

    One reference beat is matched to one R peak, the nearest first. What is left over is Q when it stands more than
    ``MATCH_S`` from every reference beat, and dropped otherwise (a second detection of one beat) or in ventricular
    flutter, where no beats are annotated.
    """
    labels = np.full(len(samples), DROPPED, dtype=np.int8)
    if not beats:
        return labels
    tolerance = MATCH_S * fs
    reference = np.array([beat.sample for beat in beats])
    taken: set[int] = set()
    pairs = [
        (abs(int(reference[at]) - sample), index, at)
        for index, sample in enumerate(samples)
        for at in range(*np.searchsorted(reference, [sample - tolerance, sample + tolerance + 1]))
    ]
    near = {index for _, index, _ in pairs}
    for _, index, at in sorted(pairs):
        if labels[index] == DROPPED and at not in taken:
            labels[index] = SYMBOLS.index(beats[at].symbol)
            taken.add(at)
    for index, sample in enumerate(samples):
        if index not in near and reference[0] < sample < reference[-1] and rhythm_at(rhythms, sample) != FLUTTER:
            labels[index] = FALSE_DETECTION
    return labels


def window_labels(
    windows: Sequence[tuple[int, int]], beats: Sequence[ReferenceBeat], rhythms: Sequence[ReferenceRhythm]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which windows (start and end sample) are abnormal, and which surely normal; some are neither.

    Abnormal is any S, V or F beat and any rhythm that is not sinus or paced; normal is sinus with N beats only.
    """
    abnormal, normal = np.zeros(len(windows), np.bool_), np.zeros(len(windows), np.bool_)
    for index, (start, end) in enumerate(windows):
        classes = {beat.symbol for beat in beats[_at(beats, start) : _at(beats, end)]}
        during = {rhythm.rhythm for rhythm in rhythms[max(0, _at(rhythms, start + 1) - 1) : _at(rhythms, end)]}
        abnormal[index] = bool(classes & ABNORMAL_BEATS) or bool(during - SINUS_RHYTHMS)
        normal[index] = not abnormal[index] and classes == {"N"}
    return abnormal, normal


def rhythm_at(rhythms: Sequence[ReferenceRhythm], sample: int) -> str:
    """The rhythm at a sample; sinus before the first label."""
    begun = _at(rhythms, sample + 1)
    return rhythms[begun - 1].rhythm if begun else "(N"


def _at(items: Sequence[ReferenceBeat] | Sequence[ReferenceRhythm], sample: int) -> int:
    """How many items stand before a sample."""
    return bisect_left(items, sample, key=lambda item: item.sample)

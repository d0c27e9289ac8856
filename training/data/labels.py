"""What is true of what the monitor saw: reference beats matched to its R peaks, reference rhythm to its windows."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wardbeat.contracts.messages import SYMBOLS
from wardbeat.ecg.reference import ReferenceBeat, ReferenceRhythm

MATCH_S = 0.15
"""Largest distance of an R peak from its reference beat (ANSI/AAMI EC57)."""
SINUS_RHYTHMS = frozenset({"(N", "(SBR", "(P"})
"""What makes no window abnormal: sinus, sinus bradycardia, paced. A record without rhythm labels counts as sinus."""
ABNORMAL_BEATS = frozenset("SVF")
FALSE_DETECTION = -1
"""Label of an R peak that is none. Scored, but not fitted on: as examples of Q they made it call normal beats Q."""
NOT_SCORED = -2
"""Label of an R peak where no beats are annotated: in ventricular flutter, before the first and after the last."""
FLUTTER = "(VFL"


class Matched(NamedTuple):
    """The class of each R peak (index of ``SYMBOLS``, or one of the labels above) and the reference beats missed."""

    label: NDArray[np.int8]
    missed: list[ReferenceBeat]


def match_beats(
    samples: Sequence[int], beats: Sequence[ReferenceBeat], rhythms: Sequence[ReferenceRhythm], fs: float
) -> Matched:
    """Match R peaks to reference beats within ``MATCH_S``, one to one, the nearest first."""
    label = np.full(len(samples), NOT_SCORED, dtype=np.int8)
    tolerance = round(MATCH_S * fs)
    pairs = [
        (abs(beats[at].sample - sample), index, at)
        for index, sample in enumerate(samples)
        for at in range(_at(beats, sample - tolerance), _at(beats, sample + tolerance + 1))
    ]
    matched: dict[int, int] = {}
    taken: set[int] = set()
    for _, index, at in sorted(pairs):
        if index not in matched and at not in taken:
            matched[index] = at
            taken.add(at)
    for index, sample in enumerate(samples):
        if index in matched:
            label[index] = SYMBOLS.index(beats[matched[index]].symbol)
        elif beats and beats[0].sample < sample < beats[-1].sample and rhythm_at(rhythms, sample) != FLUTTER:
            label[index] = FALSE_DETECTION
    return Matched(label, [beat for at, beat in enumerate(beats) if at not in taken])


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

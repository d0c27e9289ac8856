"""Labels for the monitor's beats and windows: matches R peaks to reference beats, and windows to reference rhythms."""

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
"""Rhythms of normal windows: sinus, sinus bradycardia, paced. A record without rhythm labels counts as sinus."""
ABNORMAL_BEATS = frozenset("SVF")
FALSE_DETECTION = -1
"""Label of an R peak without a reference beat. Such rows are not fitted on as Q: normal beats would be predicted Q."""
NOT_SCORED = -2
"""Label of an R peak in ventricular flutter, before the first or after the last beat: no beats are annotated there."""
FLUTTER = "(VFL"


class Matched(NamedTuple):
    """The class of each R peak (index of ``SYMBOLS``, or one of the labels above) and the missed reference beats."""

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
    """Whether each window (start and end sample) is abnormal, and whether it is surely normal; some are neither.

    A window is abnormal with any S, V or F beat, or with a rhythm that is neither sinus nor paced. It is normal in
    sinus or paced rhythm with N beats only.
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
    started = _at(rhythms, sample + 1)
    return rhythms[started - 1].rhythm if started else "(N"


def _at(items: Sequence[ReferenceBeat] | Sequence[ReferenceRhythm], sample: int) -> int:
    """The number of items before a sample."""
    return bisect_left(items, sample, key=lambda item: item.sample)

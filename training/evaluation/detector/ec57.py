"""Beat-by-beat scoring as ANSI/AAMI EC57 has it: arrays in, tallies out.

Counts are matrices of 6 × 6: rows are the reference class, columns the class called, both N S V F Q and last "none",
which is no reference beat (a false detection) as a row and no detection (a missed beat) as a column. Every figure here
is a function of such counts, and takes any number of them at once (leading axes), so that a bootstrap is one call.

Conventions, as in EC57 and its program bxb: a QRS complex found is right whatever class it was given. V called where
the reference has F or Q is not held against the V class, nor S called where it has Q; false detections called V or S
are. The F1 marked ``strict`` holds everything against the class. An F1 is defined where the reference has the class.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.data.labels import FALSE_DETECTION, NOT_SCORED, match_beats
from training.evaluation.scores import LEARNING_S
from wardbeat.contracts.messages import SYMBOLS, Beat
from wardbeat.ecg.reference import ReferenceBeat, ReferenceRhythm

N, S, V, F, Q = range(len(SYMBOLS))
NONE = len(SYMBOLS)
CLASSES = (*SYMBOLS, "none")
SHORT_RECORD_S = 600.0
"""A record shorter than this is scored from its start: the learning time would leave too little of it."""

Counts = NDArray[np.int64]
"""Shape (..., 6, 6)."""
Rates = dict[str, NDArray[np.float64]]
"""Figures by name, each of the counts' leading shape; NaN where nothing defines them."""


class ScoredBeats(NamedTuple):
    """Reference beats and detections side by side, in no particular order.

    Attributes
    ----------
    truth, called : ndarray of int8
        Index of ``CLASSES``.
    t_s, found_s : ndarray of float64
        Of the reference beat, and of the detection; where one of them is not, ``t_s`` is the other and ``found_s`` NaN.
    probabilities : ndarray of float64, shape (beats, 5)
        What the detector gave each class; zeros where it found no beat.
    """

    truth: NDArray[np.int8]
    called: NDArray[np.int8]
    t_s: NDArray[np.float64]
    found_s: NDArray[np.float64]
    probabilities: NDArray[np.float64]

    def take(self, rows: NDArray[np.bool_]) -> "ScoredBeats":
        """Some of them, by mask."""
        return ScoredBeats._make(column[rows] for column in self)

    @classmethod
    def join(cls, parts: Sequence["ScoredBeats"]) -> "ScoredBeats":
        """Those of several records together."""
        return cls._make(np.concatenate(column) for column in zip(*parts, strict=True))


def scored_from_s(duration_s: float) -> float:
    """Where in a record scoring begins."""
    return LEARNING_S if duration_s >= SHORT_RECORD_S else 0.0


def pair_beats(
    found: Sequence[Beat], reference: Sequence[ReferenceBeat], rhythms: Sequence[ReferenceRhythm], fs: float
) -> ScoredBeats:
    """Match a record's beats to its reference, one to one, the nearest first, within 150 ms.

    Left out are detections in ventricular flutter and before the first or after the last reference beat, where nobody
    annotated beats. The learning time is still in.
    """
    label, missed = match_beats([beat.sample for beat in found], reference, rhythms, fs)
    unmatched = set(missed)
    matched = iter([beat for beat in reference if beat not in unmatched])  # pairs do not cross, but within 150 ms
    rows = []
    for beat, at in zip(found, label, strict=True):
        if at == NOT_SCORED:
            continue
        sample = beat.sample if at == FALSE_DETECTION else next(matched).sample
        reference_class = NONE if at == FALSE_DETECTION else int(at)
        rows.append((reference_class, SYMBOLS.index(beat.symbol), sample / fs, beat.sample / fs, beat.probabilities))
    nothing = (0.0,) * len(SYMBOLS)
    rows += [(SYMBOLS.index(beat.symbol), NONE, beat.sample / fs, np.nan, nothing) for beat in missed]
    truth, called, t_s, found_s, probabilities = zip(*rows, strict=True) if rows else ((),) * 5
    return ScoredBeats(
        np.array(truth, np.int8),
        np.array(called, np.int8),
        np.array(t_s, np.float64),
        np.array(found_s, np.float64),
        np.array(probabilities, np.float64).reshape(-1, len(SYMBOLS)),
    )


def count(beats: ScoredBeats) -> Counts:
    """The counts of some beats, shape (6, 6)."""
    size = len(CLASSES)
    cells = beats.truth.astype(np.int64) * size + beats.called
    return np.bincount(cells, minlength=size * size).reshape(size, size)


def qrs_rates(counts: Counts) -> Rates:
    """Sensitivity, positive predictivity and F1 of QRS detection, whatever the class."""
    hits = counts[..., :NONE, :NONE].sum(axis=(-2, -1))
    missed = counts[..., :NONE, NONE].sum(axis=-1)
    extra = counts[..., NONE, :NONE].sum(axis=-1)
    return {
        "qrs_se": _ratio(hits, hits + missed),
        "qrs_ppv": _ratio(hits, hits + extra),
        "qrs_f1": _ratio(2 * hits, 2 * hits + missed + extra),
    }


def ectopic_rates(counts: Counts, index: int) -> Rates:
    """Sensitivity, positive predictivity, false positive rate and F1 of the V or S class.

    Parameters
    ----------
    counts : ndarray, shape (..., 6, 6)
    index : int
        ``V`` or ``S``.
    """
    forgiven = [F, Q] if index == V else [Q]
    against = [row for row in range(len(CLASSES)) if row not in (index, *forgiven)]
    others = [row for row in range(len(CLASSES)) if row != index]
    elsewhere = [column for column in range(NONE) if column != index]
    beats = counts[..., index, :].sum(axis=-1)
    hits = counts[..., index, index]
    false = counts[..., against, index].sum(axis=-1)
    strictly_false = counts[..., others, index].sum(axis=-1)
    rest = counts[..., others, :][..., elsewhere].sum(axis=(-2, -1))
    name = SYMBOLS[index].lower()
    return {
        f"{name}_se": _ratio(hits, beats),
        f"{name}_ppv": _ratio(hits, hits + false),
        f"{name}_fpr": _ratio(false, false + rest),
        f"{name}_f1": np.where(beats, _ratio(2 * hits, beats + hits + false), np.nan),
        f"{name}_f1_strict": np.where(beats, _ratio(2 * hits, beats + hits + strictly_false), np.nan),
    }


def class_rates(counts: Counts) -> Rates:
    """The figures of both ectopic classes."""
    return ectopic_rates(counts, V) | ectopic_rates(counts, S)


def _ratio(part: NDArray[np.int64], whole: NDArray[np.int64]) -> NDArray[np.float64]:
    whole = np.asarray(whole)
    ratio: NDArray[np.float64] = np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)
    return ratio

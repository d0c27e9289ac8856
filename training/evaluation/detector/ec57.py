"""Beat-by-beat scoring after ANSI/AAMI EC57.

Counts are matrices of 6 × 6: rows are the reference class, columns the predicted class, both in the order N S V F Q
"none". The row "none" has the false detections, the column "none" the missed beats. Every figure is a function of such
counts and accepts leading axes, so a bootstrap is one call.

Conventions of EC57 and its program bxb: a detected QRS complex is a true positive, whatever its class. The prediction V
is no false positive if the reference has F or Q, and S is none if the reference has Q. A false detection with the class
V or S is one. The F1 marked ``strict`` counts all of these as false positives. F1 is defined if the reference has the
class.
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
"""A shorter record is scored from its start, because the learning time would leave too little of it."""

Counts = NDArray[np.int64]
"""Shape (..., 6, 6)."""
Rates = dict[str, NDArray[np.float64]]
"""Figures by name, each with the leading shape of the counts; NaN if the counts do not define it."""


class ScoredBeats(NamedTuple):
    """Reference beats and detections side by side, in no particular order.

    Attributes
    ----------
    reference, predicted : ndarray of int8
        Reference class and predicted class, as index of ``CLASSES``.
    t_s : ndarray of float64
        Time of the reference beat; of the detection for a false detection.
    detected_s : ndarray of float64
        Time of the detection; NaN for a missed beat.
    probabilities : ndarray of float64, shape (beats, 5)
        The detector's probability of each class; zeros for a missed beat.
    """

    reference: NDArray[np.int8]
    predicted: NDArray[np.int8]
    t_s: NDArray[np.float64]
    detected_s: NDArray[np.float64]
    probabilities: NDArray[np.float64]

    def take(self, rows: NDArray[np.bool_]) -> "ScoredBeats":
        """The beats that a mask selects."""
        return ScoredBeats._make(column[rows] for column in self)

    @classmethod
    def join(cls, parts: Sequence["ScoredBeats"]) -> "ScoredBeats":
        """The beats of several records together."""
        return cls._make(np.concatenate(column) for column in zip(*parts, strict=True))


def scored_from_s(duration_s: float) -> float:
    """The time in a record from which on beats are scored."""
    return LEARNING_S if duration_s >= SHORT_RECORD_S else 0.0


def pair_beats(
    detections: Sequence[Beat], reference: Sequence[ReferenceBeat], rhythms: Sequence[ReferenceRhythm], fs: float
) -> ScoredBeats:
    """Match the detections of a record to its reference, one to one, the nearest first, within 150 ms.

    Detections in ventricular flutter, before the first and after the last reference beat are left out, because no beats
    are annotated there. The learning time is included.
    """
    label, missed = match_beats([beat.sample for beat in detections], reference, rhythms, fs)
    unmatched = set(missed)
    matched = iter([beat for beat in reference if beat not in unmatched])  # pairs do not cross, except within 150 ms
    rows = []
    for beat, at in zip(detections, label, strict=True):
        if at == NOT_SCORED:
            continue
        sample = beat.sample if at == FALSE_DETECTION else next(matched).sample
        reference_class = NONE if at == FALSE_DETECTION else int(at)
        rows.append((reference_class, SYMBOLS.index(beat.symbol), sample / fs, beat.sample / fs, beat.probabilities))
    zeros = (0.0,) * len(SYMBOLS)
    rows += [(SYMBOLS.index(beat.symbol), NONE, beat.sample / fs, np.nan, zeros) for beat in missed]
    reference_classes, predicted, t_s, detected_s, probabilities = zip(*rows, strict=True) if rows else ((),) * 5
    return ScoredBeats(
        np.array(reference_classes, np.int8),
        np.array(predicted, np.int8),
        np.array(t_s, np.float64),
        np.array(detected_s, np.float64),
        np.array(probabilities, np.float64).reshape(-1, len(SYMBOLS)),
    )


def count(beats: ScoredBeats) -> Counts:
    """The counts of beats, shape (6, 6)."""
    size = len(CLASSES)
    cells = beats.reference.astype(np.int64) * size + beats.predicted
    return np.bincount(cells, minlength=size * size).reshape(size, size)


def qrs_rates(counts: Counts) -> Rates:
    """Sensitivity, positive predictivity and F1 of QRS detection, without regard to the class."""
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
    tolerated = [F, Q] if index == V else [Q]
    negatives = [row for row in range(len(CLASSES)) if row not in (index, *tolerated)]
    others = [row for row in range(len(CLASSES)) if row != index]
    other_predictions = [column for column in range(NONE) if column != index]
    beats = counts[..., index, :].sum(axis=-1)
    hits = counts[..., index, index]
    false = counts[..., negatives, index].sum(axis=-1)
    strictly_false = counts[..., others, index].sum(axis=-1)
    true_negatives = counts[..., others, :][..., other_predictions].sum(axis=(-2, -1))
    name = SYMBOLS[index].lower()
    return {
        f"{name}_se": _ratio(hits, beats),
        f"{name}_ppv": _ratio(hits, hits + false),
        f"{name}_fpr": _ratio(false, false + true_negatives),
        f"{name}_f1": np.where(beats, _ratio(2 * hits, beats + hits + false), np.nan),
        f"{name}_f1_strict": np.where(beats, _ratio(2 * hits, beats + hits + strictly_false), np.nan),
    }


def class_rates(counts: Counts) -> Rates:
    """The figures of both ectopic classes (V and S)."""
    return ectopic_rates(counts, V) | ectopic_rates(counts, S)


def unreadable_rate(counts: Counts) -> Rates:
    """Proportion of the detections with the class Q, because their signal can't be read."""
    return {"unreadable": _ratio(counts[..., Q].sum(axis=-1), counts[..., :NONE].sum(axis=(-2, -1)))}


def _ratio(part: NDArray[np.int64], whole: NDArray[np.int64]) -> NDArray[np.float64]:
    whole = np.asarray(whole)
    ratio: NDArray[np.float64] = np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)
    return ratio

"""Precision-recall curve and ROC of an ectopic class over all thresholds of its probability.

An undetected beat is missed at every threshold, so recall ends below 1. A false detection counts against the class like
any beat of another class.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

from training.evaluation.detector.ec57 import NONE, ScoredBeats

POINTS = 400
"""A curve keeps at most this many points: more are not visible."""


class ClassCurves(msgspec.Struct, frozen=True):
    """The curves of one class against all others.

    Attributes
    ----------
    recall, precision : list of float
        From the highest threshold down.
    average_precision : float
        Mean precision over recall; 0 for the part that is never recalled.
    false_positive_rate : list of float
        At the points of ``recall``: false positives over all detections of other classes.
    at : tuple of float
        Recall, precision and false positive rate of the predicted classes.
    """

    recall: list[float]
    precision: list[float]
    false_positive_rate: list[float]
    average_precision: float
    at: tuple[float, float, float]


def class_curves(beats: ScoredBeats, index: int) -> ClassCurves | None:
    """The curves of the class with this index; None if the reference has no beat of it, or nothing is detected."""
    total = int((beats.reference == index).sum())
    detected = beats.take(beats.predicted != NONE)
    if not total or not len(detected.reference):
        return None
    p = detected.probabilities[:, index]
    order = np.argsort(-p, kind="stable")
    true = (detected.reference == index)[order]
    last = np.flatnonzero(np.append(np.diff(p[order]) != 0, True))  # one point for all equal probabilities
    hits, false = np.cumsum(true)[last], np.cumsum(~true)[last]
    recall, precision = hits / total, hits / (hits + false)
    others = max(1, int((~true).sum()))
    average = float(np.sum(np.diff(recall, prepend=0.0) * precision))
    kept = _thinned(recall)
    predicted = detected.predicted == index
    own_hits = int((predicted & (detected.reference == index)).sum())
    own_false = int((predicted & (detected.reference != index)).sum())
    own_precision = own_hits / predicted.sum() if predicted.any() else float("nan")
    return ClassCurves(
        recall[kept].tolist(),
        precision[kept].tolist(),
        (false / others)[kept].tolist(),
        average,
        (own_hits / total, float(own_precision), own_false / others),
    )


def _thinned(recall: NDArray[np.float64]) -> NDArray[np.int64]:
    """Indexes of the points to keep: half of them evenly in recall, half in rank, because the class has few beats."""
    evenly = np.linspace(0, len(recall) - 1, min(len(recall), POINTS // 2)).astype(np.int64)
    by_recall = np.searchsorted(recall, np.linspace(0, recall[-1], POINTS // 2))
    return np.unique(np.append(evenly, by_recall))

"""Precision over recall and the ROC of an ectopic class, as its probability is cut at every height.

A beat that was not detected is missed at every threshold, so recall ends below 1; a false detection counts against
the class like any other beat that is not of it.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

from training.evaluation.detector.ec57 import NONE, ScoredBeats

POINTS = 400
"""At most this many points of a curve are kept: more can't be seen."""


class ClassCurves(msgspec.Struct, frozen=True):
    """The curves of one class against all others.

    Attributes
    ----------
    recall, precision : list of float
        From the highest threshold down.
    average_precision : float
        Mean precision over recall, 0 for what is never recalled.
    false_positive_rate : list of float
        At the points of ``recall``: false calls over all detections that are not of the class.
    at : tuple of float
        Recall, precision and false positive rate of the calls as they were made.
    """

    recall: list[float]
    precision: list[float]
    false_positive_rate: list[float]
    average_precision: float
    at: tuple[float, float, float]


def class_curves(beats: ScoredBeats, index: int) -> ClassCurves | None:
    """The curves of the class of that index; None without a beat of it."""
    total = int((beats.truth == index).sum())
    found = beats.take(beats.called != NONE)
    if not total or not len(found.truth):
        return None
    p = found.probabilities[:, index]
    order = np.argsort(-p, kind="stable")
    right = (found.truth == index)[order]
    last = np.flatnonzero(np.append(np.diff(p[order]) != 0, True))  # equal probabilities are called together
    hits, false = np.cumsum(right)[last], np.cumsum(~right)[last]
    recall, precision = hits / total, hits / (hits + false)
    others = max(1, int((~right).sum()))
    average = float(np.sum(np.diff(recall, prepend=0.0) * precision))
    kept = _thinned(recall)
    called = found.called == index
    own_hits, own_false = int((called & (found.truth == index)).sum()), int((called & (found.truth != index)).sum())
    own_precision = own_hits / called.sum() if called.any() else float("nan")
    return ClassCurves(
        recall[kept].tolist(),
        precision[kept].tolist(),
        (false / others)[kept].tolist(),
        average,
        (own_hits / total, float(own_precision), own_false / others),
    )


def _thinned(recall: NDArray[np.float64]) -> NDArray[np.int64]:
    """Half of the points evenly in recall, half in rank: few beats are of the class, and they are what one sees."""
    evenly = np.linspace(0, len(recall) - 1, min(len(recall), POINTS // 2)).astype(np.int64)
    by_recall = np.searchsorted(recall, np.linspace(0, recall[-1], POINTS // 2))
    return np.unique(np.append(evenly, by_recall))

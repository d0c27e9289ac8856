"""Figures for model selection and reports. We do not use accuracy: "all beats are normal" has 90 %."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from wardbeat.contracts.messages import SYMBOLS, Symbol

LEARNING_S = 300.0
"""The first five minutes of a record are learning time and are not scored (ANSI/AAMI EC57)."""


class Tally(NamedTuple):
    """Beats of a class in the reference, beats predicted as this class, and true positives."""

    beats: int
    predicted: int
    hits: int

    @property
    def f1(self) -> float:
        """Harmonic mean of sensitivity and positive predictivity; 0 without beats and predictions."""
        total = self.beats + self.predicted
        return 2 * self.hits / total if total else 0.0


def tally(reference: NDArray[np.int8], predicted: NDArray[np.int8], symbol: Symbol) -> Tally:
    """Count one class; both arrays have an index of ``SYMBOLS`` or a negative number for each beat."""
    index = SYMBOLS.index(symbol)
    hits = (reference == index) & (predicted == index)
    return Tally(int((reference == index).sum()), int((predicted == index).sum()), int(hits.sum()))


def auroc(positive: NDArray[np.bool_], score: NDArray[np.floating]) -> float:
    """Probability that a positive row has a higher score than a negative one; NaN if a class is missing."""
    positives = int(positive.sum())
    negatives = len(positive) - positives
    if not positives or not negatives:
        return float("nan")
    ranks = rankdata(score)
    return float((ranks[positive].sum() - positives * (positives + 1) / 2) / (positives * negatives))

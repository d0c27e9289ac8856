"""Figures to choose and to report by. Accuracy is none of them: all beats called normal score 90 %."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from wardbeat.contracts.messages import SYMBOLS, Symbol

LEARNING_S = 300.0
"""The first five minutes of a record are learning time and are not scored (ANSI/AAMI EC57)."""


class Tally(NamedTuple):
    """How many beats of a class there are, how many were called so, and how many of those rightly."""

    beats: int
    called: int
    hits: int

    @property
    def f1(self) -> float:
        """Harmonic mean of sensitivity and positive predictivity; 0 without beats and calls."""
        total = self.beats + self.called
        return 2 * self.hits / total if total else 0.0


def tally(truth: NDArray[np.int8], called: NDArray[np.int8], symbol: Symbol) -> Tally:
    """Count one class; both arrays hold an index of ``SYMBOLS`` or something negative a beat."""
    index = SYMBOLS.index(symbol)
    hits = (truth == index) & (called == index)
    return Tally(int((truth == index).sum()), int((called == index).sum()), int(hits.sum()))


def auroc(truth: NDArray[np.bool_], score: NDArray[np.floating]) -> float:
    """Chance that an abnormal row scores higher than a normal one; NaN without both."""
    positives = int(truth.sum())
    negatives = len(truth) - positives
    if not positives or not negatives:
        return float("nan")
    ranks = rankdata(score)
    return float((ranks[truth].sum() - positives * (positives + 1) / 2) / (positives * negatives))

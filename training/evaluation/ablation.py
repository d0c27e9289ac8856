"""What each part of the combined detector adds: areas under the ROC with confidence intervals over patients.

Windows of one patient are alike, so patients are drawn anew, not windows.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.evaluation import bootstrap
from training.evaluation.bootstrap import Interval
from training.evaluation.scores import auroc

DRAWS = 500


class Ablation(NamedTuple):
    """Areas by score, and by other score by how much the first score's area exceeds the other's."""

    auroc: dict[str, Interval]
    gain: dict[str, Interval]


def ablation(
    scores: Mapping[str, NDArray[np.floating]],
    abnormal: NDArray[np.bool_],
    record: NDArray[np.int32],
    seed: int = 0,
) -> Ablation:
    """Compare scores of the same windows.

    Parameters
    ----------
    scores : mapping of str to ndarray
        The first is the one that is to beat the others.
    abnormal, record : ndarray
        Truth and patient of each window; there are windows of both kinds.
    seed : int
        Of the bootstrap.
    """
    random = np.random.default_rng(seed)
    rows = [np.flatnonzero(record == patient) for patient in np.unique(record)]
    draws: list[list[float]] = []
    while len(draws) < DRAWS:
        drawn = np.concatenate([rows[at] for at in random.integers(len(rows), size=len(rows))])
        if 0 < abnormal[drawn].sum() < len(drawn):
            draws.append([auroc(abnormal[drawn], score[drawn]) for score in scores.values()])
    values = np.array([auroc(abnormal, score) for score in scores.values()])
    drawn_again = np.array(draws)
    names = list(scores)
    return Ablation(
        {name: _interval(values[at], drawn_again[:, at]) for at, name in enumerate(names)},
        {
            name: _interval(values[0] - values[at], drawn_again[:, 0] - drawn_again[:, at])
            for at, name in enumerate(names)
            if at > 0
        },
    )


def _interval(value: float, draws: NDArray[np.float64]) -> Interval:
    exact = bootstrap.interval(float(value), draws)
    return Interval(*(round(figure, 4) for figure in (exact.value, exact.low, exact.high)))

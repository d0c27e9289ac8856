"""What each part of the combined detector adds: areas under the ROC with confidence intervals over patients.

Windows of one patient are similar, so the bootstrap resamples patients, not windows.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.evaluation import bootstrap
from training.evaluation.bootstrap import Interval
from training.evaluation.scores import auroc

RESAMPLES = 500


class Ablation(NamedTuple):
    """The area of each score, and by how much the first score's area exceeds that of each other score."""

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
        The first score is compared with all others.
    abnormal, record : ndarray
        Reference and patient of each window; windows of both classes are needed.
    seed : int
        Seed of the bootstrap.
    """
    random = np.random.default_rng(seed)
    rows = [np.flatnonzero(record == patient) for patient in np.unique(record)]
    areas: list[list[float]] = []
    while len(areas) < RESAMPLES:
        sample = np.concatenate([rows[at] for at in random.integers(len(rows), size=len(rows))])
        if 0 < abnormal[sample].sum() < len(sample):
            areas.append([auroc(abnormal[sample], score[sample]) for score in scores.values()])
    values = np.array([auroc(abnormal, score) for score in scores.values()])
    resampled = np.array(areas)
    names = list(scores)
    return Ablation(
        {name: _interval(values[at], resampled[:, at]) for at, name in enumerate(names)},
        {
            name: _interval(values[0] - values[at], resampled[:, 0] - resampled[:, at])
            for at, name in enumerate(names)
            if at > 0
        },
    )


def _interval(value: float, resampled: NDArray[np.float64]) -> Interval:
    exact = bootstrap.interval(float(value), resampled)
    return Interval(*(round(figure, 4) for figure in (exact.value, exact.low, exact.high)))

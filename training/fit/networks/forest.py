"""Grows the forests of boosted trees: the same seed and rows, the same forest."""

from collections.abc import Mapping
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

BINARY: dict[str, str | int] = {"objective": "binary"}
LEAST_IN_LEAF = 40
BINS = 63
RARITY = -0.5
"""A row weighs the number of its record's rows of its class to this power, as in
:class:`training.fit.networks.beat.BeatSettings`: no patient owns a class."""


def grow_forest(
    features: NDArray[np.float32],
    label: NDArray[Any],
    weights: NDArray[np.float64],
    *,
    rounds: int,
    leaves: int,
    learning_rate: float,
    share_of_features: float,
    share_of_rows: float,
    seed: int,
    objective: Mapping[str, str | int] = BINARY,
    l2: float = 0.0,
) -> lightgbm.Booster:
    """A forest of ``rounds`` trees a class, each with ``leaves`` and its share of features and rows."""
    parameters = {
        **objective,
        "num_leaves": leaves,
        "learning_rate": learning_rate,
        "feature_fraction": share_of_features,
        "bagging_fraction": share_of_rows,
        "bagging_freq": 1,
        "min_data_in_leaf": LEAST_IN_LEAF,
        "lambda_l2": l2,
        "max_bin": BINS,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "seed": seed,
        "verbose": -1,
    }
    return lightgbm.train(parameters, lightgbm.Dataset(features, label, weight=weights), rounds)


def row_weights(
    label: NDArray[np.int64],
    record: NDArray[np.int64],
    mass: Mapping[int, float],
    source: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """What each row weighs, 1 on average: classes by ``mass``, and within a class no patient owns it.

    Parameters
    ----------
    label, record : ndarray
        From 0.
    mass : mapping of int to float
        What the rows of each class weigh in all.
    source : ndarray, optional
        What each row weighs beside others of its class.
    """
    group = record * (label.max(initial=0) + 1) + label
    weights = np.bincount(group)[group].astype(np.float64) ** RARITY
    if source is not None:
        weights *= source
    for value, wanted in mass.items():
        of_class = label == value
        if of_class.any():
            weights[of_class] *= wanted / weights[of_class].sum()
    scaled: NDArray[np.float64] = weights * len(label) / weights.sum()
    return scaled

"""Fits forests of boosted trees; the same seed and rows give the same forest."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import lightgbm
import numpy as np
from numpy.typing import NDArray

BINARY: dict[str, str | int] = {"objective": "binary"}
LEAST_IN_LEAF = 40
BINS = 63
RARITY = -0.5
"""The weight of a row is the number of rows of its class in its record, to this power, as in
:class:`training.fit.networks.beat.BeatSettings`: no patient dominates a class."""


class ForestParameters(NamedTuple):
    """Parameters of a forest.

    Attributes
    ----------
    rounds : int
        Number of trees for each class.
    leaves : int
        Most leaves of a tree.
    learning_rate : float
    feature_fraction, row_fraction : float
        Proportions of the features and of the rows that each tree uses.
    l2 : float
        Penalty of the leaves.
    objective : mapping
        LightGBM's parameters for the objective.
    """

    rounds: int
    leaves: int
    learning_rate: float
    feature_fraction: float
    row_fraction: float
    l2: float = 0.0
    objective: Mapping[str, str | int] = BINARY


def fit_forest(
    features: NDArray[np.float32],
    label: NDArray[Any],
    weights: NDArray[np.float64],
    parameters: ForestParameters,
    seed: int,
) -> lightgbm.Booster:
    """Fit a forest, on one thread, so that the result does not depend on the machine's load."""
    lightgbm_parameters = {
        **parameters.objective,
        "num_leaves": parameters.leaves,
        "learning_rate": parameters.learning_rate,
        "feature_fraction": parameters.feature_fraction,
        "bagging_fraction": parameters.row_fraction,
        "bagging_freq": 1,
        "min_data_in_leaf": LEAST_IN_LEAF,
        "lambda_l2": parameters.l2,
        "max_bin": BINS,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "seed": seed,
        "verbose": -1,
    }
    return lightgbm.train(lightgbm_parameters, lightgbm.Dataset(features, label, weight=weights), parameters.rounds)


def row_weights(
    label: NDArray[np.int64],
    record: NDArray[np.int64],
    mass: Mapping[int, float],
    source: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """The weight of each row, 1 on average, so that no patient dominates a class.

    Parameters
    ----------
    label, record : ndarray
        Class and index of the record, both from 0.
    mass : mapping of int to float
        Sum of the weights of each class.
    source : ndarray, optional
        Relative weight of each row within its class.
    """
    group = record * (label.max(initial=0) + 1) + label
    weights = np.bincount(group)[group].astype(np.float64) ** RARITY
    if source is not None:
        weights *= source
    for value, total in mass.items():
        of_class = label == value
        if of_class.any():
            weights[of_class] *= total / weights[of_class].sum()
    scaled: NDArray[np.float64] = weights * len(label) / weights.sum()
    return scaled

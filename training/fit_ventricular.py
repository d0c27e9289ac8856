"""Fits the forests that tell ventricular tachycardia and fibrillation from everything else, a second at a time.

One forest is for a patient of whom nothing is known, the other knows what is usual. Which of the seconds before a true
alarm are ventricular is found with the forest so far: those that it finds likeliest (multiple instance learning).
"""

from typing import NamedTuple

import lightgbm
import msgspec
import numpy as np
from numpy.typing import NDArray

from models.forest import USUAL_S, chances
from models.inputs import USUAL_FROM_S, VENTRICULAR_CLASSES, VENTRICULAR_FEATURES
from training.ventricular_rows import N_NOW, OTHER, PERHAPS, VENTRICULAR, VentricularRows

RUN_P_V = VENTRICULAR_FEATURES.index("run_mean_p_v")
SHORT_RUN_P_V = VENTRICULAR_FEATURES.index("short_run_mean_p_v")
CHOSEN = 3
"""Seconds of those before a true alarm that are taken for ventricular."""
RARITY = -0.5
"""A second weighs the number of its record's seconds of its class to this power: no patient owns a class."""
MASS = (1.0, 0.8)
"""What the classes weigh in all."""


class VentricularSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the forests are fitted.

    Attributes
    ----------
    rounds : int
        Trees a class.
    leaves, learning_rate, share_of_features, share_of_rows : int, float
        Of each tree.
    other_share : float
        How many of the seconds that are neither are fitted on: their neighbours tell the same.
    """

    rounds: int = 120
    leaves: int = 12
    learning_rate: float = 0.06
    share_of_features: float = 0.3
    share_of_rows: float = 0.6
    other_share: float = 0.4


class VentricularForests(NamedTuple):
    """For a patient of whom nothing is known yet, and for one of whom it is known what is usual."""

    unknown: lightgbm.Booster
    known: lightgbm.Booster


def fit_ventricular(rows: VentricularRows, *, settings: VentricularSettings, seed: int) -> VentricularForests:
    """Fitted forests."""
    random = np.random.default_rng(seed)
    thinned = (rows.label != OTHER) | (random.random(len(rows.label)) < settings.other_share)
    rows = rows.take(thinned)
    strangers = rows._replace(features=np.where(np.arange(rows.features.shape[1]) < N_NOW, rows.features, 0))
    acquainted = rows.take(rows.features[:, USUAL_S] >= USUAL_FROM_S)
    return VentricularForests(_fit(strangers, settings, seed), _fit(acquainted, settings, seed))


def _fit(rows: VentricularRows, settings: VentricularSettings, seed: int) -> lightgbm.Booster:
    likely = rows.features[:, RUN_P_V] + rows.features[:, SHORT_RUN_P_V]
    first = _forest(rows, likely, settings, settings.rounds // 2, seed)
    return _forest(rows, 1 - chances(first, rows.features)[:, OTHER], settings, settings.rounds, seed)


def _forest(
    rows: VentricularRows, likely: NDArray[np.floating], settings: VentricularSettings, rounds: int, seed: int
) -> lightgbm.Booster:
    label = with_likeliest(rows, likely)
    used = label != PERHAPS
    label, record = label[used].astype(np.int64), rows.record[used].astype(np.int64)
    parameters = {
        "objective": "binary",
        "num_leaves": settings.leaves,
        "learning_rate": settings.learning_rate,
        "feature_fraction": settings.share_of_features,
        "bagging_fraction": settings.share_of_rows,
        "bagging_freq": 1,
        "min_data_in_leaf": 40,
        "max_bin": 63,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "seed": seed,
        "verbose": -1,
    }
    data = lightgbm.Dataset(rows.features[used], label, weight=_weights(label, record))
    return lightgbm.train(parameters, data, rounds)


def with_likeliest(rows: VentricularRows, likely: NDArray[np.floating]) -> NDArray[np.int8]:
    """The labels, but of each record's seconds before a true alarm the ``CHOSEN`` likeliest are ventricular."""
    label = rows.label.copy()
    for record in np.unique(rows.record[rows.label == PERHAPS]):
        perhaps = np.flatnonzero((rows.record == record) & (rows.label == PERHAPS))
        label[perhaps[np.argsort(-likely[perhaps], kind="stable")[:CHOSEN]]] = VENTRICULAR
    return label


def _weights(label: NDArray[np.int64], record: NDArray[np.int64]) -> NDArray[np.float64]:
    group = record * len(VENTRICULAR_CLASSES) + label
    weights = np.bincount(group)[group].astype(np.float64) ** RARITY
    for value, mass in enumerate(MASS):
        of_class = label == value
        if of_class.any():
            weights[of_class] *= mass / weights[of_class].sum()
    scaled: NDArray[np.float64] = weights * len(label) / weights.sum()
    return scaled

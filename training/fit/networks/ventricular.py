"""Fits the two forests of the ventricular network, which classify each second: VT, flutter and VF against the rest.

One forest uses the patient's baseline, the other one works before the baseline is known. We do not know which of the
seconds before a true alarm are ventricular. A first forest chooses the most probable ones, and a second forest is
fitted on them (multiple instance learning).
"""

from typing import NamedTuple

import lightgbm
import msgspec
import numpy as np
from numpy.typing import NDArray

from models.forest import BASELINE_S, chances
from models.inputs import BASELINE_FROM_S, VENTRICULAR_FEATURES
from training.data.ventricular_rows import CANDIDATE, N_CURRENT, OTHER, VENTRICULAR, VentricularRows
from training.fit.networks.forest import ForestParameters, fit_forest, row_weights

RUN_P_V = VENTRICULAR_FEATURES.index("run_mean_p_v")
SHORT_RUN_P_V = VENTRICULAR_FEATURES.index("short_run_mean_p_v")
CANDIDATES_TAKEN = 3
"""Number of candidate seconds before a true alarm that get the label "ventricular"."""
MASS = {OTHER: 1.0, VENTRICULAR: 0.8}
"""Sum of the weights of each class."""


class VentricularSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of the forests.

    Attributes
    ----------
    rounds : int
        Number of trees.
    leaves, learning_rate, share_of_features, share_of_rows : int, float
        Leaves, learning rate and proportions of the features and rows of each tree.
    other_share : float
        Proportion of the other seconds that are fitted on; neighbouring seconds are similar.
    """

    rounds: int = 120
    leaves: int = 12
    learning_rate: float = 0.06
    share_of_features: float = 0.3
    share_of_rows: float = 0.6
    other_share: float = 0.4


class VentricularForests(NamedTuple):
    """The forest before the patient's baseline is known, and the forest that uses the baseline."""

    without_baseline: lightgbm.Booster
    with_baseline: lightgbm.Booster


def fit_ventricular(rows: VentricularRows, *, settings: VentricularSettings, seed: int) -> VentricularForests:
    """Fit both forests."""
    random = np.random.default_rng(seed)
    thinned = (rows.label != OTHER) | (random.random(len(rows.label)) < settings.other_share)
    rows = rows.take(thinned)
    without_baseline = rows._replace(features=np.where(np.arange(rows.features.shape[1]) < N_CURRENT, rows.features, 0))
    with_baseline = rows.take(rows.features[:, BASELINE_S] >= BASELINE_FROM_S)
    return VentricularForests(_fit(without_baseline, settings, seed), _fit(with_baseline, settings, seed))


def _fit(rows: VentricularRows, settings: VentricularSettings, seed: int) -> lightgbm.Booster:
    score = rows.features[:, RUN_P_V] + rows.features[:, SHORT_RUN_P_V]
    first = _forest(rows, score, settings, settings.rounds // 2, seed)
    return _forest(rows, 1 - chances(first, rows.features)[:, OTHER], settings, settings.rounds, seed)


def _forest(
    rows: VentricularRows, score: NDArray[np.floating], settings: VentricularSettings, rounds: int, seed: int
) -> lightgbm.Booster:
    label = label_candidates(rows, score)
    used = label != CANDIDATE
    label, record = label[used].astype(np.int64), rows.record[used].astype(np.int64)
    parameters = ForestParameters(
        rounds=rounds,
        leaves=settings.leaves,
        learning_rate=settings.learning_rate,
        feature_fraction=settings.share_of_features,
        row_fraction=settings.share_of_rows,
    )
    return fit_forest(rows.features[used], label, row_weights(label, record, MASS), parameters, seed)


def label_candidates(rows: VentricularRows, score: NDArray[np.floating]) -> NDArray[np.int8]:
    """The labels, with the ``CANDIDATES_TAKEN`` candidates of highest score in each record as ventricular."""
    label = rows.label.copy()
    for record in np.unique(rows.record[rows.label == CANDIDATE]):
        candidates = np.flatnonzero((rows.record == record) & (rows.label == CANDIDATE))
        label[candidates[np.argsort(-score[candidates], kind="stable")[:CANDIDATES_TAKEN]]] = VENTRICULAR
    return label

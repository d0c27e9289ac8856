"""Fits the forests that tell ventricular tachycardia and fibrillation from everything else, a second at a time.

One forest is for a patient of whom nothing is known, the other knows what is usual. Which of the seconds before a true
alarm are ventricular is found with the forest so far: those that it finds likeliest (multiple instance learning).
"""

from typing import NamedTuple

import lightgbm
import msgspec
import numpy as np
from numpy.typing import NDArray

from models.forest import BASELINE_S, chances
from models.inputs import BASELINE_FROM_S, VENTRICULAR_FEATURES
from training.data.ventricular_rows import N_NOW, OTHER, PERHAPS, VENTRICULAR, VentricularRows
from training.fit.networks.forest import grow_forest, row_weights

RUN_P_V = VENTRICULAR_FEATURES.index("run_mean_p_v")
SHORT_RUN_P_V = VENTRICULAR_FEATURES.index("short_run_mean_p_v")
CHOSEN = 3
"""Seconds of those before a true alarm that are taken for ventricular."""
MASS = {OTHER: 1.0, VENTRICULAR: 0.8}
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
    acquainted = rows.take(rows.features[:, BASELINE_S] >= BASELINE_FROM_S)
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
    return grow_forest(
        rows.features[used],
        label,
        row_weights(label, record, MASS),
        rounds=rounds,
        leaves=settings.leaves,
        learning_rate=settings.learning_rate,
        share_of_features=settings.share_of_features,
        share_of_rows=settings.share_of_rows,
        seed=seed,
    )


def with_likeliest(rows: VentricularRows, likely: NDArray[np.floating]) -> NDArray[np.int8]:
    """The labels, but of each record's seconds before a true alarm the ``CHOSEN`` likeliest are ventricular."""
    label = rows.label.copy()
    for record in np.unique(rows.record[rows.label == PERHAPS]):
        perhaps = np.flatnonzero((rows.record == record) & (rows.label == PERHAPS))
        label[perhaps[np.argsort(-likely[perhaps], kind="stable")[:CHOSEN]]] = VENTRICULAR
    return label

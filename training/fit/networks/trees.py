"""Fits the beat classifier's trees, on the same rows as its network."""

import lightgbm
import msgspec
import numpy as np
from numpy.typing import NDArray

from models.trees import Trees, tree_features
from training.data.capture import BeatRows
from training.fit.networks.beat import SETTLED_S, fitted_rows
from training.fit.networks.forest import BINARY, grow_forest, row_weights
from wardbeat.contracts.messages import SYMBOLS, Symbol

SCORED: tuple[Symbol, ...] = ("N", "S", "V", "F")


class TreesSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the trees are fitted.

    Attributes
    ----------
    rounds, shape_rounds : int
        Trees of a forest that tells S from the rest, and of one that tells shapes, for each class.
    leaves, learning_rate, share_of_features, share_of_rows : int, float
        Of each tree.
    normal_share, made_normal_share, made_premature_share : float
        How many of the N, and of the made beats, are fitted on: the rest tells nothing new.
    made_weight : float
        Of a made beat beside a real one.
    """

    rounds: int = 150
    shape_rounds: int = 120
    leaves: int = 20
    learning_rate: float = 0.1
    share_of_features: float = 0.2
    share_of_rows: float = 0.7
    normal_share: float = 0.4
    made_normal_share: float = 0.25
    made_premature_share: float = 0.8
    made_weight: float = 0.4


SHAPES: dict[str, str | int] = {"objective": "multiclass", "num_class": len(SCORED)}
PREMATURE_MASS = {0: 1.0, 1: 0.5}
SHAPE_MASS = {"N": 1.0, "S": 0.5, "V": 0.5, "F": 0.1}
"""What the classes weigh in all."""


def fit_trees(fit: BeatRows, made: BeatRows | None, *, settings: TreesSettings, seed: int) -> Trees:
    """Fitted trees; without made records both forests for S are of real beats alone."""
    random = np.random.default_rng(seed)
    real = _thinned(_of_scored_classes(fitted_rows(fit)), {"N": settings.normal_share}, random)
    features, records = tree_features(real.inputs), real.record.astype(np.int64)
    premature = (real.label == SYMBOLS.index("S")).astype(np.int64)
    weights = row_weights(premature, records, PREMATURE_MASS)
    alone = _forest(features, premature, weights, BINARY, settings.rounds, settings, seed)
    together = alone
    if made is not None:
        shares = {"N": settings.made_normal_share, "S": settings.made_premature_share}
        others = _thinned(_of_scored_classes(fitted_rows(made, SETTLED_S)), shares, random)
        others_premature = (others.label == SYMBOLS.index("S")).astype(np.int64)
        source = np.repeat([1.0, settings.made_weight], [len(premature), len(others_premature)])
        premature = np.append(premature, others_premature)
        records = np.append(records, others.record.astype(np.int64) + records.max(initial=0) + 1)
        weights = row_weights(premature, records, PREMATURE_MASS, source)
        both = np.concatenate([features, tree_features(others.inputs)])
        together = _forest(both, premature, weights, BINARY, settings.rounds, settings, seed)
    mass = {SYMBOLS.index(symbol): weight for symbol, weight in SHAPE_MASS.items()}
    label = real.label.astype(np.int64)
    weights = row_weights(label, real.record.astype(np.int64), mass)
    shapes = _forest(features, label, weights, SHAPES, settings.shape_rounds, settings, seed)
    return Trees(alone, together, shapes)


def _of_scored_classes(rows: BeatRows) -> BeatRows:
    return rows.take(np.isin(rows.label, [SYMBOLS.index(symbol) for symbol in SCORED]))


def _thinned(rows: BeatRows, shares: dict[str, float], random: np.random.Generator) -> BeatRows:
    keep = np.ones(len(rows.label), np.float64)
    for symbol, share in shares.items():
        keep[rows.label == SYMBOLS.index(symbol)] = share
    return rows.take(random.random(len(keep)) < keep)


def _forest(
    features: NDArray[np.float32],
    label: NDArray[np.int64],
    weights: NDArray[np.float64],
    objective: dict[str, str | int],
    rounds: int,
    settings: TreesSettings,
    seed: int,
) -> lightgbm.Booster:
    return grow_forest(
        features,
        label,
        weights,
        objective=objective,
        rounds=rounds,
        leaves=settings.leaves,
        learning_rate=settings.learning_rate,
        share_of_features=settings.share_of_features,
        share_of_rows=settings.share_of_rows,
        seed=seed,
    )

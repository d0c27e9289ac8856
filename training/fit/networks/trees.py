"""Fits the trees of the beat classifier on the same rows as its network."""

import msgspec
import numpy as np

from models.trees import Trees, tree_features
from training.data.capture import BeatRows
from training.fit.networks.beat import SETTLED_S, training_rows
from training.fit.networks.forest import BINARY, ForestParameters, fit_forest, row_weights
from wardbeat.contracts.messages import SYMBOLS, Symbol

SCORED: tuple[Symbol, ...] = ("N", "S", "V", "F")


class TreesSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of the trees.

    Attributes
    ----------
    rounds, shape_rounds : int
        Trees of a forest for S against the rest, and trees for each class of the forest for shapes.
    leaves, learning_rate, share_of_features, share_of_rows : int, float
        Leaves, learning rate and proportions of the features and rows of each tree.
    normal_share, made_normal_share, made_premature_share : float
        Proportions of the N beats, and of the N and S beats of resampled records, that are fitted on; the rest adds
        little information.
    made_weight : float
        Weight of a beat of a resampled record; a beat of a record has the weight 1.
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
"""Sum of the weights of each class."""


def fit_trees(recorded: BeatRows, resampled: BeatRows | None, *, settings: TreesSettings, seed: int) -> Trees:
    """Fit the trees. Without resampled records both forests for S are fitted on the recorded beats."""
    random = np.random.default_rng(seed)
    recorded = _thinned(_of_scored_classes(training_rows(recorded)), {"N": settings.normal_share}, random)
    features, records = tree_features(recorded.inputs), recorded.record.astype(np.int64)
    premature = (recorded.label == SYMBOLS.index("S")).astype(np.int64)
    weights = row_weights(premature, records, PREMATURE_MASS)
    parameters = _parameters(settings, settings.rounds, BINARY)
    without_resampled = fit_forest(features, premature, weights, parameters, seed)
    with_resampled = without_resampled
    if resampled is not None:
        kept = {"N": settings.made_normal_share, "S": settings.made_premature_share}
        others = _thinned(_of_scored_classes(training_rows(resampled, SETTLED_S)), kept, random)
        others_premature = (others.label == SYMBOLS.index("S")).astype(np.int64)
        source = np.repeat([1.0, settings.made_weight], [len(premature), len(others_premature)])
        premature = np.append(premature, others_premature)
        records = np.append(records, others.record.astype(np.int64) + records.max(initial=0) + 1)
        weights = row_weights(premature, records, PREMATURE_MASS, source)
        both = np.concatenate([features, tree_features(others.inputs)])
        with_resampled = fit_forest(both, premature, weights, parameters, seed)
    mass = {SYMBOLS.index(symbol): weight for symbol, weight in SHAPE_MASS.items()}
    label = recorded.label.astype(np.int64)
    weights = row_weights(label, recorded.record.astype(np.int64), mass)
    shapes = fit_forest(features, label, weights, _parameters(settings, settings.shape_rounds, SHAPES), seed)
    return Trees(without_resampled, with_resampled, shapes)


def _of_scored_classes(rows: BeatRows) -> BeatRows:
    return rows.take(np.isin(rows.label, [SYMBOLS.index(symbol) for symbol in SCORED]))


def _thinned(rows: BeatRows, kept: dict[str, float], random: np.random.Generator) -> BeatRows:
    """A random part of the rows; ``kept`` is the proportion by class, 1 for the others."""
    keep = np.ones(len(rows.label), np.float64)
    for symbol, proportion in kept.items():
        keep[rows.label == SYMBOLS.index(symbol)] = proportion
    return rows.take(random.random(len(keep)) < keep)


def _parameters(settings: TreesSettings, rounds: int, objective: dict[str, str | int]) -> ForestParameters:
    return ForestParameters(
        rounds=rounds,
        leaves=settings.leaves,
        learning_rate=settings.learning_rate,
        feature_fraction=settings.share_of_features,
        row_fraction=settings.share_of_rows,
        objective=objective,
    )

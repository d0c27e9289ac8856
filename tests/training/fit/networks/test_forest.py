"""Forests repeat with their seed, and the weights of their rows balance patients and classes."""

import numpy as np
import pytest

from training.fit.networks.forest import ForestParameters, fit_forest, row_weights

PARAMETERS = ForestParameters(rounds=5, leaves=4, learning_rate=0.3, feature_fraction=1.0, row_fraction=0.7)


def test_a_forest_learns_and_repeats_with_its_seed() -> None:
    random = np.random.default_rng(0)
    features = random.normal(size=(400, 3)).astype(np.float32)
    label = (features[:, 1] > 0).astype(np.int8)
    first, again, other = (fit_forest(features, label, np.ones(400), PARAMETERS, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.predict(features), again.predict(features))
    assert first.model_to_string() == again.model_to_string() != other.model_to_string()
    assert first.num_trees() == 5
    predicted = np.asarray(first.predict(features))
    assert predicted[label == 1].min() > predicted[label == 0].max()


def test_no_record_dominates_a_class_and_classes_have_their_mass() -> None:
    label = np.array([0] * 100 + [0] * 4 + [1] * 10)
    record = np.array([0] * 100 + [1] * 4 + [0] * 10)
    weights = row_weights(label, record, {0: 1.0, 1: 0.5})
    assert weights.mean() == pytest.approx(1.0)
    assert weights[label == 0].sum() == pytest.approx(2 * weights[label == 1].sum())
    large, small = weights[:100].sum(), weights[100:104].sum()
    assert large / small == pytest.approx(np.sqrt(100 / 4)), "not 25 times as much"
    half = row_weights(label, record, {0: 1.0, 1: 0.5}, np.where(record == 1, 0.5, 1.0))
    assert half[100] / half[0] == pytest.approx(weights[100] / weights[0] / 2)

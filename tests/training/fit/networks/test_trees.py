"""The trees of the beat classifier."""

import msgspec
import numpy as np
import pytest

from models.inputs import INPUT_SHAPES
from training.data.capture import BeatRows
from training.data.labels import FALSE_DETECTION
from training.fit.networks.trees import TreesSettings, _thinned, fit_trees
from wardbeat.contracts.messages import SYMBOLS

SETTINGS = TreesSettings(rounds=4, shape_rounds=3, normal_share=1.0)
N, S, V = (SYMBOLS.index(symbol) for symbol in "NSV")


def rows(n: int, seed: int) -> BeatRows:
    random = np.random.default_rng(seed)
    label = random.choice([N, S, V, FALSE_DETECTION], n, p=[0.6, 0.2, 0.15, 0.05]).astype(np.int8)
    inputs = {name: random.normal(size=(n, *shape)).astype(np.float32) for name, shape in INPUT_SHAPES["beat"].items()}
    inputs["context"][label == S] += 3.0
    return BeatRows(inputs, label, random.integers(3, size=n).astype(np.int32), np.arange(n, dtype=np.float64) + 100.0)


def test_without_resampled_records_both_forests_for_s_are_the_same() -> None:
    trees = fit_trees(rows(400, 0), None, settings=SETTINGS, seed=1)
    first, second, shapes = trees
    assert first is second
    assert shapes.num_trees() == SETTINGS.shape_rounds * 4, "one tree for each class and round"


def test_a_fit_repeats_with_its_seed_and_uses_resampled_records() -> None:
    trees, again = (fit_trees(rows(400, 0), rows(200, 1), settings=SETTINGS, seed=1) for _ in range(2))
    assert [one.model_to_string() for one in trees] == [one.model_to_string() for one in again]
    assert trees[0].model_to_string() != trees[1].model_to_string()


def test_a_proportion_of_a_class_is_kept() -> None:
    some = rows(2000, 0)
    kept = _thinned(some, {"N": 0.25}, np.random.default_rng(7))
    before, after = (np.bincount(one.label[one.label >= 0], minlength=3) for one in (some, kept))
    assert after[N] / before[N] == pytest.approx(0.25, abs=0.05)
    assert (after[S], after[V]) == (before[S], before[V])


def test_unknown_settings_are_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"speed": 1}, TreesSettings)

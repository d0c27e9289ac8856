"""The fit finds the ventricular seconds before an alarm, learns, and repeats with its seed."""

import msgspec
import numpy as np

from models.forest import BASELINE_S, chances
from models.inputs import VENTRICULAR_FEATURES
from training.data.ventricular_rows import CANDIDATE, OTHER, VENTRICULAR, VentricularRows
from training.fit.networks.ventricular import CANDIDATES_TAKEN, VentricularSettings, fit_ventricular, label_candidates


def rows(random: np.random.Generator, records: int = 12) -> VentricularRows:
    """The fifth feature is large in ventricular seconds, and in three of the candidates before an alarm."""
    n = 60
    features = random.normal(size=(records, n, len(VENTRICULAR_FEATURES))).astype(np.float32)
    features[:, :, BASELINE_S] = 100
    label = np.full((records, n), OTHER, np.int8)
    label[::2, :30] = VENTRICULAR
    label[1::2, 50:] = CANDIDATE
    features[::2, :30, 5] += 4
    features[1::2, 52:55, 5] += 4
    return VentricularRows(features.reshape(-1, features.shape[2]), label.ravel(), np.repeat(np.arange(records), n))


def test_the_candidates_of_highest_score_are_ventricular() -> None:
    fitted = rows(np.random.default_rng(0))
    label = label_candidates(fitted, fitted.features[:, 5])
    chosen = (fitted.label == CANDIDATE) & (label == VENTRICULAR)
    assert np.bincount(fitted.record[chosen])[1::2].tolist() == [CANDIDATES_TAKEN] * 6
    assert (fitted.features[chosen, 5] > 1).all()


def test_a_fit_learns_and_repeats_with_its_seed() -> None:
    fitted, unseen = rows(np.random.default_rng(0)), rows(np.random.default_rng(1))
    settings = VentricularSettings(rounds=60, other_share=1.0, share_of_features=0.9, learning_rate=0.2)
    forests, again = (fit_ventricular(fitted, settings=settings, seed=3) for _ in range(2))
    for forest, same in zip(forests, again, strict=True):
        p = chances(forest, unseen.features)
        np.testing.assert_array_equal(p, chances(same, unseen.features))
        assert p[unseen.label == VENTRICULAR, VENTRICULAR].mean() > 0.7
        assert p[unseen.label == OTHER, VENTRICULAR].mean() < 0.3
    other = fit_ventricular(fitted, settings=msgspec.structs.replace(settings, rounds=5), seed=3)
    assert other.with_baseline.num_trees() == 5

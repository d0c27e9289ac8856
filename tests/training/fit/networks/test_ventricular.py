"""What seconds are labelled, and that a fit finds which of those before an alarm it was about."""

import msgspec
import numpy as np
import pytest

from models.forest import BASELINE_S, chances
from models.inputs import VENTRICULAR_FEATURES
from training.data.ventricular_rows import (
    CANDIDATE,
    N_CURRENT,
    OTHER,
    UNKNOWN,
    VENTRICULAR,
    VentricularRows,
    alarm_labels,
    rhythm_labels,
    with_baseline_features,
)
from training.fit.networks.ventricular import CANDIDATES_TAKEN, VentricularSettings, fit_ventricular, label_candidates
from wardbeat.ecg.reference import ReferenceRhythm

T_S = np.arange(1.0, 31.0)


def test_seconds_are_known_where_all_that_is_looked_at_is_of_one_kind() -> None:
    rhythms = [ReferenceRhythm(0, "(N"), ReferenceRhythm(2500, "(VT"), ReferenceRhythm(5000, "(N")]
    label, neither = rhythm_labels(rhythms, T_S, 250)
    assert T_S[label == VENTRICULAR].tolist() == [14, 15, 16, 17, 18, 19, 20]
    assert T_S[label == OTHER].tolist() == [*range(1, 11), *range(26, 31)]
    assert T_S[~neither].tolist() == list(range(11, 21))


@pytest.mark.parametrize(
    ("kind", "true", "before", "last"),
    [
        ("Ventricular_Tachycardia", True, UNKNOWN, CANDIDATE),
        ("Ventricular_Flutter_Fib", False, UNKNOWN, OTHER),
        ("Tachycardia", True, OTHER, OTHER),
        ("Tachycardia", False, UNKNOWN, OTHER),
        ("Asystole", True, OTHER, OTHER),
    ],
)
def test_an_alarm_tells_of_its_last_seconds(kind: str, true: bool, before: int, last: int) -> None:
    label = alarm_labels(kind, true, np.arange(1.0, 331.0))
    assert set(label[200:287]) == {before}
    assert set(label[290:300]) == {last}
    assert set(label[300:]) == {UNKNOWN}, "what came after the alarm is not looked at"


def test_the_usual_is_of_usual_seconds() -> None:
    features = np.zeros((20, len(VENTRICULAR_FEATURES)), np.float32)
    features[:, 0], features[10:, 2:N_CURRENT] = 2, 1
    found = with_baseline_features(features, np.arange(20) < 10)
    assert found[-1, BASELINE_S] == 10
    assert found[-1, N_CURRENT] == pytest.approx(1.0)


def rows(random: np.random.Generator, records: int = 12) -> VentricularRows:
    """Ventricular seconds have a large fifth feature; of those before an alarm, three have."""
    n = 60
    features = random.normal(size=(records, n, len(VENTRICULAR_FEATURES))).astype(np.float32)
    features[:, :, BASELINE_S] = 100
    label = np.full((records, n), OTHER, np.int8)
    label[::2, :30] = VENTRICULAR
    label[1::2, 50:] = CANDIDATE
    features[::2, :30, 5] += 4
    features[1::2, 52:55, 5] += 4
    return VentricularRows(features.reshape(-1, features.shape[2]), label.ravel(), np.repeat(np.arange(records), n))


def test_the_likeliest_seconds_are_taken() -> None:
    made = rows(np.random.default_rng(0))
    label = label_candidates(made, made.features[:, 5])
    chosen = (made.label == CANDIDATE) & (label == VENTRICULAR)
    assert np.bincount(made.record[chosen])[1::2].tolist() == [CANDIDATES_TAKEN] * 6
    assert (made.features[chosen, 5] > 1).all()


def test_a_fit_learns_and_repeats_with_its_seed() -> None:
    made, unseen = rows(np.random.default_rng(0)), rows(np.random.default_rng(1))
    settings = VentricularSettings(rounds=60, other_share=1.0, share_of_features=0.9, learning_rate=0.2)
    forests, again = (fit_ventricular(made, settings=settings, seed=3) for _ in range(2))
    for forest, same in zip(forests, again, strict=True):
        p = chances(forest, unseen.features)
        np.testing.assert_array_equal(p, chances(same, unseen.features))
        assert p[unseen.label == VENTRICULAR, VENTRICULAR].mean() > 0.7
        assert p[unseen.label == OTHER, VENTRICULAR].mean() < 0.3
    other = fit_ventricular(made, settings=msgspec.structs.replace(settings, rounds=5), seed=3)
    assert other.with_baseline.num_trees() == 5

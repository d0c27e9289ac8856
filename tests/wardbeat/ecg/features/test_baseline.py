"""A patient's baseline."""

import numpy as np
from numpy.typing import NDArray

from wardbeat.ecg.features.baseline import MEMORY_S, PatientBaseline, compare, learn, new_baseline

COLUMNS = np.array([[0, 1], [0, 2]])
"""Two values: feature 0, and the mean of features 1 and 2."""


def measured(*features: float) -> NDArray[np.float32]:
    return np.array(features, np.float32)


def deviation(baseline: PatientBaseline, features: NDArray[np.float32]) -> list[float]:
    found = np.full(3, np.nan, np.float32)
    compare(baseline, features, COLUMNS, found)
    return found.tolist()


def test_without_a_baseline_all_differences_are_zero() -> None:
    assert deviation(new_baseline(2), measured(3, -1, 5)) == [0, 0, 0]


def test_the_baseline_is_the_mean_and_drops_old_seconds_in_the_end() -> None:
    baseline = new_baseline(2)
    for value in (1, 2, 3):
        learn(baseline, measured(value, 0, 2 * value), COLUMNS)
    assert deviation(baseline, measured(5, 4, 8)) == [3, 4, 3]
    for _ in range(6 * MEMORY_S):
        learn(baseline, measured(10, 10, 30), COLUMNS)
    np.testing.assert_allclose(baseline.mean, [10, 20], atol=0.2)
    assert baseline.seconds == MEMORY_S

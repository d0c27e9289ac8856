"""What is usual of a patient."""

import numpy as np
import pytest

from wardbeat.ecg.usual import MEMORY_S, deviation, learn, new_usual


def test_nothing_deviates_while_nothing_is_known() -> None:
    assert deviation(new_usual(2), np.array([3, -1], np.float32)).tolist() == [0, 0, 0]


def test_the_usual_is_the_mean_and_forgets_in_the_end() -> None:
    usual = new_usual(1)
    for value in (1, 2, 3):
        learn(usual, np.array([value], np.float32))
    assert deviation(usual, np.array([5], np.float32)).tolist() == [3, 3]
    for _ in range(6 * MEMORY_S):
        learn(usual, np.array([10], np.float32))
    assert usual.mean[0] == pytest.approx(10, abs=0.1)
    assert usual.seconds == MEMORY_S

"""Growth is found with an interval that holds it; what swings and does not grow has 0 in its interval."""

import os

import numpy as np
import pytest

from benchmarks.memory import memory_mb, slope_of

AT_S = np.arange(0.0, 1200.0, 2.0)


def swinging(rng: np.random.Generator) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """A heap that fills up and is collected, again and again."""
    return 3 * ((AT_S + rng.uniform(0, 40)) % 40) / 40 + rng.normal(0, 0.2, AT_S.size)


@pytest.mark.parametrize("mb_per_h", [0.0, 6.0, -4.0])
def test_the_interval_holds_the_slope_about_as_often_as_it_says(mb_per_h: float) -> None:
    rng = np.random.default_rng(1)
    within = 0
    for _ in range(100):
        found = slope_of(list(AT_S), list(100 + mb_per_h * AT_S / 3600 + swinging(rng)))
        assert found is not None
        assert found.mb_per_h == pytest.approx(mb_per_h, abs=2.5)
        within += found.low_mb_per_h <= mb_per_h <= found.high_mb_per_h
    assert within >= 88


def test_too_few_samples_have_no_slope() -> None:
    assert slope_of([1.0] * 10, [1.0] * 10) is None


def test_memory_of_a_process() -> None:
    mine = memory_mb(os.getpid())
    assert mine is not None
    assert 10 < mine < 5000
    assert memory_mb(2**22 + 1) is None

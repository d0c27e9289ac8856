"""Proportions and their bootstrap intervals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.evaluation.alerts.scores.proportions import interval_of, proportion, proportion_of, resample_records


def test_a_proportion_of_nothing_is_undefined() -> None:
    np.testing.assert_array_equal(proportion(np.array([1, 0]), np.array([2, 0])), [0.5, np.nan])


def test_one_count_is_related_to_the_sum_of_several() -> None:
    counts = np.array([[3, 1, 4], [0, 5, 5]])
    np.testing.assert_array_equal(proportion_of(0, 0, 1)(counts), [0.75, 0.0])


@given(st.lists(st.tuples(st.integers(1, 20), st.integers(0, 20)), min_size=1, max_size=8))
def test_the_value_is_of_all_records_and_lies_among_the_resampled_ones(counts: list[tuple[int, int]]) -> None:
    cells = np.array(counts)
    found = interval_of(proportion_of(0, 0, 1), cells, resample_records([str(n) for n in range(len(counts))], 0))
    assert found.value == pytest.approx(cells[:, 0].sum() / cells.sum())
    by_record = cells[:, 0] / cells.sum(axis=1)
    assert by_record.min() - 1e-9 <= found.low <= found.high <= by_record.max() + 1e-9


def test_records_of_one_patient_are_resampled_together() -> None:
    resamples = resample_records(["a", "a", "b"], seed=1)
    assert (resamples[:, 0] == resamples[:, 1]).all()
    assert (resamples[:, 0] + resamples[:, 2] == 2).all()
    assert resample_records([], seed=1).shape == (1, 0)

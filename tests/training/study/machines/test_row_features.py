"""Features of rows: the task's own, or a summary of its signal."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.study.machines.row_features import (
    OCTAVES,
    ROWS,
    lead_correlations,
    octave_shares,
    row_features,
    signal_summary,
)


def waves(cycles: list[int], samples: int = 256) -> np.ndarray:
    """Rows of one lead, each a sine of so many cycles."""
    phase = 2 * np.pi * np.arange(samples) / samples
    return np.stack([np.sin(n * phase) for n in cycles])[:, :, None].astype(np.float32)


def test_features_of_the_task_are_taken_as_they_are() -> None:
    features = np.arange(6, dtype=np.float32).reshape(2, 3)
    taken = row_features({"signal": np.ones((2, 9, 1), np.float32), "features": features})
    assert taken.dtype == np.float32
    np.testing.assert_array_equal(taken, features)


def test_without_them_signal_and_sequence_are_summarised() -> None:
    random = np.random.default_rng(0)
    signal, sequence = random.normal(size=(ROWS + 3, 32, 2)), random.normal(size=(ROWS + 3, 4, 5))
    taken = row_features({"signal": signal.astype(np.float32), "sequence": sequence.astype(np.float32)})
    np.testing.assert_array_equal(taken[:, -20:], sequence.reshape(-1, 20).astype(np.float32))
    np.testing.assert_array_equal(taken[ROWS:, :-20], signal_summary(signal[ROWS:].astype(np.float32)))


@pytest.mark.parametrize(("cycles", "octave"), [(127, 7), (65, 7), (63, 6), (33, 6), (10, 4), (1, 1)])
def test_the_power_of_a_sine_is_in_its_octave(cycles: int, octave: int) -> None:
    shares = octave_shares(waves([cycles]))[0]
    assert shares.shape == (OCTAVES,)
    assert shares.argmax() == octave
    assert shares.max() == pytest.approx(0.0, abs=1e-6)


def test_leads_that_are_equal_or_inverted_correlate() -> None:
    one, other = waves([3])[0], waves([5])[0]
    signal = np.concatenate([one, one, -one, other, np.zeros_like(one)], axis=1)[None]
    assert lead_correlations(signal)[0] == pytest.approx([1, -1, 0, 0, -1, 0, 0, 0, 0, 0], abs=1e-4)


@given(st.integers(4, 40), st.integers(1, 3), st.sampled_from([0.0, 1e-6, 1.0, 1e4]), st.integers(0, 99))
def test_each_row_is_summarised_by_itself_and_in_numbers(samples: int, leads: int, size: float, seed: int) -> None:
    signal = (size * np.random.default_rng(seed).normal(size=(3, samples, leads))).astype(np.float32)
    summary = signal_summary(signal)
    assert np.isfinite(summary).all()
    assert summary[1:2] == pytest.approx(signal_summary(signal[1:2]), rel=1e-3, abs=1e-3)

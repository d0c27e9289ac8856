"""The same signal is found wherever a record begins, and nothing else is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.explore.fingerprints import equal_stretches, fingerprints
from wardbeat.ecg.chunking import quantise

FS = 250.0


def hearts(seed: int, n: int = 20) -> tuple[np.ndarray, list[int]]:
    """Noise with spikes, as ADC values, and the samples of the spikes."""
    random = np.random.default_rng(seed)
    signal = random.normal(0.0, 20.0, (2, n * 250))
    peaks = [at * 250 + 125 for at in range(n)]
    signal[:, peaks] += 500.0
    return signal.astype(np.int16), peaks


def hashes(signal: np.ndarray, peaks: list[int]) -> np.ndarray:
    return np.unique(np.array(fingerprints(signal, np.ones(signal.shape, np.bool_), peaks, FS), np.uint64))


@given(st.integers(1, 2000), st.integers(-3, 3))
def test_a_copy_that_begins_later_is_found(shift: int, late: int) -> None:
    """Also if its R peaks are found some samples away, and it has another baseline."""
    signal, peaks = hearts(1)
    copy = signal[:, shift:] + 37
    moved = [peak - shift + late for peak in peaks if peak - shift + late >= 0]
    shared = equal_stretches([hashes(signal, peaks), hashes(copy, moved)])
    assert shared[0, 1] >= 2 * (len(moved) - 3)


def test_other_signals_share_nothing() -> None:
    assert equal_stretches([hashes(*hearts(1)), hashes(*hearts(2))]) == {}
    assert equal_stretches([]) == {}
    assert equal_stretches([np.zeros(0, np.uint64)]) == {}


@pytest.mark.parametrize("signal", [np.zeros((1, 1000)), np.tile([[0.0] * 100 + [1.0] * 100], 5)])
def test_flat_signals_and_calibration_pulses_have_no_fingerprint(signal: np.ndarray) -> None:
    d_signal = quantise(signal, [200.0], [0])
    assert fingerprints(d_signal, np.ones(d_signal.shape, np.bool_), [300, 500, 700], FS) == []


def test_invalid_samples_are_no_signal() -> None:
    signal, peaks = hearts(3)
    assert fingerprints(signal, np.zeros(signal.shape, np.bool_), peaks, FS) == []
    assert fingerprints(signal, np.ones(signal.shape, np.bool_), [0, signal.shape[1] - 1], FS) == []

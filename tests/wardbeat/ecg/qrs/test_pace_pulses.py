"""A pacemaker's pulse alone is no beat, a pulse with a complex after it is, and complexes themselves stay unchanged."""

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.support.qrs_scoring import find_r_peaks
from wardbeat.ecg.qrs.pace_pulses import DELAY_SAMPLES, MIN_HEIGHT_MV, RING, without_pulses
from wardbeat.ecg.resample import new_resampler, resample


def cleaned(signal: NDArray[np.float64]) -> NDArray[np.float64]:
    """A 250 Hz signal without its pulses, the delay removed."""
    ring = np.zeros(RING)
    out = np.array([without_pulses(value, k, ring) for k, value in enumerate(signal)])
    return out[DELAY_SAMPLES:]


def at_250(signal: NDArray[np.float64], fs: float) -> NDArray[np.float64]:
    resampled: NDArray[np.float64] = resample(new_resampler(fs, 1), signal[None])[0][0]
    return resampled


def pulses(fs: float, size_mv: float, width_s: float, duration_s: float = 20) -> NDArray[np.float64]:
    signal = np.random.default_rng(2).normal(0, 0.01, round(duration_s * fs))
    for t_s in np.arange(0.4, duration_s - 0.2, 60 / 70):
        signal[round(t_s * fs) : round(t_s * fs) + max(1, round(width_s * fs))] += size_mv
    return signal


@pytest.mark.parametrize(
    ("fs", "size_mv"),
    [(128, 0.5), (128, -3.0), *((fs, size_mv) for fs in (250, 360, 500, 1000) for size_mv in (0.5, -1.0, 5.0, -9.0))],
)
@pytest.mark.parametrize("width_s", [0.001, 0.002])
def test_a_pulse_alone_is_removed_and_is_no_beat(fs: float, size_mv: float, width_s: float) -> None:
    signal = pulses(fs, size_mv, width_s)
    rest = cleaned(at_250(signal, fs))
    assert np.abs(rest[20:]).max() < max(MIN_HEIGHT_MV + 0.1, 0.2 * abs(size_mv))
    assert find_r_peaks(np.stack([signal, 0.7 * signal]), fs) == []


@pytest.mark.parametrize("width_s", [0.05, 0.06, 0.08, 0.12])
@pytest.mark.parametrize("shape", ["triangle", "Gaussian", "R and S"])
def test_a_complex_stays_unchanged(width_s: float, shape: str) -> None:
    """Down to 50 ms from foot to foot, at every position between two samples."""
    for shift in np.arange(0, 1, 0.1):
        t_s = (np.arange(200) - 100 - shift) / 250
        triangle = np.clip(1 - np.abs(t_s) / (width_s / 2), 0, None)
        late = np.clip(1 - np.abs(t_s - width_s / 2) / (width_s / 4), 0, None)
        signal = {
            "triangle": triangle,
            "Gaussian": np.exp(-0.5 * (t_s / (width_s / 6)) ** 2),
            "R and S": triangle - 0.4 * late,
        }[shape]
        np.testing.assert_array_equal(cleaned(signal), signal[:-DELAY_SAMPLES])


def test_a_pulse_before_a_complex_stays_and_counts_once() -> None:
    t_s = np.arange(20 * 360) / 360
    since_s = (t_s + 0.3) % 0.8 - 0.4
    answer = 1.2 * np.exp(-0.5 * ((since_s - 0.06) / 0.025) ** 2) - 0.4 * np.exp(-0.5 * ((since_s - 0.3) / 0.05) ** 2)
    signal = answer + 2.0 * (np.abs(since_s) < 0.5 / 360) + np.random.default_rng(0).normal(0, 0.01, len(t_s))
    found = np.array(find_r_peaks(np.stack([signal, -0.5 * signal]), 360)) / 360
    found = found[found > 3]
    assert len(found) == pytest.approx(17 / 0.8, abs=2)
    assert np.diff(found) == pytest.approx(0.8, abs=0.05)

"""The fit of a window finds hum beside what an ECG has between QRS complexes, and says when it can't be trusted."""

import numpy as np
import pytest
from numpy.typing import NDArray

from wardbeat.ecg.mains.window_fit import (
    MAINS_HZ,
    NO_SIGNAL,
    PARTLY_INVALID,
    QUIET_MV2,
    amplitudes,
    measure,
    variance_left,
    window_fits,
    window_samples,
)

RATES_HZ = [128, 200, 250, 257, 360, 500, 1000]


def times_s(fs: float) -> NDArray[np.float64]:
    """Times of a window's samples; 0 is the newest."""
    return np.arange(1 - window_samples(fs), 1) / fs


def hum_mv(fs: float, hz: float, amplitude: complex) -> NDArray[np.float64]:
    return np.real(amplitude * np.exp(2j * np.pi * hz * times_s(fs)))


@pytest.mark.parametrize("fs", RATES_HZ)
@pytest.mark.parametrize("which", [0, 1])
def test_hum_is_measured_beside_waves_and_harmonics(fs: float, which: int) -> None:
    t_s, hz = times_s(fs), MAINS_HZ[which]
    waves = 2.0 + 20.0 * t_s - 300.0 * t_s**2
    samples = waves + hum_mv(fs, hz, 0.3 - 0.4j)
    if 2 * hz < 0.4 * fs:
        samples += hum_mv(fs, 2 * hz, 0.2j)
    expected_second = 0.2j if 2 * hz < 0.4 * fs else 0j
    amplitude, second, left = measure(samples, 0j, 0j, 1j, which, window_fits(fs))
    assert amplitude == pytest.approx(0.3 - 0.4j, abs=1e-9)
    assert second == pytest.approx(expected_second, abs=1e-9)
    assert left < 1e-12
    assert amplitudes(samples, window_fits(fs))[which] == pytest.approx(0.3 - 0.4j, abs=1e-9)


def test_known_hum_is_subtracted_before_the_fit() -> None:
    fs, turn = 250.0, np.exp(2j * np.pi * 50.4 / 250.0)
    amplitude, _, left = measure(hum_mv(fs, 50.4, 0.5 + 0j), 0.4 + 0j, 0j, turn, 0, window_fits(fs))
    assert amplitude == pytest.approx(0.1, abs=0.015), "a fifth of the error of 0.06 that 0.4 Hz make in all of it"
    assert left < 0.01**2


def test_fibrillation_leaves_little_and_a_qrs_complex_much() -> None:
    t_s, fits = times_s(250.0), window_fits(250.0)
    waves = [np.sin(2 * np.pi * 5.0 * t_s + phase) for phase in np.linspace(0, 2 * np.pi, 12)]
    fibrillation = max(measure(wave, 0j, 0j, 1j, 0, fits)[2] for wave in waves)
    qrs = measure(1.5 * np.maximum(0.0, 1 - np.abs(t_s + 0.05) / 0.02), 0j, 0j, 1j, 0, fits)[2]
    assert np.sqrt(fibrillation) < 0.025
    assert np.sqrt(qrs) > 0.15


def test_windows_without_a_fit_say_why() -> None:
    fits, samples = window_fits(250.0), hum_mv(250.0, 50.0, 1 + 0j)
    one_invalid, none_valid, flat = samples.copy(), np.full_like(samples, np.nan), np.full_like(samples, 4.2)
    one_invalid[3] = np.nan
    reasons = [measure(window, 0j, 0j, 1j, 0, fits)[2] for window in (one_invalid, none_valid, flat)]
    assert reasons == [PARTLY_INVALID, NO_SIGNAL, NO_SIGNAL]
    assert variance_left(one_invalid, amplitudes(one_invalid, fits)[0], 0, fits) == PARTLY_INVALID


def test_a_window_with_too_small_an_amplitude_counts_as_quiet() -> None:
    rng, fits = np.random.default_rng(1), window_fits(250.0)
    noise = rng.normal(0.0, 0.02, window_samples(250.0))
    assert variance_left(noise, 0.001 + 0j, 0, fits) == QUIET_MV2
    assert variance_left(noise, 0.1 + 0j, 0, fits) == measure(noise, 0j, 0j, 1j, 0, fits)[2] > 0.0


def test_no_sine_is_fitted_above_half_the_rate_and_its_cosine_at_half_the_rate() -> None:
    fits = window_fits(100.0)
    assert not fits.sine[1].any(), "60 Hz at 100 Hz"
    amplitude, _, _ = measure(hum_mv(100.0, 50.0, 0.3 + 0j), 0j, 0j, 1j, 0, fits)
    assert amplitude == pytest.approx(0.3, abs=1e-9)

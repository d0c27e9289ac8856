"""Noise for the augmentation: synthetic, and recorded."""

from pathlib import Path

import numpy as np

from training.data.noise import noise_signals


def test_synthetic_noise_has_unit_standard_deviation_and_repeats_with_its_seed() -> None:
    first, again = (noise_signals(None, np.random.default_rng(1)) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert all(abs(float(noise.std()) - 1.0) < 1e-3 for noise in first)


def test_recorded_noise_is_read_at_the_rate_of_the_networks(shared_data: Path) -> None:
    noise = noise_signals(shared_data / "nstdb", np.random.default_rng(0))
    assert len(noise) == 4
    assert all(abs(len(lead) / 125 - 1805.6) < 1 for lead in noise)


def test_the_power_of_synthetic_noise_lies_in_the_band_of_the_monitor() -> None:
    for noise in noise_signals(None, np.random.default_rng(1), fs_hz=250):
        power = np.abs(np.fft.rfft(noise)) ** 2
        hz = np.fft.rfftfreq(len(noise), 1 / 250)
        assert power[(hz > 0.4) & (hz < 41)].sum() > 0.999 * power.sum()

"""Noise for the augmentation: recorded electrode noise if its records are given, synthetic noise otherwise."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.inputs import NETWORK_FS_HZ
from wardbeat.ecg.io.records import open_noise, read_mv

NOISE_RECORDS = ("bw", "ma")
"""Baseline wander and muscle noise of the MIT-BIH Noise Stress Test; its electrode motion (em) is only for tests."""
BAND_HZ = (0.5, 40.0)
"""About the pass band of the monitor's filters."""
SYNTHETIC_S = 600


def noise_signals(
    folder: Path | None, random: np.random.Generator, fs_hz: int = NETWORK_FS_HZ
) -> list[NDArray[np.float32]]:
    """Noise signals, each with standard deviation 1.

    Parameters
    ----------
    folder : Path or None
        Folder of the records ``bw`` and ``ma``; None gives synthetic noise with a flat or falling spectrum.
    random : Generator
    fs_hz : int, optional
        Sampling rate; by default that of the networks.

    Raises
    ------
    RecordError
        If the folder has no such records.
    """
    if folder is None:
        return [_synthetic(exponent, random, fs_hz) for exponent in (0.0, 1.0, 2.0)]
    return [lead for name in NOISE_RECORDS for lead in _recorded(folder / name, fs_hz)]


def _synthetic(exponent: float, random: np.random.Generator, fs_hz: int) -> NDArray[np.float32]:
    """Noise with a power of 1 / frequency ** exponent."""
    n = SYNTHETIC_S * fs_hz
    frequency = np.fft.rfftfreq(n, 1 / fs_hz)
    inside = (frequency >= BAND_HZ[0]) & (frequency <= BAND_HZ[1])
    amplitude = np.zeros_like(frequency)
    amplitude[inside] = frequency[inside] ** (-exponent / 2)
    phase = random.uniform(0.0, 2 * np.pi, len(frequency))
    return _unit(np.fft.irfft(amplitude * np.exp(1j * phase), n))


def _recorded(path: Path, fs_hz: int) -> Sequence[NDArray[np.float32]]:
    from scipy import signal

    record = open_noise(path)
    p_signal = np.nan_to_num(read_mv(record, 0, record.n_samples))
    band = signal.butter(2, BAND_HZ, "bandpass", fs=record.fs, output="sos")
    slow = signal.resample_poly(signal.sosfilt(band, p_signal, axis=1), fs_hz, round(record.fs), axis=1)
    return [_unit(lead) for lead in slow]


def _unit(noise: NDArray[np.float64]) -> NDArray[np.float32]:
    scaled: NDArray[np.float32] = (noise / noise.std()).astype(np.float32)
    return scaled

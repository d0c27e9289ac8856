"""The noise stress test of Moody, Muldrow and Mark 1984: electrode motion added to clean records, calibrated.

The times of the noise are the defaults of the program nst of WFDB: 5 min without noise, then 2 min with and 2 min
without in turn. The noise record starts at the same time as the clean record. There is no step at the borders.

The signal-to-noise ratio is also that of nst, per lead. The power of the signal is the squared mean peak-to-peak
amplitude of the first 300 normal QRS complexes, divided by 8. The power of the noise is the squared mean of the
standard deviations of its first 300 seconds. Both means leave out the largest and the smallest 5 %. For 118 and 119
this gives the gains of nstdb within 2 % (0.15 dB).
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.evaluation.altered_records import AlteredRecord
from wardbeat.ecg.io.annotations import read_beats
from wardbeat.ecg.io.records import Record, open_noise, read_mv
from wardbeat.ecg.reference import ReferenceBeat

LEVELS_DB = (24.0, 18.0, 12.0, 6.0, 0.0, -6.0)
NOISE_RECORD = "em"
"""Electrode motion; the fit of the networks uses only bw and ma."""
CLEAN_RECORDS = ("103", "113", "115", "117", "122", "123")
"""Records of mitdb with little noise, from six patients."""
FIRST_S = 300.0
TURN_S = 120.0
MEASURED = 300
TRIMMED = 0.05
QRS_S = (0.05, 0.1)
"""A QRS complex lies within these times before and after its annotation."""


def with_noise(record: Record, noise: Path, snr_db: float) -> AlteredRecord:
    """A record with the noise of a noise record added, at a signal-to-noise ratio.

    Raises
    ------
    RecordError
        If a record or the reference annotations can't be read.
    """
    p_signal = read_mv(record, 0, record.n_samples)
    added = matching_noise(p_signal, noise, record.fs)
    gain = noise_gain(p_signal, read_beats(record.path), added, record.fs, snr_db)
    steps = np.diff(added, axis=1, prepend=added[:, :1]) * in_noise(np.arange(record.n_samples) / record.fs)
    return AlteredRecord(record, p_signal + gain[:, None] * np.cumsum(steps, axis=1))


def noise_gain(
    p_signal: NDArray[np.float64],
    beats: list[ReferenceBeat],
    noise: NDArray[np.float64],
    fs: float,
    snr_db: float,
) -> NDArray[np.float64]:
    """The factor for the noise of each lead, shape (leads,)."""
    before, after = (round(part * fs) for part in QRS_S)
    normal = [
        beat.sample for beat in beats if beat.symbol == "N" and before <= beat.sample < p_signal.shape[1] - after
    ][:MEASURED]
    amplitude = _middle_mean(np.array([np.ptp(p_signal[:, at - before : at + after], axis=1) for at in normal]))
    second = round(fs)
    seconds = min(MEASURED, noise.shape[1] // second)
    pieces = noise[:, : seconds * second].reshape(len(noise), seconds, second)
    rms = _middle_mean(pieces.std(axis=2).T)
    gain: NDArray[np.float64] = amplitude / np.sqrt(8) / rms * 10 ** (-snr_db / 20)
    return gain


def in_noise(t_s: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether noise is added at each time."""
    turn = np.floor((t_s - FIRST_S) / TURN_S)
    noisy: NDArray[np.bool_] = (turn >= 0) & (turn % 2 == 0)
    return noisy


def matching_noise(p_signal: NDArray[np.float64], noise: Path, fs: float) -> NDArray[np.float64]:
    """Noise with the shape and sampling rate of a signal: leads in turn, and from the start again after its end."""
    from scipy import signal

    record = open_noise(noise)
    p_noise = np.nan_to_num(read_mv(record, 0, record.n_samples))
    if record.fs != fs:
        p_noise = signal.resample_poly(p_noise, round(fs), round(record.fs), axis=1)
    n_leads, n = p_signal.shape
    repeated = np.tile(p_noise, -(-n // p_noise.shape[1]))[:, :n]
    like: NDArray[np.float64] = repeated[np.arange(n_leads) % len(p_noise)]
    return like


def _middle_mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean over rows without the largest and the smallest 5 %."""
    cut = int(len(values) * TRIMMED)
    mean: NDArray[np.float64] = np.sort(values, axis=0)[cut : len(values) - cut].mean(axis=0)
    return mean

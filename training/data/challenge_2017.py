"""Records of challenge-2017: the reference rhythm of each, their signal for networks, and their split.

The data set (Clifford et al. 2017, doi:10.22489/CinC.2017.065-469) has one lead of handheld recorders, 9 to 61 s at
300 Hz. Each record has one label. Nobody published which records are of one person, so each record counts as a patient.
"""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, resample_poly, sosfiltfilt

from wardbeat.ecg.io.records import open_record, read_mv
from wardbeat.errors import RecordError

REFERENCE: Final = "REFERENCE-v3.csv"
"""The table of labels."""
RHYTHMS: Final = ("N", "A", "O", "~")
"""Normal, atrial fibrillation, another rhythm, too noisy to classify."""
HIGH_PASS_HZ: Final = 0.5
"""Removes the drift of the baseline."""
MOST_SCALES: Final = 10.0
"""A sample is at most this many standard deviations of its record."""


def read_record_rhythms(folder: Path) -> dict[str, str]:
    """The reference rhythm of each record of a folder, one of ``RHYTHMS``; empty if the folder has no table.

    Raises
    ------
    RecordError
        If a line has another form.
    """
    table = folder / REFERENCE
    rhythms = {}
    for row, line in enumerate(table.read_text(encoding="utf-8").splitlines() if table.is_file() else [], 1):
        record, rhythm = [*line.split(","), ""][:2]
        if rhythm not in RHYTHMS:
            raise RecordError(f"{table} line {row}: must be record and N, A, O or ~, {line!r} found; correct it")
        rhythms[record] = rhythm
    return rhythms


def read_strip(path: Path, fs_hz: int) -> NDArray[np.float32]:
    """The first lead of a record for a network that classifies whole records, shape (samples,).

    The signal is resampled, its drift removed, and divided by the standard deviation of the record. The filter runs in
    both directions and the scale is that of the whole record: the live path can do neither.

    Raises
    ------
    RecordError
        If the record can't be read.
    """
    record = open_record(path)
    signal = read_mv(record, 0, record.n_samples)[0]
    known = np.isfinite(signal)
    if not known.any():
        return np.zeros(round(record.n_samples * fs_hz / record.fs), np.float32)
    at = np.arange(len(signal))
    signal = np.interp(at, at[known], signal[known])
    ratio = Fraction(fs_hz) / Fraction(record.fs).limit_denominator(1000)
    resampled = resample_poly(signal, ratio.numerator, ratio.denominator, padtype="line")
    high_pass = butter(2, HIGH_PASS_HZ, "highpass", fs=fs_hz, output="sos")
    filtered = sosfiltfilt(high_pass, resampled, padlen=min(3 * fs_hz, len(resampled) - 1))
    return scaled_by_record(filtered)


def scaled_by_record(signal: NDArray[np.float64]) -> NDArray[np.float32]:
    """A signal over its standard deviation, clipped; the deviation leaves out the largest 1 % of the samples.

    Examples
    --------
    >>> scaled_by_record(np.array([1.0, -1.0, 1.0, -1.0])).tolist()
    [1.0, -1.0, 1.0, -1.0]
    """
    usual = np.abs(signal) <= np.quantile(np.abs(signal), 0.99)
    deviation = float(np.std(signal[usual])) or 1.0
    return np.clip(signal / deviation, -MOST_SCALES, MOST_SCALES).astype(np.float32)


def split_records(rhythms: Mapping[str, str], proportions: Mapping[str, float], seed: int) -> dict[str, str]:
    """The part of each record: each rhythm is split in the same proportions, at random.

    Parameters
    ----------
    rhythms : mapping of str to str
        The rhythm of each record.
    proportions : mapping of str to float
        The proportion of the records in each part; the sum is 1.
    seed : int
        The same seed gives the same split, in whatever order the records come.

    Examples
    --------
    >>> sorted(split_records({"a": "N", "b": "N"}, {"fit": 0.5, "test": 0.5}, 0).values())
    ['fit', 'test']
    """
    random = np.random.default_rng(seed)
    parts: dict[str, str] = {}
    for rhythm in sorted(set(rhythms.values())):
        records = sorted(record for record, of_record in rhythms.items() if of_record == rhythm)
        ends = np.round(np.cumsum(list(proportions.values())) * len(records)).astype(int)
        names = np.repeat(list(proportions), np.diff(ends, prepend=0))
        parts |= {records[at]: str(name) for at, name in zip(random.permutation(len(records)), names, strict=True)}
    return parts

"""The shape of the waves in the last four seconds: the line between them, and their disorder.

Organised complexes have a line between them, wide ones too. Flutter and fibrillation have none. The waves of a regular
tachycardia repeat themselves; those of fibrillation do not. Gain and polarity change no measure.
"""

import msgspec
import numpy as np
from numba import njit
from numpy.typing import NDArray

from wardbeat.ecg.features.ventricular import COARSE, FIRST_LAG, FS_HZ, LAST_LAG, WINDOW_SAMPLES, N, halved, normalise

BINS, LEVEL_BINS = 40, 6
"""The line is the level with most samples: 15 % of the signal's range."""
MAX_KURTOSIS = 6.0
"""Narrow complexes on a line have more (sinus rhythm: 8 and more; fibrillation: 2 to 4). They need no closer look."""
TOLERANCE = 0.2
"""Patterns match within this many standard deviations (Richman and Moorman 2000,
doi:10.1152/ajpheart.2000.278.6.H2039)."""
FALLEN = 0.2
"""The correlation must fall below this before a lag is one cycle: at short lags every signal resembles itself."""
NEARLY_BEST = 0.85
"""The cycle is the first lag whose correlation is this close to the best one, as two cycles repeat themselves too."""
LINE_SHARE, DISORDER, CYCLE_S = range(3)


class WaveShape(msgspec.Struct, frozen=True):
    """Means over the usable leads.

    Attributes
    ----------
    line_share : float
        Proportion of the samples on the level where the signal stays longest: 0.25 for a sine, 1 without a lead.
    disorder : float
        Sample entropy less the best self-correlation: −1 for a sine, above 0.1 for most fibrillation.
    cycle_s : float
        Length of one cycle, 0 if the waves do not repeat themselves.
    """

    line_share: float = 1.0
    disorder: float = 0.0
    cycle_s: float = 0.0


def wave_shape(signal: NDArray[np.float32], valid: NDArray[np.uint8], leads: NDArray[np.int64], end: int) -> WaveShape:
    """The shape of the waves in the four seconds before a sample.

    Parameters
    ----------
    signal : ndarray, shape (leads, size)
        Ring of filtered ECG in mV at 250 Hz.
    valid : ndarray, shape (leads, size)
        1 where a sample is valid.
    leads : ndarray, shape (2,)
        Rows to measure, −1 for none.
    end : int
        250 Hz sample after the last one.
    """
    found = np.array([1.0, 0.0, 0.0])
    if end >= WINDOW_SAMPLES:
        _measure(signal, valid, leads, end, found)
    return WaveShape(float(found[LINE_SHARE]), float(found[DISORDER]), float(found[CYCLE_S]))


@njit(cache=True, fastmath=True)
def _measure(signal, valid, leads, end, found):  # type: ignore[no-untyped-def] # numba
    """Fill in the means over the usable leads; a peaked lead counts as organised without a closer look."""
    z = np.empty(N, np.float32)
    usable, sums = 0, np.zeros(3)
    for lead in leads:
        if lead < 0 or normalise(signal, valid, lead, end, z) == 0.0:
            continue
        usable += 1
        fourth = np.float32(0.0)
        for value in z:
            square = value * value
            fourth += square * square
        if fourth > MAX_KURTOSIS * N:
            sums[LINE_SHARE] += 1.0
        else:
            _measure_lead(z, sums)
    if usable > 0:
        for at in range(3):
            found[at] = sums[at] / usable


# Inlined for the same bits in each process, as in the ventricular measures.
@njit(cache=True, fastmath=True, inline="always")
def _measure_lead(z, sums):  # type: ignore[no-untyped-def] # numba
    """Add the measures of a lead of mean 0 and variance 1."""
    sums[LINE_SHARE] += _line_share(z)
    coarse = halved(z)
    best, cycle = _repetition(coarse)
    sums[CYCLE_S] += cycle * COARSE / FS_HZ
    sums[DISORDER] += _sample_entropy(coarse) - best


@njit(cache=True, fastmath=True, inline="always")
def _line_share(z):  # type: ignore[no-untyped-def] # numba
    low, high = z.min(), z.max()
    counts = np.zeros(BINS, np.int64)
    for value in z:
        counts[min(int((value - low) / (high - low) * BINS), BINS - 1)] += 1
    now = counts[:LEVEL_BINS].sum()
    most = now
    for i in range(LEVEL_BINS, BINS):
        now += counts[i] - counts[i - LEVEL_BINS]
        most = max(most, now)
    return most / len(z)


@njit(cache=True, fastmath=True, inline="always")
def _sample_entropy(c):  # type: ignore[no-untyped-def] # numba
    """Sample entropy of patterns of two samples."""
    tolerance = np.float32(TOLERANCE * c.std())
    n, pairs, triples = len(c) - 2, 0, 0
    for i in range(0, n, 2):  # every second pattern: the same entropy, half the time
        for j in range(i + 1, n):
            if abs(c[i] - c[j]) < tolerance and abs(c[i + 1] - c[j + 1]) < tolerance:
                pairs += 1
                triples += abs(c[i + 2] - c[j + 2]) < tolerance
    return -np.log(max(triples, 1) / max(pairs, 1))


@njit(cache=True, fastmath=True, inline="always")
def _repetition(c):  # type: ignore[no-untyped-def] # numba
    """The best self-correlation, and the lag of one cycle."""
    n = len(c)
    r = np.empty(LAST_LAG + 2)
    power = np.float32(1e-9)
    for value in c:
        power += value * value
    earlier, later = power, power
    for lag in range(1, LAST_LAG + 2):
        later -= c[lag - 1] * c[lag - 1]
        earlier -= c[n - lag] * c[n - lag]
        total = np.float32(0.0)
        for i in range(lag, n):
            total += c[i] * c[i - lag]
        r[lag] = total / np.sqrt(max(earlier * later, np.float32(1e-9)))
    fallen_at = 1
    while fallen_at < LAST_LAG and r[fallen_at] >= FALLEN:
        fallen_at += 1
    best = -1.0
    for lag in range(max(FIRST_LAG, fallen_at), LAST_LAG + 1):
        best = max(best, r[lag])
    for lag in range(max(FIRST_LAG, fallen_at), LAST_LAG + 1):
        if r[lag] >= NEARLY_BEST * best and r[lag] >= r[lag - 1] and r[lag] >= r[lag + 1] and best > 0:
            return best, lag
    return best, 0

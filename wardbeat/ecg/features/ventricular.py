"""Whether the ventricles flutter or fibrillate, measured on the signal itself: in fibrillation no beats are to go by.

Four seconds of each of the two leads that the networks see, at 125 Hz, measured without regard to gain and polarity
(but for ``log_sd_mv``). The measures are those that stood out in comparisons of dozens on public records (Amann,
Tratnig and Unterkofler 2005, doi:10.1186/1475-925X-4-60; Li, Rajagopalan and Clifford 2014,
doi:10.1109/TBME.2013.2275000; Figuera et al. 2016, doi:10.1371/journal.pone.0159654): leakage of the best-fitting sine
(Kuo and Dillman), threshold crossing count, spectral moments (Barro et al.), area of the phase space plot, kurtosis,
mobility and complexity, and how well the signal repeats itself.

Of each measure the smaller and the larger of both leads are given: an artefact is in one, a rhythm in both.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

WINDOW = 1000
"""250 Hz samples looked at: 4 s, as much as fibrillation needs to count as such."""
EVERY = 2
N = WINDOW // EVERY
FS_HZ = 125.0
USABLE = 0.75
"""A lead with less valid signal than this is left out."""
LEAST_SD_MV = 0.02
"""A lead as quiet as this says nothing: 0.08 mV from peak to peak is asystole to defibrillators (Kerber et al. 1997,
doi:10.1161/01.CIR.95.6.1677)."""
MEASURES = (
    "log_sd_mv",
    "mobility",
    "complexity",
    "kurtosis",
    "skewness",
    "threshold_share",
    "quiet_share",
    "least_over_largest_range",
    "leakage",
    "period_s",
    "crossings_per_s",
    "crossing_interval_cv",
    "self_correlation",
    "self_correlation_lag_s",
    "least_self_correlation",
    "peak_hz",
    "spectral_moment",
    "power_at_peak",
    "power_below_2_hz",
    "power_above_9_hz",
    "spectral_entropy",
    "box_share",
    "last_second_over_all",
)
M = len(MEASURES)
SIGNAL_FEATURES = (
    "usable_leads",
    "lead_correlation",
    *(f"least_{name}" for name in MEASURES),
    *(f"largest_{name}" for name in MEASURES),
)
FIRST_MEASURE = SIGNAL_FEATURES.index("least_log_sd_mv")
COARSE = 2
"""Spectrum and self-correlation are of 62.5 Hz: nothing they look at lies above 20 Hz."""
N_COARSE = N // COARSE
FREQUENCIES_HZ = np.arange(1.0, 20.25, 0.5)
_T = np.arange(N_COARSE) / (FS_HZ / COARSE)
_HANN = np.hanning(N_COARSE + 2)[1:-1]
COSINES = np.ascontiguousarray(np.cos(2 * np.pi * FREQUENCIES_HZ[:, None] * _T) * _HANN, dtype=np.float32)
SINES = np.ascontiguousarray(np.sin(2 * np.pi * FREQUENCIES_HZ[:, None] * _T) * _HANN, dtype=np.float32)
FIRST_LAG, LAST_LAG = 8, 75
"""0.13 to 1.2 s at 62.5 Hz: from 470 to 50 cycles a minute."""
BOXES = 20
DELAY = 62
"""0.5 s, of the phase space plot (Amann, Tratnig and Unterkofler 2007, doi:10.1109/TBME.2006.880909)."""
SECOND = 125


def signal_features(
    signal: NDArray[np.float32], valid: NDArray[np.uint8], leads: NDArray[np.int64], end: int
) -> NDArray[np.float32]:
    """``SIGNAL_FEATURES`` of the four seconds before a sample; zeros without a usable lead.

    Parameters
    ----------
    signal : ndarray, shape (leads, size)
        Filtered ECG in mV at 250 Hz, a ring.
    valid : ndarray, shape (leads, size)
        1 where a sample is one.
    leads : ndarray, shape (2,)
        Which rows to look at, −1 for none.
    end : int
        250 Hz sample after the last one.
    """
    features = np.zeros(len(SIGNAL_FEATURES), np.float32)
    _measure(signal, valid, leads, end, COSINES, SINES, features)
    return features


@njit(cache=True, fastmath=True)
def _measure(signal, valid, leads, end, cosines, sines, features):  # type: ignore[no-untyped-def] # numba
    size = signal.shape[1]
    both = np.zeros((2, N), np.float32)
    found = np.zeros((2, M), np.float32)
    usable = 0
    for column in range(2):
        lead = leads[column]
        if lead < 0 or end < WINDOW:
            continue
        n_valid = 0
        mean = np.float32(0.0)
        for i in range(N):
            at = (end - WINDOW + EVERY * i) % size
            n_valid += valid[lead, at]
            both[usable, i] = signal[lead, at]
            mean += both[usable, i]
        mean /= N
        power = np.float32(0.0)
        for i in range(N):
            both[usable, i] -= mean
            power += both[usable, i] ** 2
        sd = np.sqrt(power / N)
        if n_valid < USABLE * N or sd < LEAST_SD_MV:
            continue
        for i in range(N):
            both[usable, i] /= sd
        found[usable, 0] = np.log(sd)
        _measure_lead(both[usable], cosines, sines, found[usable])
        usable += 1
    features[0] = usable
    if usable == 2:
        total = np.float32(0.0)
        for i in range(N):
            total += both[0, i] * both[1, i]
        features[1] = abs(total) / N
    for m in range(M):
        other = found[usable - 1, m] if usable else found[0, m]
        features[2 + m] = min(found[0, m], other)
        features[2 + M + m] = max(found[0, m], other)


@njit(cache=True, fastmath=True)
def _measure_lead(z, cosines, sines, found):  # type: ignore[no-untyped-def] # numba
    """The measures of one lead, of mean 0 and variance 1; all but the first."""
    slope, bend, cube, fourth, absolute, walk = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    steepest = np.float32(0.0)
    largest = np.float32(0.0)
    for i in range(N):
        square = z[i] * z[i]
        cube += square * z[i]
        fourth += square * square
        absolute += abs(z[i])
        largest = max(largest, abs(z[i]))
        if i > 0:
            d = z[i] - z[i - 1]
            slope += d * d
            walk += abs(d)
            steepest = max(steepest, abs(d))
        if 0 < i < N - 1:
            bend += (z[i + 1] - 2 * z[i] + z[i - 1]) ** 2
    mobility = np.sqrt(slope / N)
    found[1] = mobility
    found[2] = np.sqrt(bend / max(slope, 1e-9)) / max(mobility, 1e-6)
    found[3] = fourth / N
    found[4] = abs(cube) / N
    over, quiet, crossings = 0, 0, 0
    last_crossing, sum_intervals, sum_squares = -1, 0.0, 0.0
    for i in range(N):
        over += abs(z[i]) > 0.2 * largest
        if i > 0:
            quiet += abs(z[i] - z[i - 1]) < 0.05 * steepest
            if (z[i] > 0.0) != (z[i - 1] > 0.0):
                if last_crossing >= 0:
                    interval = i - last_crossing
                    sum_intervals += interval
                    sum_squares += interval * interval
                    crossings += 1
                last_crossing = i
    found[5] = over / N
    found[6] = quiet / N
    least_range, largest_range, last_square = 1e9, 0.0, 0.0
    for begin in range(0, N, SECOND):
        low, high = z[begin], z[begin]
        for i in range(begin, begin + SECOND):
            low, high = min(low, z[i]), max(high, z[i])
        least_range = min(least_range, high - low)
        largest_range = max(largest_range, high - low)
    found[7] = least_range / max(largest_range, 1e-6)
    for i in range(N - SECOND, N):
        last_square += z[i] * z[i]
    found[22] = np.sqrt(last_square / SECOND)
    # the period of the sine whose mean slope is that of the signal, and what is left after adding half of it
    period = 2 * np.pi * absolute / max(walk, 1e-6)
    half = min(max(int(period / 2 + 0.5), 1), N // 2)
    left, all_of_it = 0.0, 0.0
    for i in range(half, N):
        left += abs(z[i] + z[i - half])
        all_of_it += abs(z[i]) + abs(z[i - half])
    found[8] = left / max(all_of_it, 1e-6)
    found[9] = period / FS_HZ
    found[10] = crossings / (N / FS_HZ)
    if crossings > 1:
        mean = sum_intervals / crossings
        found[11] = np.sqrt(max(sum_squares / crossings - mean * mean, 0.0)) / mean
    _repetition(z, found)
    _spectrum(z, cosines, sines, found)
    found[21] = _box_share(z, largest)


@njit(cache=True, fastmath=True)
def _coarse(z):  # type: ignore[no-untyped-def] # numba
    coarse = np.empty(N_COARSE, np.float32)
    for i in range(N_COARSE):
        coarse[i] = np.float32(0.5) * (z[2 * i] + z[2 * i + 1])
    return coarse


@njit(cache=True, fastmath=True)
def _repetition(z, found):  # type: ignore[no-untyped-def] # numba
    """How well the signal repeats itself after one lag, the best, and how well it is its own opposite after another."""
    coarse = _coarse(z)
    power = np.float32(0.0)
    for i in range(N_COARSE):
        power += coarse[i] * coarse[i]
    least, best, at, fallen = 1.0, -1.0, 0, 0
    for lag in range(FIRST_LAG, LAST_LAG + 1):
        total = np.float32(0.0)
        for i in range(lag, N_COARSE):
            total += coarse[i] * coarse[i - lag]
        r = float(total / max(power, np.float32(1e-6)) * N_COARSE / (N_COARSE - lag))
        least = min(least, r)
        if r < 0.2:
            fallen = 1
        if fallen and r > best:
            best, at = r, lag
    found[12] = best
    found[13] = at * COARSE / FS_HZ
    found[14] = least


@njit(cache=True, fastmath=True)
def _spectrum(z, cosines, sines, found):  # type: ignore[no-untyped-def] # numba
    coarse = _coarse(z)
    n = cosines.shape[0]
    power = np.empty(n)
    total, peak = 1e-9, 0
    for f in range(n):
        c, s = np.float32(0.0), np.float32(0.0)
        for i in range(N_COARSE):
            c += cosines[f, i] * coarse[i]
            s += sines[f, i] * coarse[i]
        power[f] = c * c + s * s
        total += power[f]
        if f <= 16 and power[f] > power[peak]:  # up to 9 Hz
            peak = f
    peak_hz = 1.0 + 0.5 * peak
    moment, near, low, high, entropy = 0.0, 0.0, 0.0, 0.0, 0.0
    for f in range(n):
        hz = 1.0 + 0.5 * f
        share = power[f] / total
        moment += share * hz
        if 0.7 * peak_hz <= hz <= 1.4 * peak_hz:
            near += share
        if hz < 2.0:
            low += share
        if hz > 9.0:
            high += share
        if share > 0.0:
            entropy -= share * np.log(share)
    found[15] = peak_hz
    found[16] = moment / peak_hz
    found[17] = near
    found[18] = low
    found[19] = high
    found[20] = entropy / np.log(n)


@njit(cache=True, fastmath=True)
def _box_share(z, largest):  # type: ignore[no-untyped-def] # numba
    """Share of the boxes of the phase space plot that the signal visits."""
    visited = np.zeros((BOXES, BOXES), np.bool_)
    scale = BOXES / (2.0 * largest + 1e-6)
    count = 0
    for i in range(DELAY, N):
        x = min(BOXES - 1, max(0, int((z[i] + largest) * scale)))
        y = min(BOXES - 1, max(0, int((z[i - DELAY] + largest) * scale)))
        if not visited[x, y]:
            visited[x, y] = True
            count += 1
    return count / (BOXES * BOXES)

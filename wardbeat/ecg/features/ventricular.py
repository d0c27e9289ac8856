"""Measures of the signal itself for ventricular flutter and fibrillation, as fibrillation has no beats to measure.

The kernel measures four seconds of each of the two leads that the networks take, at 125 Hz. Gain and polarity change
no measure except ``log_sd_mv``. The measures are the best of dozens in comparisons on public records (Amann,
Tratnig and Unterkofler 2005, doi:10.1186/1475-925X-4-60; Li, Rajagopalan and Clifford 2014,
doi:10.1109/TBME.2013.2275000; Figuera et al. 2016, doi:10.1371/journal.pone.0159654): leakage of the best-fitting sine
(Kuo and Dillman), threshold crossing count, spectral moments (Barro et al.), area of the phase space plot, kurtosis,
mobility and complexity, and how well the signal repeats itself.

Each measure gives two features, the smaller and the larger value of both leads: an artefact is in one lead, a rhythm in
both.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

WINDOW_SAMPLES = 1000
"""250 Hz samples that are measured: 4 s, the time after which fibrillation counts as such."""
EVERY = 2
N = WINDOW_SAMPLES // EVERY
FS_HZ = 125.0
MIN_VALID = 0.75
"""A lead with a smaller proportion of valid signal is left out."""
MIN_SD_MV = 0.02
"""A lead below this standard deviation is left out: 0.08 mV from peak to peak is asystole to defibrillators (Kerber et
al. 1997, doi:10.1161/01.CIR.95.6.1677)."""
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
(
    LOG_SD,
    MOBILITY,
    COMPLEXITY,
    KURTOSIS,
    SKEWNESS,
    ABOVE_THRESHOLD,
    QUIET,
    RANGE_RATIO,
    LEAKAGE,
    PERIOD_S,
    CROSSINGS_PER_S,
    CROSSING_CV,
    SELF_CORRELATION,
    SELF_CORRELATION_LAG_S,
    MIN_SELF_CORRELATION,
    PEAK_HZ,
    SPECTRAL_MOMENT,
    POWER_AT_PEAK,
    POWER_LOW,
    POWER_HIGH,
    SPECTRAL_ENTROPY,
    VISITED_BOXES,
    LAST_SECOND_RATIO,
) = range(M)
SIGNAL_FEATURES = (
    "usable_leads",
    "lead_correlation",
    *(f"least_{name}" for name in MEASURES),
    *(f"largest_{name}" for name in MEASURES),
)
USABLE_LEADS, LEAD_CORRELATION, FIRST_MEASURE = range(3)
"""Columns of ``SIGNAL_FEATURES``: two numbers, then the smaller value of each measure, then the larger one."""
COARSE = 2
"""Spectrum and self-correlation use 62.5 Hz, as they measure nothing above 20 Hz."""
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
"""0.5 s, the delay of the phase space plot (Amann, Tratnig and Unterkofler 2007, doi:10.1109/TBME.2006.880909)."""
SECOND = 125


def signal_features(
    signal: NDArray[np.float32], valid: NDArray[np.uint8], leads: NDArray[np.int64], end: int
) -> NDArray[np.float32]:
    """``SIGNAL_FEATURES`` of the four seconds before a sample; zeros if no lead is usable.

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
    features = np.zeros(len(SIGNAL_FEATURES), np.float32)
    _measure(signal, valid, leads, end, COSINES, SINES, features)
    return features


# With fastmath the order of a sum depends on how its kernel was linked: compiled now, or loaded from the cache. Kernels
# that are inlined give the same bits in both.
@njit(cache=True, fastmath=True, inline="always")
def normalise(signal, valid, lead, end, z):  # type: ignore[no-untyped-def] # numba
    """Fill in the samples of a lead with mean 0 and variance 1; return their deviation in mV, 0 if it is left out."""
    size = signal.shape[1]
    n_valid = 0
    mean = np.float32(0.0)
    for i in range(N):
        at = (end - WINDOW_SAMPLES + EVERY * i) % size
        n_valid += valid[lead, at]
        z[i] = signal[lead, at]
        mean += z[i]
    mean /= N
    power = np.float32(0.0)
    for i in range(N):
        z[i] -= mean
        power += z[i] ** 2
    sd = np.sqrt(power / N)
    if n_valid < MIN_VALID * N or sd < MIN_SD_MV:
        return 0.0
    for i in range(N):
        z[i] /= sd
    return sd


@njit(cache=True, fastmath=True, inline="always")
def halved(z):  # type: ignore[no-untyped-def] # numba
    """The samples of a lead at half the rate, 62.5 Hz."""
    coarse = np.empty(N_COARSE, np.float32)
    for i in range(N_COARSE):
        coarse[i] = np.float32(0.5) * (z[2 * i] + z[2 * i + 1])
    return coarse


@njit(cache=True, fastmath=True)
def _measure(signal, valid, leads, end, cosines, sines, features):  # type: ignore[no-untyped-def] # numba
    both = np.zeros((2, N), np.float32)
    found = np.zeros((2, M), np.float32)
    usable = 0
    for column in range(2):
        lead = leads[column]
        if lead < 0 or end < WINDOW_SAMPLES:
            continue
        sd = normalise(signal, valid, lead, end, both[usable])
        if sd == 0.0:
            continue
        found[usable, LOG_SD] = np.log(sd)
        _measure_lead(both[usable], cosines, sines, found[usable])
        usable += 1
    features[USABLE_LEADS] = usable
    if usable == 2:
        total = np.float32(0.0)
        for i in range(N):
            total += both[0, i] * both[1, i]
        features[LEAD_CORRELATION] = abs(total) / N
    for m in range(M):
        other = found[usable - 1, m] if usable else found[0, m]
        features[FIRST_MEASURE + m] = min(found[0, m], other)
        features[FIRST_MEASURE + M + m] = max(found[0, m], other)


@njit(cache=True, fastmath=True, inline="always")
def _measure_lead(z, cosines, sines, found):  # type: ignore[no-untyped-def] # numba
    """Fill in the measures of one lead of mean 0 and variance 1, except ``LOG_SD``."""
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
    found[MOBILITY] = mobility
    found[COMPLEXITY] = np.sqrt(bend / max(slope, 1e-9)) / max(mobility, 1e-6)
    found[KURTOSIS] = fourth / N
    found[SKEWNESS] = abs(cube) / N
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
    found[ABOVE_THRESHOLD] = over / N
    found[QUIET] = quiet / N
    least_range, largest_range, last_square = 1e9, 0.0, 0.0
    for begin in range(0, N, SECOND):
        low, high = z[begin], z[begin]
        for i in range(begin, begin + SECOND):
            low, high = min(low, z[i]), max(high, z[i])
        least_range = min(least_range, high - low)
        largest_range = max(largest_range, high - low)
    found[RANGE_RATIO] = least_range / max(largest_range, 1e-6)
    for i in range(N - SECOND, N):
        last_square += z[i] * z[i]
    found[LAST_SECOND_RATIO] = np.sqrt(last_square / SECOND)
    # The period of the sine with the signal's mean slope, and the rest after adding the signal half a period earlier.
    period = 2 * np.pi * absolute / max(walk, 1e-6)
    half = min(max(int(period / 2 + 0.5), 1), N // 2)
    rest, all_of_it = 0.0, 0.0
    for i in range(half, N):
        rest += abs(z[i] + z[i - half])
        all_of_it += abs(z[i]) + abs(z[i - half])
    found[LEAKAGE] = rest / max(all_of_it, 1e-6)
    found[PERIOD_S] = period / FS_HZ
    found[CROSSINGS_PER_S] = crossings / (N / FS_HZ)
    if crossings > 1:
        mean = sum_intervals / crossings
        found[CROSSING_CV] = np.sqrt(max(sum_squares / crossings - mean * mean, 0.0)) / mean
    _repetition(z, found)
    _spectrum(z, cosines, sines, found)
    found[VISITED_BOXES] = _visited_boxes(z, largest)


@njit(cache=True, fastmath=True, inline="always")
def _repetition(z, found):  # type: ignore[no-untyped-def] # numba
    """Fill in the largest self-correlation with its lag, and the smallest one."""
    coarse = halved(z)
    power = np.float32(0.0)
    for i in range(N_COARSE):
        power += coarse[i] * coarse[i]
    lowest, best, at, fallen = 1.0, -1.0, 0, 0
    for lag in range(FIRST_LAG, LAST_LAG + 1):
        total = np.float32(0.0)
        for i in range(lag, N_COARSE):
            total += coarse[i] * coarse[i - lag]
        r = float(total / max(power, np.float32(1e-6)) * N_COARSE / (N_COARSE - lag))
        lowest = min(lowest, r)
        if r < 0.2:
            fallen = 1
        if fallen and r > best:
            best, at = r, lag
    found[SELF_CORRELATION] = best
    found[SELF_CORRELATION_LAG_S] = at * COARSE / FS_HZ
    found[MIN_SELF_CORRELATION] = lowest


@njit(cache=True, fastmath=True, inline="always")
def _spectrum(z, cosines, sines, found):  # type: ignore[no-untyped-def] # numba
    coarse = halved(z)
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
    found[PEAK_HZ] = peak_hz
    found[SPECTRAL_MOMENT] = moment / peak_hz
    found[POWER_AT_PEAK] = near
    found[POWER_LOW] = low
    found[POWER_HIGH] = high
    found[SPECTRAL_ENTROPY] = entropy / np.log(n)


@njit(cache=True, fastmath=True, inline="always")
def _visited_boxes(z, largest):  # type: ignore[no-untyped-def] # numba
    """Proportion of the boxes of the phase space plot that the signal visits."""
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

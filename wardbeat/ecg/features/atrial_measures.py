"""Measures of the last RR intervals and of the signal before the QRS complexes, for the trees of the atrial network.

Measures of the intervals are the spread and successive differences by which Tateno and Glass 2001
(doi:10.1007/BF02345439) and Dash et al. 2009 (doi:10.1007/s10439-009-9740-z: root mean square, turning points) detect
fibrillation, the coefficient of sample entropy (Lake and Moorman 2011, doi:10.1152/ajpheart.00561.2010) and the points
near the origin of the Lorenz plot (Sarkar, Ritscher and Mehra 2008, doi:10.1109/TBME.2007.903707). Frequent ectopic
beats make all of these large. So there are two sets: without ventricular beats, and without ventricular and
supraventricular beats. A third set is of the last ``SHORT_BEATS`` beats.

Measures of the signal before the QRS complex are the size of its mean over all beats, and the proportion of each beat
that is in this mean. A P wave is in the mean; noise and fibrillatory waves are not.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from wardbeat.ecg.features.atrial_beats import (
    BEATS,
    LOG_RR,
    OWN_SHAPE_SHARE,
    P_N,
    P_S,
    P_V,
    P_WAVE_CORRELATION,
    P_WAVE_RESIDUAL,
    PRESENT,
    QRS_WIDTH_S,
    REFERENCE_RR_S,
    RR_KNOWN,
    SIGNAL_QUALITY,
)

UNKNOWN = -10.0
"""Value of a measure for which there are too few beats."""
MIN_BEATS = 4
"""With fewer beats, or intervals that count, there are no measures."""
MIN_CHANGES = 3
SHORT_BEATS = 12
ENTROPY_PAIRS = 5
"""The tolerance of sample entropy grows until this many pairs of intervals match."""
MAX_TOLERANCE_S = 0.5
RR_MEASURES = (
    "count",
    "variation",
    "quartile_range",
    "decile_range",
    "mode_share",
    "rms_change",
    "mean_change",
    "median_change",
    "changes_over_5_percent",
    "changes_over_10_percent",
    "changes_over_20_percent",
    "turning_points",
    "median_change_over_4",
    "least_local_change",
    "longest_even_run",
    "origin_share",
    "sample_entropy",
)
BEAT_MEASURES = (
    "beats",
    "median_rr_s",
    "fast_share",
    "mean_p_n",
    "mean_p_s",
    "mean_p_v",
    "quality",
    "p_correlation",
    "median_p_correlation",
    "p_residual",
    "median_p_residual",
    "qrs_width_s",
    "own_shape_share",
)
WAVE_MEASURES = ("coherence", "range", "peak_at", "hump", "range_over_noise", "rest", "quiet_rest", "fast_rest")
MEASURES = (
    *(f"{name}_without_v" for name in RR_MEASURES),
    *(f"{name}_without_s" for name in RR_MEASURES),
    *(f"{name}_short" for name in RR_MEASURES),
    *BEAT_MEASURES,
    *(f"wave_{name}" for name in WAVE_MEASURES),
)
N_RR, N_BEAT = len(RR_MEASURES), len(BEAT_MEASURES)
(
    COUNT,
    VARIATION,
    QUARTILE_RANGE,
    DECILE_RANGE,
    MODE_SHARE,
    RMS_CHANGE,
    MEAN_CHANGE,
    MEDIAN_CHANGE,
    CHANGES_OVER_5,
    CHANGES_OVER_10,
    CHANGES_OVER_20,
    TURNING_POINTS,
    MEDIAN_CHANGE_OVER_4,
    MIN_LOCAL_CHANGE,
    LONGEST_EVEN_RUN,
    ORIGIN_SHARE,
    SAMPLE_ENTROPY,
) = range(N_RR)
(
    N_BEATS,
    MEDIAN_RR_S,
    FAST_SHARE,
    MEAN_P_N,
    MEAN_P_S,
    MEAN_P_V,
    MEAN_QUALITY,
    MEAN_P_CORRELATION,
    MEDIAN_P_CORRELATION,
    MEAN_P_RESIDUAL,
    MEDIAN_P_RESIDUAL,
    MEAN_QRS_WIDTH_S,
    MEAN_OWN_SHAPE_SHARE,
) = range(N_BEAT)
COHERENCE, RANGE, PEAK_AT, HUMP, RANGE_OVER_NOISE, REST, QUIET_REST, FAST_REST = range(len(WAVE_MEASURES))
WAVE_BEGIN, WAVE_END = 14, 32
"""−376…−88 ms: the place of a P wave, with some baseline before it."""
WAVE = WAVE_END - WAVE_BEGIN
HALF_P_WAVE = 3
"""Half the width of a P wave: 48 ms of 62.5 Hz samples."""


def atrial_measures(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """The measures of the last beats.

    Parameters
    ----------
    rows : ndarray, shape (BEATS, COLUMNS)
        As in :class:`wardbeat.ecg.features.atrial_beats.AtrialBeats`.

    Returns
    -------
    ndarray, shape (MEASURES,)
        ``UNKNOWN`` where there are too few beats.
    """
    found = np.full(len(MEASURES), UNKNOWN, np.float32)
    _measure(rows, found)
    return found


@njit(cache=True)
def _measure(rows, found):  # type: ignore[no-untyped-def] # numba
    n = 0
    while n < BEATS and rows[BEATS - 1 - n, PRESENT] > 0.0:
        n += 1
    last = rows[BEATS - n :]
    rr = np.empty(n)
    no_v, no_s = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
    for i in range(n):
        rr[i] = REFERENCE_RR_S * np.exp(last[i, LOG_RR])
        known = last[i, RR_KNOWN] > 0.0
        no_v[i] = known and last[i, P_V] < 0.5 and (i == 0 or last[i - 1, P_V] < 0.5)
        no_s[i] = no_v[i] and last[i, P_S] < 0.5 and (i == 0 or last[i - 1, P_S] < 0.5)
    short = max(0, n - SHORT_BEATS)
    _measure_rr(rr, no_v, found[:N_RR])
    _measure_rr(rr, no_s, found[N_RR : 2 * N_RR])
    _measure_rr(rr[short:], no_v[short:], found[2 * N_RR : 3 * N_RR])
    of_beats, of_waves = found[3 * N_RR : 3 * N_RR + N_BEAT], found[3 * N_RR + N_BEAT :]
    of_beats[N_BEATS] = n
    if n >= MIN_BEATS:
        _measure_beats(last, rr, no_v, of_beats)
        _measure_waves(last, of_waves)


@njit(cache=True)
def _measure_rr(rr, counts, found):  # type: ignore[no-untyped-def] # numba
    """Measures of the intervals that count; all but the entropy are multiples of their mean or median."""
    kept = rr[counts]
    found[COUNT] = len(kept)
    if len(kept) < MIN_BEATS:
        return
    mean = kept.mean()
    _measure_spread(kept, mean, found)
    if _measure_changes(rr, counts, mean, found):
        _measure_patterns(rr, counts, mean, found)
        found[SAMPLE_ENTROPY] = _sample_entropy(rr, counts, mean)


@njit(cache=True)
def _measure_spread(kept, mean, found):  # type: ignore[no-untyped-def] # numba
    """Measures of the intervals in any order; sorts them."""
    m, median = len(kept), np.median(kept)
    found[VARIATION] = kept.std() / mean
    kept.sort()
    found[QUARTILE_RANGE] = (kept[(3 * m) // 4] - kept[m // 4]) / median
    found[DECILE_RANGE] = (kept[(9 * m) // 10] - kept[m // 10]) / median
    most, first = 0, 0
    for i in range(m):
        while kept[i] - kept[first] > 0.08 * median:
            first += 1
        most = max(most, i - first + 1)
    found[MODE_SHARE] = most / m


@njit(cache=True)
def _measure_changes(rr, counts, mean, found):  # type: ignore[no-untyped-def] # numba
    """Measures of the changes from one interval to the next; False if these are too few."""
    n = len(rr)
    changes = np.empty(n)
    c, run, longest = 0, 0, 0
    for i in range(1, n):
        if not (counts[i] and counts[i - 1]):
            run = 0
            continue
        changes[c] = abs(rr[i] - rr[i - 1]) / mean
        run = run + 1 if changes[c] < 0.12 else 0
        longest = max(longest, run)
        c += 1
    if c < MIN_CHANGES:
        return False
    squares, total, over_5, over_10, over_20, lowest = 0.0, 0.0, 0, 0, 0, np.inf
    for i in range(c):
        squares += changes[i] ** 2
        total += changes[i]
        over_5 += changes[i] > 0.05
        over_10 += changes[i] > 0.1
        over_20 += changes[i] > 0.2
        if i >= 4:
            lowest = min(lowest, np.median(changes[i - 4 : i + 1]))
    found[RMS_CHANGE] = np.sqrt(squares / c)
    found[MEAN_CHANGE] = total / c
    found[MEDIAN_CHANGE] = np.median(changes[:c])
    found[CHANGES_OVER_5], found[CHANGES_OVER_10], found[CHANGES_OVER_20] = over_5 / c, over_10 / c, over_20 / c
    found[MIN_LOCAL_CHANGE] = lowest if c > 4 else found[MEDIAN_CHANGE]
    found[LONGEST_EVEN_RUN] = longest / c
    return True


@njit(cache=True)
def _measure_patterns(rr, counts, mean, found):  # type: ignore[no-untyped-def] # numba
    """Measures of three intervals in a row and of changes over four intervals."""
    n = len(rr)
    changes_over_4 = np.empty(n)
    turns, origin, triples, fours = 0, 0, 0, 0
    for i in range(2, n):
        if counts[i] and counts[i - 1] and counts[i - 2]:
            one, other = rr[i] - rr[i - 1], rr[i - 1] - rr[i - 2]
            triples += 1
            turns += one * other < 0.0
            origin += abs(one) < 0.04 and abs(other) < 0.04
        if i >= 4 and counts[i] and counts[i - 4]:
            changes_over_4[fours] = abs(rr[i] - rr[i - 4]) / mean
            fours += 1
    if triples >= MIN_CHANGES:
        found[TURNING_POINTS], found[ORIGIN_SHARE] = turns / triples, origin / triples
    if fours >= MIN_CHANGES:
        found[MEDIAN_CHANGE_OVER_4] = np.median(changes_over_4[:fours])


@njit(cache=True)
def _sample_entropy(rr, counts, mean):  # type: ignore[no-untyped-def] # numba
    tolerance = 0.03
    while tolerance < MAX_TOLERANCE_S:
        pairs, longer = 0, 0
        for i in range(1, len(rr)):
            if not (counts[i] and counts[i - 1]):
                continue
            for j in range(1, i):
                if counts[j] and counts[j - 1] and abs(rr[i - 1] - rr[j - 1]) < tolerance:
                    pairs += 1
                    longer += abs(rr[i] - rr[j]) < tolerance
        if longer >= ENTROPY_PAIRS:
            return np.log(pairs / longer) + np.log(2 * tolerance) - np.log(mean)
        tolerance *= 1.5
    return UNKNOWN


@njit(cache=True)
def _measure_beats(last, rr, no_v, found):  # type: ignore[no-untyped-def] # numba
    """Means and medians of the features of the beats; those of the P wave without ventricular beats."""
    n = len(last)
    kept = rr[no_v]
    if len(kept) > 0:
        found[MEDIAN_RR_S] = np.median(kept)
        found[FAST_SHARE] = (kept < 0.5).sum() / len(kept)
    found[MEAN_P_N], found[MEAN_P_S] = last[:, P_N].mean(), last[:, P_S].mean()
    found[MEAN_P_V] = last[:, P_V].mean()
    found[MEAN_QUALITY] = last[:, SIGNAL_QUALITY].mean()
    not_ventricular = np.empty(n, np.bool_)
    for i in range(n):
        not_ventricular[i] = last[i, P_V] < 0.5
    if not_ventricular.sum() < MIN_BEATS:
        return
    correlations = last[:, P_WAVE_CORRELATION][not_ventricular]
    residuals = last[:, P_WAVE_RESIDUAL][not_ventricular]
    found[MEAN_P_CORRELATION], found[MEDIAN_P_CORRELATION] = correlations.mean(), np.median(correlations)
    found[MEAN_P_RESIDUAL], found[MEDIAN_P_RESIDUAL] = residuals.mean(), np.median(residuals)
    found[MEAN_QRS_WIDTH_S] = last[:, QRS_WIDTH_S][not_ventricular].mean()
    found[MEAN_OWN_SHAPE_SHARE] = last[:, OWN_SHAPE_SHARE][not_ventricular].mean()


@njit(cache=True)
def _measure_waves(last, found):  # type: ignore[no-untyped-def] # numba
    """Measures of the mean over beats of the stretch with the P wave, and of the difference of each beat from it."""
    waves = _p_stretches(last)
    m = len(waves)
    if m < MIN_BEATS:
        return
    mean_wave = np.zeros(WAVE)
    for i in range(m):
        for j in range(WAVE):
            mean_wave[j] += waves[i, j] / m
    rest, fast = np.zeros(m), 0.0
    energy = 1e-9
    for i in range(m):
        for j in range(WAVE):
            energy += waves[i, j] ** 2 / m
            rest[i] += (waves[i, j] - mean_wave[j]) ** 2 / WAVE
            if j > 0:
                fast += (waves[i, j] - mean_wave[j] - waves[i, j - 1] + mean_wave[j - 1]) ** 2 / (m * WAVE)
    of_mean = (mean_wave**2).sum()
    found[COHERENCE] = (of_mean / energy - 1 / m) / (1 - 1 / m)
    found[RANGE] = mean_wave.max() - mean_wave.min()
    found[PEAK_AT] = np.argmax(mean_wave)
    hump = 0.0
    for at in range(HALF_P_WAVE, WAVE - HALF_P_WAVE):
        height = mean_wave[at] - (mean_wave[at - HALF_P_WAVE] + mean_wave[at + HALF_P_WAVE]) / 2
        hump = max(hump, abs(height))
    found[HUMP] = hump
    found[REST] = np.sqrt(rest.mean())
    found[RANGE_OVER_NOISE] = found[RANGE] / max(found[REST], 1e-4) * np.sqrt(m)
    rest.sort()
    found[QUIET_REST] = np.sqrt(rest[m // 4])
    found[FAST_REST] = fast / max(rest.mean(), 1e-9)


@njit(cache=True)
def _p_stretches(last):  # type: ignore[no-untyped-def] # numba
    """The stretch with the P wave of each beat that is not V, less a straight line through its ends and its mean."""
    waves = np.empty((len(last), WAVE))
    m = 0
    for i in range(len(last)):
        if last[i, P_V] >= 0.5:
            continue
        begin = (last[i, WAVE_BEGIN] + last[i, WAVE_BEGIN + 1]) / 2
        slope = ((last[i, WAVE_END - 1] + last[i, WAVE_END - 2]) / 2 - begin) / (WAVE - 2)
        mean = 0.0
        for j in range(WAVE):
            waves[m, j] = last[i, WAVE_BEGIN + j] - begin - slope * (j - 0.5)
            mean += waves[m, j] / WAVE
        for j in range(WAVE):
            waves[m, j] -= mean
        m += 1
    return waves[:m]

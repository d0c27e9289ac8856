"""Measures of what stands before the last QRS complexes and of their rhythm, as the atrial network's trees take them.

Of the intervals: the spread and successive differences that Tateno and Glass 2001 (doi:10.1007/BF02345439) and Dash
et al. 2009 (doi:10.1007/s10439-009-9740-z: root mean square, turning points) tell fibrillation by, the coefficient of
sample entropy (Lake and Moorman 2011, doi:10.1152/ajpheart.00561.2010) and the points about the origin of the Lorenz
plot (Sarkar, Ritscher and Mehra 2008, doi:10.1109/TBME.2007.903707). As frequent ectopic beats make all of these large,
they are taken twice: without ventricular beats, and without supraventricular ones as well.

Before the QRS complex: how large the mean over all beats is, and how much of each beat is in it. A P wave is; noise and
fibrillatory waves are not.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from wardbeat.ecg.features.atrial_beats import (
    BEATS,
    LOG_RR,
    NOISE,
    P_N,
    P_S,
    P_V,
    PRESENT,
    QRS_S,
    RR_KNOWN,
    SHARE,
    USUAL_RR_S,
    WAVE_LIKE,
    WAVE_UNLIKE,
)

UNKNOWN = -10.0
SHORT_BEATS = 12
ENTROPY_PAIRS = 5
"""The tolerance of sample entropy grows until as many pairs of intervals match."""
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
WAVE_BEGIN, WAVE_END = 14, 32
"""−376…−88 ms: where a P wave stands, with some baseline before it."""
WAVE = WAVE_END - WAVE_BEGIN
HUMP = 3
"""Half the width of a P wave: 48 ms of 62.5 Hz samples."""


def atrial_measures(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """``MEASURES`` of the rows of ``AtrialBeats``; ``UNKNOWN`` where there are too few."""
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
        rr[i] = USUAL_RR_S * np.exp(last[i, LOG_RR])
        known = last[i, RR_KNOWN] > 0.0
        no_v[i] = known and last[i, P_V] < 0.5 and (i == 0 or last[i - 1, P_V] < 0.5)
        no_s[i] = no_v[i] and last[i, P_S] < 0.5 and (i == 0 or last[i - 1, P_S] < 0.5)
    short = max(0, n - SHORT_BEATS)
    _measure_rr(rr, no_v, found[:N_RR])
    _measure_rr(rr, no_s, found[N_RR : 2 * N_RR])
    _measure_rr(rr[short:], no_v[short:], found[2 * N_RR : 3 * N_RR])
    found[3 * N_RR] = n
    if n >= 4:
        _measure_beats(last, rr, no_v, found[3 * N_RR : 3 * N_RR + N_BEAT])
        _measure_waves(last, found[3 * N_RR + N_BEAT :])


@njit(cache=True)
def _measure_rr(rr, counts, found):  # type: ignore[no-untyped-def] # numba
    """Measures of the intervals that count, all but the entropy over their mean."""
    n = len(rr)
    kept = rr[counts]
    m = len(kept)
    found[0] = m
    if m < 4:
        return
    mean, median = kept.mean(), np.median(kept)
    found[1] = kept.std() / mean
    kept.sort()
    found[2] = (kept[(3 * m) // 4] - kept[m // 4]) / median
    found[3] = (kept[(9 * m) // 10] - kept[m // 10]) / median
    most, first = 0, 0
    for i in range(m):
        while kept[i] - kept[first] > 0.08 * median:
            first += 1
        most = max(most, i - first + 1)
    found[4] = most / m
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
    if c < 3:
        return
    squares, total, over_5, over_10, over_20, least = 0.0, 0.0, 0, 0, 0, np.inf
    for i in range(c):
        squares += changes[i] ** 2
        total += changes[i]
        over_5 += changes[i] > 0.05
        over_10 += changes[i] > 0.1
        over_20 += changes[i] > 0.2
        if i >= 4:
            least = min(least, np.median(changes[i - 4 : i + 1]))
    found[5] = np.sqrt(squares / c)
    found[6] = total / c
    found[7] = np.median(changes[:c])
    found[8], found[9], found[10] = over_5 / c, over_10 / c, over_20 / c
    found[13] = least if c > 4 else found[7]
    found[14] = longest / c
    turns, origin, triples, fours = 0, 0, 0, 0
    for i in range(2, n):
        if counts[i] and counts[i - 1] and counts[i - 2]:
            one, other = rr[i] - rr[i - 1], rr[i - 1] - rr[i - 2]
            triples += 1
            turns += one * other < 0.0
            origin += abs(one) < 0.04 and abs(other) < 0.04
        if i >= 4 and counts[i] and counts[i - 4]:
            changes[fours] = abs(rr[i] - rr[i - 4]) / mean
            fours += 1
    if triples > 2:
        found[11], found[15] = turns / triples, origin / triples
    if fours > 2:
        found[12] = np.median(changes[:fours])
    found[16] = _sample_entropy(rr, counts, mean)


@njit(cache=True)
def _sample_entropy(rr, counts, mean):  # type: ignore[no-untyped-def] # numba
    tolerance = 0.03
    while tolerance < 0.5:
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
    n = len(last)
    kept = rr[no_v]
    if len(kept) > 0:
        found[1] = np.median(kept)
        found[2] = (kept < 0.5).sum() / len(kept)
    found[3], found[4], found[5] = last[:, P_N].mean(), last[:, P_S].mean(), last[:, P_V].mean()
    found[6] = last[:, NOISE].mean()
    not_ventricular = np.empty(n, np.bool_)
    for i in range(n):
        not_ventricular[i] = last[i, P_V] < 0.5
    if not_ventricular.sum() < 4:
        return
    like, unlike = last[:, WAVE_LIKE][not_ventricular], last[:, WAVE_UNLIKE][not_ventricular]
    found[7], found[8] = like.mean(), np.median(like)
    found[9], found[10] = unlike.mean(), np.median(unlike)
    found[11] = last[:, QRS_S][not_ventricular].mean()
    found[12] = last[:, SHARE][not_ventricular].mean()


@njit(cache=True)
def _measure_waves(last, found):  # type: ignore[no-untyped-def] # numba
    """How much of each beat's P wave stretch, a straight line through its ends taken off, is in the mean over beats."""
    n = len(last)
    waves = np.empty((n, WAVE))
    m = 0
    for i in range(n):
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
    if m < 4:
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
    found[0] = (of_mean / energy - 1 / m) / (1 - 1 / m)
    found[1] = mean_wave.max() - mean_wave.min()
    found[2] = np.argmax(mean_wave)
    hump = 0.0
    for at in range(HUMP, WAVE - HUMP):
        height = mean_wave[at] - (mean_wave[at - HUMP] + mean_wave[at + HUMP]) / 2
        hump = max(hump, abs(height))
    found[3] = hump
    found[5] = np.sqrt(rest.mean())
    found[4] = found[1] / max(found[5], 1e-4) * np.sqrt(m)
    rest.sort()
    found[6] = np.sqrt(rest[m // 4])
    found[7] = fast / max(rest.mean(), 1e-9)

"""How much of the variation of the RR intervals is a rhythm of breathing.

In a respiratory sinus arrhythmia the intervals become longer and shorter with each breath, so that one frequency has
most of their variation. The intervals of atrial fibrillation have no pattern: no frequency has much of it.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from wardbeat.ecg.features.atrial_beats import BEATS, LOG_RR, P_V, PRESENT, RR_KNOWN

MIN_BEATS = 24
"""With fewer intervals chance alone gives one frequency a large proportion."""
LOWEST, STEP, FREQUENCIES = 0.08, 0.0125, 31
"""Cycles per beat: from a breath of 12 beats to one of 2.2 beats. A whole cycle of 2 beats is bigeminy."""
MAX_DEVIATIONS = 4.0
"""Deviations are clipped at this multiple of their median size: a pause or an early beat is no breath."""


def respiratory_share(rows: NDArray[np.float32]) -> float:
    """The proportion of the variation of the RR intervals that the strongest frequency has, 0…1.

    Intervals before and after ventricular beats do not count. Those of S beats do: many beats of a sinus arrhythmia are
    called S.

    Parameters
    ----------
    rows : ndarray, shape (BEATS, COLUMNS)
        As in :class:`wardbeat.ecg.features.atrial_beats.AtrialBeats`.

    Returns
    -------
    float
        0 with fewer than ``MIN_BEATS`` intervals that count. About 0.2 for intervals without a pattern.
    """
    return float(_share(rows))


@njit(cache=True)
def _share(rows):  # type: ignore[no-untyped-def] # numba
    at, rr = np.empty(BEATS), np.empty(BEATS)
    n = 0
    for i in range(BEATS):
        row = rows[i]
        counts = row[PRESENT] > 0.0 and row[RR_KNOWN] > 0.0 and row[P_V] < 0.5
        if counts and (i == 0 or rows[i - 1, P_V] < 0.5):
            at[n], rr[n] = i, row[LOG_RR]
            n += 1
    if n < MIN_BEATS:
        return 0.0
    deviations = _without_trend(at[:n], rr[:n])
    energy = (deviations**2).sum()
    if energy <= 0.0:
        return 0.0
    most = 0.0
    for k in range(FREQUENCIES):
        angle = 2 * np.pi * (LOWEST + k * STEP) * at[:n]
        power = (deviations * np.cos(angle)).sum() ** 2 + (deviations * np.sin(angle)).sum() ** 2
        most = max(most, power)
    return min(1.0, 2.0 * most / (n * energy))


@njit(cache=True)
def _without_trend(at, rr):  # type: ignore[no-untyped-def] # numba
    """The deviations from the straight line through the intervals, clipped, with the mean 0."""
    centred = at - at.mean()
    deviations = rr - rr.mean() - centred * (centred * rr).sum() / (centred**2).sum()
    most = MAX_DEVIATIONS * np.median(np.abs(deviations))
    for i in range(len(deviations)):
        deviations[i] = min(most, max(-most, deviations[i]))
    return deviations - deviations.mean()

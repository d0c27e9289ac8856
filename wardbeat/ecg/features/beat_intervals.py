"""Kernels that compare an RR interval with the intervals before it.

Runs of premature beats move each single baseline, so an interval is compared with several: medians of the last 8 and 32
intervals, two quantiles of the intervals between dominant beats, and a reference that is frozen in a run.
"""

import numpy as np
from numba import njit

from wardbeat.ecg.features.beat_state import (
    DOMINANT_RR_S,
    NEXT_32,
    NEXT_DOMINANT,
    NEXT_LONG,
    PRESENT,
    PREV_8,
    PREV_32,
    PREV_BEFORE,
    PREV_DOMINANT,
    PREV_LONG,
    PREV_REFERENCE,
    RANK,
    REFERENCE_RR_S,
    RR_COUNT,
    RR_FROZEN,
    RR_MEMORY,
    RR_NEXT,
    RR_PREV,
    SEQUENCE,
)

FREEZE_BELOW, THAW_ABOVE = 0.85, 0.9
"""A beat at less than the first proportion of the reference RR interval freezes it, a beat at more than the second lets
it follow the median again."""
FREEZE_FROM = 8
"""The reference is frozen only after this many intervals."""
MIN_DOMINANT = 8
"""With fewer intervals between dominant beats, the median of all intervals replaces their quantiles."""
RANKED = 200
"""Intervals among which a new one is ranked."""
MAX_LOG_RATIO = 1.5
NO_NEXT_RR_S = 2.0
"""The next RR interval while no next beat is known, and the longest interval that is given."""


@njit(cache=True)
def log_ratio(value, base):  # type: ignore[no-untyped-def] # numba
    """Logarithm of value over base, clipped at ±``MAX_LOG_RATIO``; 0 if one of them is not positive."""
    if value <= 0.0 or base <= 0.0:
        return 0.0
    return min(MAX_LOG_RATIO, max(-MAX_LOG_RATIO, np.log(value / base)))


@njit(cache=True)
def _recent_median(rr_s, count, n):  # type: ignore[no-untyped-def] # numba
    """Median of the last n intervals, 0 if there is none."""
    n = min(n, count)
    if n <= 0:
        return 0.0
    values = np.empty(n)
    for i in range(n):
        values[i] = rr_s[(count - 1 - i) % RR_MEMORY]
    return np.median(values)


@njit(cache=True)
def _dominant_quantiles(rr_s, rr_dominant, count):  # type: ignore[no-untyped-def] # numba
    """The 75 % and 90 % quantiles of the intervals between dominant beats; if too few, the median of all twice."""
    n = min(count, RR_MEMORY)
    values = np.empty(n)
    m = 0
    for i in range(n):
        if rr_dominant[i]:
            values[m] = rr_s[i]
            m += 1
    if m < MIN_DOMINANT:
        median = _recent_median(rr_s, count, 32)
        return median, median
    quartile, tenth = (3 * m) // 4, (9 * m) // 10
    values = np.partition(values[:m], quartile)
    return values[quartile], np.partition(values[quartile:], tenth - quartile)[tenth - quartile]


@njit(cache=True)
def _rank(rr_s, count, value):  # type: ignore[no-untyped-def] # numba
    """Proportion of the last ``RANKED`` intervals that are shorter."""
    n = min(count, RANKED)
    if n == 0:
        return 0.5
    below = 0
    for i in range(n):
        if rr_s[(count - 1 - i) % RR_MEMORY] < value:
            below += 1
    return below / n


@njit(cache=True)
def fill_rr_features(interval_s, history):  # type: ignore[no-untyped-def] # numba
    """Fill in the features of a new interval: in the new beat's row and, as the next interval, in the row before it."""
    rr_s, rows, numbers = history.rr_s, history.rows, history.numbers
    count = int(numbers[RR_COUNT])
    median32 = _recent_median(rr_s, count, 32)
    dominant, longest = _dominant_quantiles(rr_s, history.rr_dominant, count)
    numbers[DOMINANT_RR_S] = dominant
    median16 = _recent_median(rr_s, count, 16)
    if numbers[RR_FROZEN] == 0.0:
        numbers[REFERENCE_RR_S] = median16
        if count >= FREEZE_FROM and interval_s < FREEZE_BELOW * median16:
            numbers[RR_FROZEN] = 1.0
    elif interval_s > THAW_ABOVE * numbers[REFERENCE_RR_S]:
        numbers[RR_FROZEN] = 0.0
    new, last = rows[SEQUENCE - 1], rows[SEQUENCE - 2]
    new[PREV_8] = log_ratio(interval_s, _recent_median(rr_s, count, 8))
    new[PREV_32] = log_ratio(interval_s, median32)
    new[PREV_DOMINANT] = log_ratio(interval_s, dominant)
    new[PREV_LONG] = log_ratio(interval_s, longest)
    new[PREV_REFERENCE] = log_ratio(interval_s, numbers[REFERENCE_RR_S])
    new[RR_PREV] = min(interval_s, NO_NEXT_RR_S)
    new[RANK] = _rank(rr_s, count, interval_s)
    if last[PRESENT] > 0.0:
        new[PREV_BEFORE] = log_ratio(interval_s, last[RR_PREV])
        last[NEXT_32] = log_ratio(interval_s, median32)
        last[NEXT_DOMINANT] = log_ratio(interval_s, dominant)
        last[NEXT_LONG] = log_ratio(interval_s, longest)
        last[RR_NEXT] = min(interval_s, NO_NEXT_RR_S)

"""Features of the last beats for ventricular tachycardia: the five most ventricular beats in a row, and the rest.

The class of a beat is a probability here: five beats with 0.45 for V each, in a regular fast row of one wide shape, are
a stronger sign than the five most likely symbols.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from wardbeat.ecg.features import beat_state

COLUMNS = ("r", "p_v", "width_s", "dominant_correlation", "own_shape_correlation", "log_amplitude", "quality")
"""Columns of the beats: R peak (250 Hz sample), probability of V, and features of the beat network."""
R, P_V, WIDTH, CORRELATION, OWN_CORRELATION, AMPLITUDE, QUALITY = range(len(COLUMNS))
FS_HZ = 250.0
LOOK_BACK_S = 6.0
"""A run that ended earlier is over: the class of a beat comes at most 1.75 s after it."""
NOW_S = 4.0
"""The beats of the last 4 s are the beats now."""
RUN, SHORT_RUN = 5, 3
"""Beats of the two runs that are measured."""
V_FROM = 0.5
"""From this probability on a beat counts as V in ``longest_run``."""
RUN_FEATURES = (
    "beats_now",
    "bpm_now",
    "p_v_now",
    "since_beat_s",
    "run_mean_p_v",
    "run_least_p_v",
    "run_bpm",
    "run_rr_cv",
    "run_width_s",
    "run_dominant_correlation",
    "run_own_shape_correlation",
    "run_log_amplitude",
    "run_quality",
    "run_age_s",
    "short_run_mean_p_v",
    "short_run_bpm",
    "longest_run",
    "rest_p_v",
    "rest_bpm",
    "rest_width_s",
)
(
    BEATS_NOW,
    BPM_NOW,
    P_V_NOW,
    SINCE_BEAT_S,
    RUN_MEAN_P_V,
    RUN_MIN_P_V,
    RUN_BPM,
    RUN_RR_CV,
    RUN_WIDTH_S,
    RUN_CORRELATION,
    RUN_OWN_CORRELATION,
    RUN_AMPLITUDE,
    RUN_QUALITY,
    RUN_AGE_S,
    SHORT_RUN_MEAN_P_V,
    SHORT_RUN_BPM,
    LONGEST_RUN,
    REST_P_V,
    REST_BPM,
    REST_WIDTH_S,
) = range(len(RUN_FEATURES))
UNKNOWN = -1.0
"""Value of a feature for which there are too few beats."""
ROWS = 64
"""Beats that are kept: twenty seconds at 190/min."""
REST_S = 20.0
"""The rest are the beats of the 20 s before the newest beat."""


def no_beats() -> NDArray[np.float64]:
    """The beats of a new patient: rows without a beat."""
    return np.full((ROWS, len(COLUMNS)), -np.inf)


def add_beat(beats: NDArray[np.float64], r: int, p_v: float, context: NDArray[np.float32]) -> None:
    """Add the next classified beat.

    Parameters
    ----------
    beats : ndarray, shape (ROWS, len(COLUMNS))
        Changed in place.
    r : int
        R peak, 250 Hz samples.
    p_v : float
        Probability of V.
    context : ndarray, shape (28,)
        The beat's row of the beat network's context.
    """
    _add_beat(beats, float(r), p_v, context)


def run_features(beats: NDArray[np.float64], k: int) -> NDArray[np.float32]:
    """``RUN_FEATURES`` at a sample.

    Parameters
    ----------
    beats : ndarray, shape (ROWS, len(COLUMNS))
        The newest classified beats, newest last.
    k : int
        Now, as a 250 Hz sample.
    """
    features = np.empty(len(RUN_FEATURES), np.float32)
    _run_features(beats, float(k), features)
    return features


@njit(cache=True)
def _add_beat(beats, r, p_v, context):  # type: ignore[no-untyped-def] # numba
    for row in range(ROWS - 1):
        for column in range(beats.shape[1]):
            beats[row, column] = beats[row + 1, column]
    new = beats[ROWS - 1]
    new[R], new[P_V] = r, p_v
    new[WIDTH] = context[beat_state.WIDTH]
    new[CORRELATION] = max(context[beat_state.CORRELATION_0], context[beat_state.CORRELATION_1])
    new[OWN_CORRELATION] = context[beat_state.OWN_CORRELATION]
    new[AMPLITUDE], new[QUALITY] = context[beat_state.AMPLITUDE], context[beat_state.QUALITY]


@njit(cache=True)
def _run_features(kept, k, features):  # type: ignore[no-untyped-def] # numba
    first = ROWS
    while first > 0 and kept[first - 1, R] > kept[ROWS - 1, R] - REST_S * FS_HZ:
        first -= 1
    beats = kept[first:]
    n = beats.shape[0]
    features[:] = UNKNOWN
    features[BEATS_NOW] = 0
    if n == 0:
        return
    _fill_now(beats, k, features)
    _fill_run(beats, k, features)
    short = _most_ventricular(beats, k, SHORT_RUN)
    if short >= 0:
        features[SHORT_RUN_MEAN_P_V] = _mean(beats, short, short + SHORT_RUN, P_V)
        features[SHORT_RUN_BPM] = _bpm(beats, short, short + SHORT_RUN)
    features[LONGEST_RUN] = _longest_run(beats, k)
    features[REST_BPM] = _bpm(beats, 0, n)


@njit(cache=True)
def _fill_now(beats, k, features):  # type: ignore[no-untyped-def] # numba
    """Fill in the features of the last ``NOW_S``."""
    n = beats.shape[0]
    now, total_p_v = 0, 0.0
    for i in range(n):
        if beats[i, R] > k - NOW_S * FS_HZ:
            now += 1
            total_p_v += beats[i, P_V]
    features[BEATS_NOW] = now
    features[BPM_NOW] = _bpm(beats, n - min(n, RUN), n)
    if now > 0:
        features[P_V_NOW] = total_p_v / now
    features[SINCE_BEAT_S] = (k - beats[n - 1, R]) / FS_HZ


@njit(cache=True)
def _fill_run(beats, k, features):  # type: ignore[no-untyped-def] # numba
    """Fill in the features of the most ventricular run of ``RUN`` beats and of the beats outside it."""
    begin = _most_ventricular(beats, k, RUN)
    if begin < 0:
        return
    n, end = beats.shape[0], begin + RUN
    lowest = 1.0
    for i in range(begin, end):
        lowest = min(lowest, beats[i, P_V])
    features[RUN_MEAN_P_V] = _mean(beats, begin, end, P_V)
    features[RUN_MIN_P_V] = lowest
    features[RUN_BPM] = _bpm(beats, begin, end)
    features[RUN_RR_CV] = _rr_cv(beats, begin, end)
    features[RUN_WIDTH_S] = _mean(beats, begin, end, WIDTH)
    features[RUN_CORRELATION] = _mean(beats, begin, end, CORRELATION)
    features[RUN_OWN_CORRELATION] = _mean(beats, begin, end, OWN_CORRELATION)
    features[RUN_AMPLITUDE] = _mean(beats, begin, end, AMPLITUDE)
    features[RUN_QUALITY] = _mean(beats, begin, end, QUALITY)
    features[RUN_AGE_S] = (k - beats[end - 1, R]) / FS_HZ
    if n >= 2 * RUN:
        run_over_rest = RUN / (n - RUN)
        all_over_rest = n / (n - RUN)
        features[REST_P_V] = all_over_rest * _mean(beats, 0, n, P_V) - run_over_rest * features[RUN_MEAN_P_V]
        features[REST_WIDTH_S] = all_over_rest * _mean(beats, 0, n, WIDTH) - run_over_rest * features[RUN_WIDTH_S]


@njit(cache=True)
def _longest_run(beats, k):  # type: ignore[no-untyped-def] # numba
    """Beats of the longest run of V that reaches into the last ``LOOK_BACK_S``."""
    longest, run = 0, 0
    for i in range(beats.shape[0]):
        run = run + 1 if beats[i, P_V] >= V_FROM else 0
        if beats[i, R] > k - LOOK_BACK_S * FS_HZ:
            longest = max(longest, run)
    return longest


@njit(cache=True)
def _most_ventricular(beats, k, length):  # type: ignore[no-untyped-def] # numba
    """First of ``length`` beats in a row with the largest mean probability of V; −1 without such a row of late."""
    best, at = -1.0, -1
    for begin in range(beats.shape[0] - length + 1):
        if beats[begin + length - 1, R] > k - LOOK_BACK_S * FS_HZ:
            mean = _mean(beats, begin, begin + length, P_V)
            if mean >= best:
                best, at = mean, begin
    return at


@njit(cache=True)
def _mean(beats, begin, end, column):  # type: ignore[no-untyped-def] # numba
    total = 0.0
    for i in range(begin, end):
        total += beats[i, column]
    return total / (end - begin)


@njit(cache=True)
def _bpm(beats, begin, end):  # type: ignore[no-untyped-def] # numba
    span = beats[end - 1, R] - beats[begin, R]
    return 60.0 * FS_HZ * (end - begin - 1) / span if span > 0.0 else UNKNOWN


@njit(cache=True)
def _rr_cv(beats, begin, end):  # type: ignore[no-untyped-def] # numba
    total, squares, n = 0.0, 0.0, end - begin - 1
    for i in range(begin + 1, end):
        rr = beats[i, R] - beats[i - 1, R]
        total += rr
        squares += rr * rr
    mean = total / n
    return np.sqrt(max(squares / n - mean * mean, 0.0)) / mean

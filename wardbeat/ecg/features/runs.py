"""What the beats of the last seconds say of ventricular tachycardia: the most ventricular five in a row, and the rest.

A class is a probability here: five beats that are each V with 0.45, in a regular fast row of one wide shape, say more
than one symbol each.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from wardbeat.ecg.features import beats as columns

COLUMNS = ("r", "p_v", "width_s", "dominant_correlation", "own_shape_correlation", "log_amplitude", "quality")
"""What is to be known of each beat: R peak (250 Hz sample), chance of V, and features of the beat network."""
R, P_V, WIDTH, CORRELATION, OWN_CORRELATION, AMPLITUDE, QUALITY = range(len(COLUMNS))
FS_HZ = 250.0
LOOK_BACK_S = 6.0
"""Runs that ended longer ago are over: the class of a beat comes at most 1.75 s after it."""
NOW_S = 4.0
RUN, SHORT_RUN = 5, 3
V_FROM = 0.5
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
NOTHING = -1.0
"""Where there are too few beats to say."""
ROWS = 64
"""Beats that are kept: twenty seconds at 190/min."""
REST_S = 20.0
"""How far back from the newest beat the rest reaches."""


def no_beats() -> NDArray[np.float64]:
    """The beats of a patient who has none yet."""
    return np.full((ROWS, len(COLUMNS)), -np.inf)


def add_beat(beats: NDArray[np.float64], r: int, p_v: float, context: NDArray[np.float32]) -> None:
    """Take the next classified beat in: its R peak, its chance of V and its row of the beat network's context."""
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
    new[WIDTH] = context[columns.WIDTH]
    new[CORRELATION] = max(context[columns.CORRELATION_0], context[columns.CORRELATION_1])
    new[OWN_CORRELATION] = context[columns.OWN_CORRELATION]
    new[AMPLITUDE], new[QUALITY] = context[columns.AMPLITUDE], context[columns.QUALITY]


@njit(cache=True)
def _run_features(kept, k, features):  # type: ignore[no-untyped-def] # numba
    first = ROWS
    while first > 0 and kept[first - 1, R] > kept[ROWS - 1, R] - REST_S * FS_HZ:
        first -= 1
    beats = kept[first:]
    features[:] = NOTHING
    n = beats.shape[0]
    now, total_now = 0, 0.0
    for i in range(n):
        if beats[i, R] > k - NOW_S * FS_HZ:
            now += 1
            total_now += beats[i, P_V]
    features[0] = now
    if n == 0:
        return
    last = min(n, RUN)
    features[1] = _bpm(beats, n - last, n)
    if now > 0:
        features[2] = total_now / now
    features[3] = (k - beats[n - 1, R]) / FS_HZ
    at = _most_ventricular(beats, k, RUN)
    if at >= 0:
        end = at + RUN
        least = 1.0
        for i in range(at, end):
            least = min(least, beats[i, P_V])
        features[4] = _mean(beats, at, end, P_V)
        features[5] = least
        features[6] = _bpm(beats, at, end)
        features[7] = _rr_cv(beats, at, end)
        features[8] = _mean(beats, at, end, WIDTH)
        features[9] = _mean(beats, at, end, CORRELATION)
        features[10] = _mean(beats, at, end, OWN_CORRELATION)
        features[11] = _mean(beats, at, end, AMPLITUDE)
        features[12] = _mean(beats, at, end, QUALITY)
        features[13] = (k - beats[end - 1, R]) / FS_HZ
        if n >= 2 * RUN:
            share = RUN / (n - RUN)
            all_over_rest = n / (n - RUN)
            features[17] = all_over_rest * _mean(beats, 0, n, P_V) - share * features[4]
            features[19] = all_over_rest * _mean(beats, 0, n, WIDTH) - share * features[8]
    short = _most_ventricular(beats, k, SHORT_RUN)
    if short >= 0:
        features[14] = _mean(beats, short, short + SHORT_RUN, P_V)
        features[15] = _bpm(beats, short, short + SHORT_RUN)
    longest, run = 0, 0
    for i in range(n):
        run = run + 1 if beats[i, P_V] >= V_FROM else 0
        if beats[i, R] > k - LOOK_BACK_S * FS_HZ:
            longest = max(longest, run)
    features[16] = longest
    features[18] = _bpm(beats, 0, n)


@njit(cache=True)
def _most_ventricular(beats, k, length):  # type: ignore[no-untyped-def] # numba
    """Where the row of so many beats begins that are V with the largest mean chance; −1 without any of late."""
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
    return 60.0 * FS_HZ * (end - begin - 1) / span if span > 0.0 else NOTHING


@njit(cache=True)
def _rr_cv(beats, begin, end):  # type: ignore[no-untyped-def] # numba
    total, squares, n = 0.0, 0.0, end - begin - 1
    for i in range(begin + 1, end):
        rr = beats[i, R] - beats[i - 1, R]
        total += rr
        squares += rr * rr
    mean = total / n
    return np.sqrt(max(squares / n - mean * mean, 0.0)) / mean

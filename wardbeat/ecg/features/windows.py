"""Five seconds of a patient's ECG beside what is usual for that patient, as the window network takes them.

Normal ECG differs more between patients than abnormal ECG differs from normal. So a window comes with the patient's
dominant beat set at each R peak that was detected, and with each RR interval over the patient's dominant one: a strange
beat differs from the former, an early one in the latter, whoever the patient is.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from wardbeat.ecg.features.beats import (
    AFTER,
    BEFORE,
    LARGEST_LOG_RATIO,
    LARGEST_OVER_SCALE,
    P_BEGIN,
    PRESENT,
    PREV_DOMINANT,
    SEQUENCE,
    BeatState,
    dominant_shape,
    scale_mv,
)
from wardbeat.ecg.filters import DISPLAY_DELAY

EVERY = 2
"""Windows have half the rate of the monitor: 125 Hz."""


class WindowView(NamedTuple):
    """A window at 125 Hz.

    Attributes
    ----------
    signal : ndarray of float32, shape (samples, 2)
        Two leads over the patient's QRS amplitude, clipped at ±8.
    dominant : ndarray of float32, shape (samples, 2)
        The patient's dominant beat at each R peak, over the same amplitude.
    log_rr : ndarray of float32, shape (samples, 1)
        Up to each R peak the logarithm of the interval before it over the patient's dominant interval; after the last
        one that of the time passed, once that is longer than the dominant interval.
    scale_mv : ndarray, shape (2,)
        The QRS amplitude that the leads were divided by.
    """

    signal: NDArray[np.float32]
    dominant: NDArray[np.float32]
    log_rr: NDArray[np.float32]
    scale_mv: NDArray[np.float64]


def cut_window(
    state: BeatState,
    signal: NDArray[np.float32],
    leads: NDArray[np.int64],
    start: int,
    end: int,
    seen: int,
) -> WindowView:
    """Cut a window out of the filtered signal.

    Parameters
    ----------
    state : BeatState
        All beats of the window have been measured; of more than ``SEQUENCE`` since it began the first are left out.
    signal : ndarray, shape (leads, size)
        Filtered ECG in mV at 250 Hz, a ring.
    leads : ndarray, shape (2,)
        Which rows are the limb and the precordial lead, −1 for none.
    start, end : int
        The window in 250 Hz samples.
    seen : int
        There has been no beat between the last one measured and this sample; that beat's own R peak if signal has been
        missing since.
    """
    n = (end - start) // EVERY
    window, dominant = np.zeros((n, 2), np.float32), np.zeros((n, 2), np.float32)
    log_rr = np.zeros((n, 1), np.float32)
    scales = scale_mv(state)
    _cut(
        signal, leads, dominant_shape(state), scales, state.rows, state.r_peaks, state.numbers[6], start, seen, window,
        dominant, log_rr,
    )  # fmt: skip
    return WindowView(window, dominant, log_rr, scales)


@njit(cache=True)
def _cut(signal, leads, shape, scales, rows, r_peaks, dominant_rr_s, start, seen, window, dominant, log_rr):  # type: ignore[no-untyped-def] # numba
    n = window.shape[0]
    for column in range(2):
        if leads[column] >= 0:
            at = start % signal.shape[1]
            for i in range(n):
                value = signal[leads[column], at] / scales[column]
                window[i, column] = min(LARGEST_OVER_SCALE, max(-LARGEST_OVER_SCALE, value))
                at += EVERY
                at -= signal.shape[1] if at >= signal.shape[1] else 0
    before = -BEFORE - AFTER
    for row in range(SEQUENCE):
        if rows[row, PRESENT] > 0.0:
            peak = (r_peaks[row] + DISPLAY_DELAY - start) // EVERY
            # The T wave is the beat's before, the P wave is this one's.
            begin = max(peak - BEFORE, min(before + AFTER, peak - BEFORE + P_BEGIN))
            for i in range(max(0, begin), min(n, peak + AFTER)):
                for column in range(2):
                    if leads[column] >= 0:
                        dominant[i, column] = shape[column, i - peak + BEFORE] / scales[column]
            if row > 0 and rows[row - 1, PRESENT] > 0.0:
                log_rr[max(0, before) : max(0, peak)] = rows[row, PREV_DOMINANT]
            before = peak
    passed_s = (seen - r_peaks[SEQUENCE - 1]) / 250.0
    if dominant_rr_s > 0.0 and passed_s > dominant_rr_s:
        log_rr[max(0, before) :] = min(LARGEST_LOG_RATIO, np.log(passed_s / dominant_rr_s))

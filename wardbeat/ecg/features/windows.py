"""Five seconds of ECG beside the patient's baseline, as the window network takes them.

Normal ECG differs more between patients than abnormal ECG differs from normal ECG. So a window comes with a second
signal, which has the patient's dominant beat at each R peak, and with each RR interval over the patient's dominant
interval. An abnormal shape differs from the dominant beat, an early beat has a small interval ratio, in any patient.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from wardbeat.ecg.features.beat_intervals import MAX_LOG_RATIO
from wardbeat.ecg.features.beat_shapes import P_BEGIN
from wardbeat.ecg.features.beat_state import AFTER, BEFORE, PRESENT, PREV_DOMINANT, SEQUENCE, BeatState
from wardbeat.ecg.features.beats import MAX_OVER_SCALE, dominant_shape, scale_mv
from wardbeat.ecg.filters import DISPLAY_DELAY

EVERY = 2
"""A window takes every second of the monitor's samples: 125 Hz."""


class WindowView(NamedTuple):
    """A window at 125 Hz.

    Attributes
    ----------
    signal : ndarray of float32, shape (samples, 2)
        Two leads over the patient's QRS amplitude, clipped at ±8.
    dominant : ndarray of float32, shape (samples, 2)
        The patient's dominant beat at each R peak, over the same amplitude.
    log_rr : ndarray of float32, shape (samples, 1)
        Logarithm of an interval over the patient's dominant interval: up to each R peak of the interval before it;
        after the last one of the time since then, if that is longer than the dominant interval.
    scale_mv : ndarray, shape (2,)
        The QRS amplitude by which the leads are divided.
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
        All beats of the window have been measured. Only the last ``SEQUENCE`` beats go into the window.
    signal : ndarray, shape (leads, size)
        Ring of filtered ECG in mV at 250 Hz.
    leads : ndarray, shape (2,)
        Rows of the limb and the precordial lead, −1 for none.
    start, end : int
        The window in 250 Hz samples.
    seen : int
        No beat lies between the last measured beat and this sample. It is that beat's own R peak if signal is missing
        after the beat.
    """
    n = (end - start) // EVERY
    window, dominant = np.zeros((n, 2), np.float32), np.zeros((n, 2), np.float32)
    log_rr = np.zeros((n, 1), np.float32)
    scales = scale_mv(state)
    _cut_signal(signal, leads, scales, start, window)
    after = _place_beats(state.rows, state.r_peaks, leads, dominant_shape(state), scales, start, dominant, log_rr)
    _fill_after_last_beat((seen - int(state.r_peaks[-1])) / 250.0, state.dominant_rr_s, log_rr[after:])
    return WindowView(window, dominant, log_rr, scales)


@njit(cache=True)
def _cut_signal(signal, leads, scales, start, window):  # type: ignore[no-untyped-def] # numba
    for column in range(2):
        if leads[column] >= 0:
            at = start % signal.shape[1]
            for i in range(window.shape[0]):
                value = signal[leads[column], at] / scales[column]
                window[i, column] = min(MAX_OVER_SCALE, max(-MAX_OVER_SCALE, value))
                at += EVERY
                at -= signal.shape[1] if at >= signal.shape[1] else 0


@njit(cache=True)
def _place_beats(rows, r_peaks, leads, shape, scales, start, dominant, log_rr):  # type: ignore[no-untyped-def] # numba
    """Fill in the dominant beat and the interval at each R peak; return the sample of the last one."""
    n = dominant.shape[0]
    before = -BEFORE - AFTER
    for row in range(SEQUENCE):
        if rows[row, PRESENT] > 0.0:
            peak = (r_peaks[row] + DISPLAY_DELAY - start) // EVERY
            # Up to its T wave the signal belongs to the beat before, from its P wave on to this beat.
            begin = max(peak - BEFORE, min(before + AFTER, peak - BEFORE + P_BEGIN))
            for i in range(max(0, begin), min(n, peak + AFTER)):
                for column in range(2):
                    if leads[column] >= 0:
                        dominant[i, column] = shape[column, i - peak + BEFORE] / scales[column]
            if row > 0 and rows[row - 1, PRESENT] > 0.0:
                log_rr[max(0, before) : max(0, peak)] = rows[row, PREV_DOMINANT]
            before = peak
    return max(0, before)


@njit(cache=True)
def _fill_after_last_beat(passed_s, dominant_rr_s, log_rr):  # type: ignore[no-untyped-def] # numba
    if dominant_rr_s > 0.0 and passed_s > dominant_rr_s:
        log_rr[:] = min(MAX_LOG_RATIO, np.log(passed_s / dominant_rr_s))

"""Compares a beat with the patient's own beats: shape, P wave and rhythm features, as the beat network takes them.

A patient's beats have at most twelve shapes, kept as running means. The *dominant* shape has the most recent beats;
amplitude, width, P wave and waveform of a beat are compared with it. RR intervals are compared with several baselines
(:mod:`wardbeat.ecg.features.beat_intervals`). :data:`models.inputs.BEAT_FEATURES` lists the features.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from wardbeat.ecg.features.beat_intervals import fill_rr_features, log_ratio
from wardbeat.ecg.features.beat_shapes import (
    MIN_GAIN,
    P_BEGIN,
    P_END,
    QRS_BEGIN,
    QRS_END,
    assign,
    correlation,
    distance,
    fill_scales,
    p_correlation,
    width_s,
)
from wardbeat.ecg.features.beat_state import (
    AFTER,
    AMPLITUDE,
    BEFORE,
    BEFORE_RESIDUAL,
    CORRELATION_0,
    CORRELATION_1,
    DISTANCE,
    LAST_IS_DOMINANT,
    LAST_R,
    LATE_COUNT,
    LATE_P_CORRELATION,
    LATE_P_RESIDUAL,
    LENGTH,
    OWN_CORRELATION,
    OWN_PREMATURITY,
    OWN_SHARE,
    P_CORRELATION,
    P_RESIDUAL,
    PRESENT,
    PREV_32,
    QUALITY,
    RANK,
    RR_COUNT,
    RR_MEMORY,
    SEQUENCE,
    WIDTH,
    WIDTH_RATIO,
    BeatState,
)
from wardbeat.ecg.filters import DISPLAY_DELAY

SAMPLES_AFTER_R = 2 * AFTER
"""250 Hz samples after the R peak that a measurement needs: 0.448 s."""
LATE_RANK = 0.6
"""A beat of the dominant shape that comes later than this proportion of the last 200 comes from the sinus node. If most
beats are premature, the dominant shape has their P wave, and the late beats have the sinus P wave."""
KNOWN_FROM = 3.0
"""A mean over this many beats or more is a reference."""
MAX_OVER_SCALE = 8.0
"""Signals over the patient's QRS amplitude are clipped here."""
MAX_WIDTH_RATIO = 4.0
MIN_WIDTH_S = 0.02


def measure(
    state: BeatState, signal: NDArray[np.float32], leads: NDArray[np.int64], r_index: int, quality: float
) -> NDArray[np.float32]:
    """Add a beat to the patient's state and return its waveform.

    Parameters
    ----------
    state : BeatState
        Changed in place; the beat's features are the last of ``state.rows`` afterwards.
    signal : ndarray, shape (leads, size)
        Ring of filtered ECG in mV at 250 Hz.
    leads : ndarray, shape (2,)
        Rows of the limb and the precordial lead, −1 for none.
    r_index : int
        R peak as a 250 Hz sample; the ring must hold ``SAMPLES_AFTER_R`` samples after it.
    quality : float
        0…1.

    Returns
    -------
    ndarray, shape (LENGTH, 4)
        Two leads over the patient's QRS amplitude and their differences from the dominant shape, clipped at ±8.
    """
    waveform = np.zeros((LENGTH, 4), dtype=np.float32)
    _measure(signal, leads, r_index, quality, state.shape_arrays, state.history_arrays, waveform)
    return waveform


def scale_mv(state: BeatState) -> NDArray[np.float64]:
    """The patient's QRS amplitude, peak to peak of the dominant shape per lead, at least 0.1 mV, shape (2,)."""
    scales = np.empty(2)
    fill_scales(dominant_shape(state), scales)
    return scales


def dominant_shape(state: BeatState) -> NDArray[np.float64]:
    """The shape of most recent beats, in mV, shape (2, LENGTH)."""
    shape: NDArray[np.float64] = state.shapes[int(np.argmax(state.weights))]
    return shape


@njit(cache=True)
def _measure(signal, leads, r_index, quality, shapes, history, waveform):  # type: ignore[no-untyped-def] # numba
    beat = _cut_beat(signal, leads, r_index)
    dominant = int(np.argmax(shapes.weights))
    reference = shapes.means[dominant].copy() if shapes.weights[dominant] >= KNOWN_FROM else beat.copy()
    sinus = shapes.late if history.numbers[LATE_COUNT] >= KNOWN_FROM else reference
    scales = np.empty(2)
    fill_scales(reference, scales)

    new = _new_row(r_index, quality, history.rows, history.r_peaks)
    last_r = history.numbers[LAST_R]
    rr_s = (r_index - last_r) / 250.0 if last_r >= 0.0 else 0.0
    if rr_s > 0.0:
        fill_rr_features(rr_s, history)
    _fill_shape_features(new, beat, reference, sinus, scales)
    _fill_waveform(waveform, beat, reference, scales)
    _learn(new, beat, r_index, rr_s, shapes, history)


@njit(cache=True)
def _cut_beat(signal, leads, r_index):  # type: ignore[no-untyped-def] # numba
    """The beat in mV at 125 Hz, each lead about its own mean; zeros for a lead that there is not."""
    beat = np.zeros((2, LENGTH))
    for lead in range(2):
        if leads[lead] >= 0:
            mean = 0.0
            size = signal.shape[1]
            at = (r_index - 2 * BEFORE + DISPLAY_DELAY) % size
            for j in range(LENGTH):
                if r_index + 2 * (j - BEFORE) >= 0:
                    beat[lead, j] = signal[leads[lead], at]
                mean += beat[lead, j]
                at += 2
                at -= size if at >= size else 0
            for j in range(LENGTH):
                beat[lead, j] -= mean / LENGTH
    return beat


@njit(cache=True)
def _new_row(r_index, quality, rows, r_peaks):  # type: ignore[no-untyped-def] # numba
    """Move the rows up by one and begin the new beat's row."""
    for i in range(SEQUENCE - 1):
        rows[i] = rows[i + 1]
        r_peaks[i] = r_peaks[i + 1]
    r_peaks[SEQUENCE - 1] = r_index
    new = rows[SEQUENCE - 1]
    new[:] = 0.0
    new[PRESENT] = 1.0
    new[QUALITY] = quality
    return new


@njit(cache=True)
def _fill_shape_features(new, beat, reference, sinus, scales):  # type: ignore[no-untyped-def] # numba
    """Fill in the features that compare the beat with the dominant shape and with the late beats."""
    new[CORRELATION_0] = correlation(beat[0], reference[0], QRS_BEGIN, QRS_END)
    new[CORRELATION_1] = correlation(beat[1], reference[1], QRS_BEGIN, QRS_END)
    low, high = 0.0, 0.0
    for j in range(QRS_BEGIN, QRS_END):
        low = min(low, beat[0, j] / scales[0], beat[1, j] / scales[1])
        high = max(high, beat[0, j] / scales[0], beat[1, j] / scales[1])
    new[DISTANCE] = distance(beat, reference, scales, QRS_BEGIN, QRS_END)
    new[WIDTH] = width_s(beat)
    new[WIDTH_RATIO] = min(MAX_WIDTH_RATIO, new[WIDTH] / max(width_s(reference), MIN_WIDTH_S))
    new[AMPLITUDE] = log_ratio(high - low, 1.0)
    new[P_CORRELATION] = p_correlation(beat, reference)
    new[P_RESIDUAL] = distance(beat, reference, scales, P_BEGIN, P_END)
    new[LATE_P_CORRELATION] = p_correlation(beat, sinus)
    new[LATE_P_RESIDUAL] = distance(beat, sinus, scales, P_BEGIN, P_END)
    new[BEFORE_RESIDUAL] = distance(beat, reference, scales, 0, P_BEGIN)


@njit(cache=True)
def _fill_waveform(waveform, beat, reference, scales):  # type: ignore[no-untyped-def] # numba
    for lead in range(2):
        for j in range(LENGTH):
            waveform[j, lead] = min(MAX_OVER_SCALE, max(-MAX_OVER_SCALE, beat[lead, j] / scales[lead]))
            difference = (beat[lead, j] - reference[lead, j]) / scales[lead]
            waveform[j, 2 + lead] = min(MAX_OVER_SCALE, max(-MAX_OVER_SCALE, difference))


@njit(cache=True)
def _learn(new, beat, r_index, rr_s, shapes, history):  # type: ignore[no-untyped-def] # numba
    """Add the beat to its shape and to the late beats, and its interval to the history."""
    weights, numbers = shapes.weights, history.numbers
    shape, similarity = assign(beat, new[PREV_32], shapes.means, shapes.prematurity, weights)
    new[OWN_SHARE] = weights[shape] / weights.sum()
    new[OWN_CORRELATION] = similarity
    new[OWN_PREMATURITY] = shapes.prematurity[shape]
    is_dominant = shape == int(np.argmax(weights))
    if rr_s > 0.0:
        count = int(numbers[RR_COUNT])
        history.rr_s[count % RR_MEMORY] = rr_s
        history.rr_dominant[count % RR_MEMORY] = 1 if is_dominant and numbers[LAST_IS_DOMINANT] > 0.0 else 0
        numbers[RR_COUNT] = count + 1.0
        if is_dominant and new[RANK] >= LATE_RANK:
            numbers[LATE_COUNT] += 1.0
            gain = max(1.0 / numbers[LATE_COUNT], MIN_GAIN)
            late = shapes.late
            late += gain * (beat - late)
    numbers[LAST_IS_DOMINANT] = 1.0 if is_dominant else 0.0
    numbers[LAST_R] = r_index

"""What a beat looks like beside the patient's own: shape, P wave and rhythm features, as the beat network takes them.

A patient's beats fall into at most twelve shapes, kept as running means; the one that most recent beats belong to is
the *dominant* shape, which amplitude, width, P wave and waveform are compared with. RR intervals are compared with
several baselines, as no single one holds in runs of premature beats (:data:`models.inputs.BEAT_FEATURES` lists the
features).
"""

import msgspec
import numpy as np
from numba import njit
from numpy.typing import NDArray

from wardbeat.ecg.filters import DISPLAY_DELAY

BEFORE = 75
"""125 Hz samples of a beat before its R peak: 0.6 s."""
AFTER = 56
LENGTH = BEFORE + AFTER
MEASURED_AFTER = 2 * AFTER
"""250 Hz samples after the R peak that a measurement needs: 0.448 s."""
QRS_BEGIN, QRS_END = BEFORE - 12, BEFORE + 16
"""−96…+120 ms, the part that shapes are told apart by."""
P_BEGIN, P_END = BEFORE - 35, BEFORE - 10
"""−280…−80 ms, where a P wave stands."""
SHAPES = 12
SAME_SHAPE_R = 0.88
SHAPE_DECAY = 0.9975
RR_MEMORY = 512
SEQUENCE = 24
FEATURES = 28
FS_HZ = 125.0
MINIMUM_SCALE_MV = 0.1
RUN_BEGINS, RUN_ENDS = 0.85, 0.9
"""A beat this much early freezes the reference RR, one this near to it thaws it."""
LATE_RANK = 0.6
"""A beat of the dominant shape that comes later than this share of the last 200 is one of the sinus node's: where most
beats are premature, the dominant shape has their P wave and this one the sinus P wave."""
LARGEST_OVER_SCALE = 8.0
"""Signals over the patient's QRS amplitude are clipped here."""
LARGEST_LOG_RATIO = 1.5
NO_NEXT_RR_S = 2.0
"""Shown as the next RR interval while no next beat is known."""

PRESENT, PREV_8, PREV_32, PREV_DOMINANT, PREV_REFERENCE, NEXT_32, NEXT_DOMINANT, PREV_BEFORE = range(8)
RR_PREV, RR_NEXT, RANK, CORRELATION_0, CORRELATION_1, DISTANCE, WIDTH, WIDTH_RATIO = range(8, 16)
AMPLITUDE, P_CORRELATION, P_RESIDUAL, QUALITY = range(16, 20)
PREV_LONG, NEXT_LONG, LATE_P_CORRELATION, LATE_P_RESIDUAL, BEFORE_RESIDUAL = range(20, 25)
OWN_SHARE, OWN_CORRELATION, OWN_PREMATURITY = range(25, 28)


class BeatState(msgspec.Struct):
    """A patient's shapes, RR history and the features of the last beats."""

    shapes: NDArray[np.float64]
    """Running mean of each shape in mV, (SHAPES, 2, LENGTH)."""
    late: NDArray[np.float64]
    """Running mean of the late beats of the dominant shape in mV, (2, LENGTH)."""
    prematurity: NDArray[np.float64]
    """Running mean of ``PREV_32`` of each shape's beats, (SHAPES,): a shape that is not early is no ectopic one."""
    weights: NDArray[np.float64]
    """How many recent beats each shape stands for, (SHAPES,)."""
    rr_s: NDArray[np.float64]
    """The last RR intervals, a ring, (RR_MEMORY,)."""
    rr_dominant: NDArray[np.uint8]
    """Whether both beats of an interval had the dominant shape, (RR_MEMORY,)."""
    rows: NDArray[np.float32]
    """Features of the last beats, newest last, (SEQUENCE, FEATURES)."""
    r_peaks: NDArray[np.int64]
    """Their R peaks, 250 Hz samples, (SEQUENCE,)."""
    numbers: NDArray[np.float64]
    """Count of RR intervals; frozen (0 or 1); reference RR in s; whether the last beat was dominant; its R or −1; count
    of late beats; dominant RR in s."""


def new_beat_state() -> BeatState:
    """A patient of whom nothing is known yet."""
    return BeatState(
        shapes=np.zeros((SHAPES, 2, LENGTH)),
        late=np.zeros((2, LENGTH)),
        prematurity=np.zeros(SHAPES),
        weights=np.zeros(SHAPES),
        rr_s=np.zeros(RR_MEMORY),
        rr_dominant=np.zeros(RR_MEMORY, dtype=np.uint8),
        rows=np.zeros((SEQUENCE, FEATURES), dtype=np.float32),
        r_peaks=np.zeros(SEQUENCE, dtype=np.int64),
        numbers=np.array([0.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0]),
    )


def measure(
    state: BeatState, signal: NDArray[np.float32], leads: NDArray[np.int64], r_index: int, quality: float
) -> NDArray[np.float32]:
    """Take a beat in: update the patient's state and give the beat's waveform.

    Parameters
    ----------
    state : BeatState
        Changed in place; the beat's features are the last of ``state.rows`` afterwards.
    signal : ndarray, shape (leads, size)
        Filtered ECG in mV at 250 Hz, a ring.
    leads : ndarray, shape (2,)
        Which rows are the limb and the precordial lead, −1 for none.
    r_index : int
        250 Hz sample of the R peak; signal up to ``MEASURED_AFTER`` samples after it must be there.
    quality : float
        0…1.

    Returns
    -------
    ndarray, shape (LENGTH, 4)
        Two leads over the patient's QRS amplitude and their differences from the dominant shape, clipped at ±8.
    """
    waveform = np.zeros((LENGTH, 4), dtype=np.float32)
    _measure(
        signal, leads, r_index, quality, state.shapes, state.late, state.prematurity, state.weights, state.rr_s,
        state.rr_dominant, state.rows, state.r_peaks, state.numbers, waveform,
    )  # fmt: skip
    return waveform


def scale_mv(state: BeatState) -> NDArray[np.float64]:
    """The patient's QRS amplitude, peak to peak of the dominant shape per lead, at least 0.1 mV, shape (2,)."""
    scales = np.empty(2)
    _scales(dominant_shape(state), scales)
    return scales


def dominant_shape(state: BeatState) -> NDArray[np.float64]:
    """The shape that most recent beats belong to, in mV, shape (2, LENGTH)."""
    shape: NDArray[np.float64] = state.shapes[int(np.argmax(state.weights))]
    return shape


@njit(cache=True)
def _scales(shape, scales):  # type: ignore[no-untyped-def] # numba
    for lead in range(2):
        low, high = 0.0, 0.0
        for j in range(QRS_BEGIN, QRS_END):
            low = min(low, shape[lead, j])
            high = max(high, shape[lead, j])
        scales[lead] = max(high - low, MINIMUM_SCALE_MV)


@njit(cache=True)
def _correlation(a, b, begin, end):  # type: ignore[no-untyped-def] # numba
    """Pearson correlation of a[begin:end] and b[begin:end], 0 where one is flat."""
    n = end - begin
    mean_a, mean_b = 0.0, 0.0
    for j in range(begin, end):
        mean_a += a[j]
        mean_b += b[j]
    mean_a /= n
    mean_b /= n
    aa, bb, ab = 0.0, 0.0, 0.0
    for j in range(begin, end):
        da, db = a[j] - mean_a, b[j] - mean_b
        aa += da * da
        bb += db * db
        ab += da * db
    return ab / np.sqrt(aa * bb) if aa > 1e-9 and bb > 1e-9 else 0.0


@njit(cache=True)
def _similarity(beat, shape):  # type: ignore[no-untyped-def] # numba
    """Correlation of both leads' QRS taken as one vector, each about its own mean."""
    ab, aa, bb = 0.0, 0.0, 0.0
    n = QRS_END - QRS_BEGIN
    for lead in range(2):
        mean_a, mean_b = 0.0, 0.0
        for j in range(QRS_BEGIN, QRS_END):
            mean_a += beat[lead, j]
            mean_b += shape[lead, j]
        mean_a /= n
        mean_b /= n
        for j in range(QRS_BEGIN, QRS_END):
            da, db = beat[lead, j] - mean_a, shape[lead, j] - mean_b
            aa += da * da
            bb += db * db
            ab += da * db
    return ab / np.sqrt(aa * bb) if aa > 1e-9 and bb > 1e-9 else 0.0


@njit(cache=True)
def _distance(beat, reference, scales, begin, end):  # type: ignore[no-untyped-def] # numba
    """Root mean square of the difference over the QRS amplitude, both leads, at most 3."""
    total = 0.0
    for lead in range(2):
        for j in range(begin, end):
            total += ((beat[lead, j] - reference[lead, j]) / scales[lead]) ** 2
    return min(3.0, np.sqrt(total / (2 * (end - begin))))


@njit(cache=True)
def _p_correlation(beat, reference):  # type: ignore[no-untyped-def] # numba
    return max(_correlation(beat[0], reference[0], P_BEGIN, P_END), _correlation(beat[1], reference[1], P_BEGIN, P_END))


@njit(cache=True)
def _width_s(beat):  # type: ignore[no-untyped-def] # numba
    """Time over which the steeper lead's slope stays above a fifth of its largest."""
    slopes = np.zeros(LENGTH)
    largest = 0.0
    for j in range(QRS_BEGIN - 2, QRS_END + 2):
        slopes[j] = max(abs(beat[0, j + 1] - beat[0, j - 1]), abs(beat[1, j + 1] - beat[1, j - 1]))
        largest = max(largest, slopes[j])
    first, last = -1, -1
    for j in range(QRS_BEGIN - 2, QRS_END + 2):
        if largest > 0.0 and slopes[j] >= 0.2 * largest:
            last = j
            if first < 0:
                first = j
    return (last - first + 1) / FS_HZ


@njit(cache=True)
def _assign(beat, early, shapes, prematurity, weights):  # type: ignore[no-untyped-def] # numba
    """Put a beat to the shape it belongs to, or begin one in place of the rarest: which, and how alike they are."""
    best, at = -2.0, 0
    for c in range(SHAPES):
        weights[c] *= SHAPE_DECAY
        if weights[c] > 0.0:
            r = _similarity(beat, shapes[c])
            if r > best:
                best, at = r, c
    if best < SAME_SHAPE_R:
        at = int(np.argmin(weights))
        best = 0.0
        weights[at] = 0.0
        shapes[at] = 0.0
        prematurity[at] = 0.0
    weights[at] += 1.0
    rate = max(1.0 / weights[at], 0.06)
    for lead in range(2):
        for j in range(LENGTH):
            shapes[at, lead, j] += rate * (beat[lead, j] - shapes[at, lead, j])
    prematurity[at] += rate * (early - prematurity[at])
    return at, best


@njit(cache=True)
def _log_ratio(value, base):  # type: ignore[no-untyped-def] # numba
    if value <= 0.0 or base <= 0.0:
        return 0.0
    return min(LARGEST_LOG_RATIO, max(-LARGEST_LOG_RATIO, np.log(value / base)))


@njit(cache=True)
def _recent_median(rr_s, count, n):  # type: ignore[no-untyped-def] # numba
    """Median of the last n intervals, 0 without any."""
    n = min(n, count)
    if n <= 0:
        return 0.0
    values = np.empty(n)
    for i in range(n):
        values[i] = rr_s[(count - 1 - i) % RR_MEMORY]
    return np.median(values)


@njit(cache=True)
def _dominant_quantiles(rr_s, rr_dominant, count):  # type: ignore[no-untyped-def] # numba
    """Upper quartile and tenth of the intervals between dominant beats; without eight of them the median of all."""
    n = min(count, RR_MEMORY)
    values = np.empty(n)
    m = 0
    for i in range(n):
        if rr_dominant[i]:
            values[m] = rr_s[i]
            m += 1
    if m < 8:
        median = _recent_median(rr_s, count, 32)
        return median, median
    quartile, tenth = (3 * m) // 4, (9 * m) // 10
    values = np.partition(values[:m], quartile)
    return values[quartile], np.partition(values[quartile:], tenth - quartile)[tenth - quartile]


@njit(cache=True)
def _rank(rr_s, count, value):  # type: ignore[no-untyped-def] # numba
    """Share of the last 200 intervals that are shorter."""
    n = min(count, 200)
    if n == 0:
        return 0.5
    below = 0
    for i in range(n):
        if rr_s[(count - 1 - i) % RR_MEMORY] < value:
            below += 1
    return below / n


@njit(cache=True)
def _rr_features(rr, rr_s, rr_dominant, rows, numbers):  # type: ignore[no-untyped-def] # numba
    """Fill in the new beat's features of the interval before it, and the beat before's of the one after it."""
    count = int(numbers[0])
    median32 = _recent_median(rr_s, count, 32)
    dominant, longest = _dominant_quantiles(rr_s, rr_dominant, count)
    numbers[6] = dominant
    median16 = _recent_median(rr_s, count, 16)
    if numbers[1] == 0.0:
        numbers[2] = median16
        if count >= 8 and rr < RUN_BEGINS * median16:
            numbers[1] = 1.0
    elif rr > RUN_ENDS * numbers[2]:
        numbers[1] = 0.0
    new, last = rows[SEQUENCE - 1], rows[SEQUENCE - 2]
    new[PREV_8] = _log_ratio(rr, _recent_median(rr_s, count, 8))
    new[PREV_32] = _log_ratio(rr, median32)
    new[PREV_DOMINANT] = _log_ratio(rr, dominant)
    new[PREV_LONG] = _log_ratio(rr, longest)
    new[PREV_REFERENCE] = _log_ratio(rr, numbers[2])
    new[RR_PREV] = min(rr, NO_NEXT_RR_S)
    new[RANK] = _rank(rr_s, count, rr)
    if last[PRESENT] > 0.0:
        new[PREV_BEFORE] = _log_ratio(rr, last[RR_PREV])
        last[NEXT_32] = _log_ratio(rr, median32)
        last[NEXT_DOMINANT] = _log_ratio(rr, dominant)
        last[NEXT_LONG] = _log_ratio(rr, longest)
        last[RR_NEXT] = min(rr, NO_NEXT_RR_S)


@njit(cache=True)
def _measure(  # type: ignore[no-untyped-def] # numba
    signal, leads, r_index, quality, shapes, late, prematurity, weights, rr_s, rr_dominant, rows, r_peaks, numbers,
    waveform,
):  # fmt: skip
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

    dominant = int(np.argmax(weights))
    known = weights[dominant] >= 3.0
    reference = shapes[dominant].copy() if known else beat.copy()
    scales = np.empty(2)
    _scales(reference, scales)

    for i in range(SEQUENCE - 1):
        rows[i] = rows[i + 1]
        r_peaks[i] = r_peaks[i + 1]
    r_peaks[SEQUENCE - 1] = r_index
    new = rows[SEQUENCE - 1]
    new[:] = 0.0
    new[PRESENT] = 1.0
    rr = (r_index - numbers[4]) / 250.0 if numbers[4] >= 0.0 else 0.0
    if rr > 0.0:
        _rr_features(rr, rr_s, rr_dominant, rows, numbers)

    new[CORRELATION_0] = _correlation(beat[0], reference[0], QRS_BEGIN, QRS_END)
    new[CORRELATION_1] = _correlation(beat[1], reference[1], QRS_BEGIN, QRS_END)
    low, high = 0.0, 0.0
    for j in range(QRS_BEGIN, QRS_END):
        low = min(low, beat[0, j] / scales[0], beat[1, j] / scales[1])
        high = max(high, beat[0, j] / scales[0], beat[1, j] / scales[1])
    new[DISTANCE] = _distance(beat, reference, scales, QRS_BEGIN, QRS_END)
    new[WIDTH] = _width_s(beat)
    new[WIDTH_RATIO] = min(4.0, new[WIDTH] / max(_width_s(reference), 0.02))
    new[AMPLITUDE] = _log_ratio(high - low, 1.0)
    new[P_CORRELATION] = _p_correlation(beat, reference)
    new[P_RESIDUAL] = _distance(beat, reference, scales, P_BEGIN, P_END)
    sinus = late if numbers[5] >= 3.0 else reference
    new[LATE_P_CORRELATION] = _p_correlation(beat, sinus)
    new[LATE_P_RESIDUAL] = _distance(beat, sinus, scales, P_BEGIN, P_END)
    new[BEFORE_RESIDUAL] = _distance(beat, reference, scales, 0, P_BEGIN)
    new[QUALITY] = quality

    for lead in range(2):
        for j in range(LENGTH):
            waveform[j, lead] = min(LARGEST_OVER_SCALE, max(-LARGEST_OVER_SCALE, beat[lead, j] / scales[lead]))
            difference = (beat[lead, j] - reference[lead, j]) / scales[lead]
            waveform[j, 2 + lead] = min(LARGEST_OVER_SCALE, max(-LARGEST_OVER_SCALE, difference))

    shape, likeness = _assign(beat, new[PREV_32], shapes, prematurity, weights)
    new[OWN_SHARE] = weights[shape] / weights.sum()
    new[OWN_CORRELATION] = likeness
    new[OWN_PREMATURITY] = prematurity[shape]
    is_dominant = 1.0 if shape == int(np.argmax(weights)) else 0.0
    if rr > 0.0:
        count = int(numbers[0])
        rr_s[count % RR_MEMORY] = rr
        rr_dominant[count % RR_MEMORY] = 1 if is_dominant > 0.0 and numbers[3] > 0.0 else 0
        numbers[0] = count + 1.0
        if is_dominant > 0.0 and new[RANK] >= LATE_RANK:
            numbers[5] += 1.0
            rate = max(1.0 / numbers[5], 0.06)
            late += rate * (beat - late)
    numbers[3] = is_dominant
    numbers[4] = r_index

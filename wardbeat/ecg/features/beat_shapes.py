"""Kernels that compare the shape of a beat with others and sort beats into the patient's shapes."""

import numpy as np
from numba import njit

from wardbeat.ecg.features.beat_state import BEFORE, FS_HZ, LENGTH, N_SHAPES

QRS_BEGIN, QRS_END = BEFORE - 12, BEFORE + 16
"""−96…+120 ms, the part by which shapes are compared."""
P_BEGIN, P_END = BEFORE - 35, BEFORE - 10
"""−280…−80 ms, the place of a P wave."""
SAME_SHAPE_R = 0.88
"""A beat belongs to a shape from this correlation on."""
SHAPE_DECAY = 0.9975
"""The number of beats of each shape is multiplied by this at each beat."""
MIN_GAIN = 0.06
"""A new beat counts at least this much in a running mean."""
MIN_SCALE_MV = 0.1
MAX_DISTANCE = 3.0
FLAT = 1e-9
"""Smaller sums of squares belong to a flat signal, which has no correlation."""


@njit(cache=True)
def fill_scales(shape, scales):  # type: ignore[no-untyped-def] # numba
    """Fill in each lead's QRS amplitude in mV, at least ``MIN_SCALE_MV``."""
    for lead in range(2):
        low, high = 0.0, 0.0
        for j in range(QRS_BEGIN, QRS_END):
            low = min(low, shape[lead, j])
            high = max(high, shape[lead, j])
        scales[lead] = max(high - low, MIN_SCALE_MV)


@njit(cache=True)
def correlation(a, b, begin, end):  # type: ignore[no-untyped-def] # numba
    """Pearson correlation of a[begin:end] and b[begin:end], 0 if one of them is flat."""
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
    return ab / np.sqrt(aa * bb) if aa > FLAT and bb > FLAT else 0.0


@njit(cache=True)
def similarity(beat, shape):  # type: ignore[no-untyped-def] # numba
    """Correlation of the QRS complexes of both leads as one vector, each lead about its own mean."""
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
    return ab / np.sqrt(aa * bb) if aa > FLAT and bb > FLAT else 0.0


@njit(cache=True)
def distance(beat, reference, scales, begin, end):  # type: ignore[no-untyped-def] # numba
    """Root mean square of the difference over the QRS amplitude, both leads, at most ``MAX_DISTANCE``."""
    total = 0.0
    for lead in range(2):
        for j in range(begin, end):
            total += ((beat[lead, j] - reference[lead, j]) / scales[lead]) ** 2
    return min(MAX_DISTANCE, np.sqrt(total / (2 * (end - begin))))


@njit(cache=True)
def p_correlation(beat, reference):  # type: ignore[no-untyped-def] # numba
    """Correlation of the P waves, of the lead in which it is larger."""
    return max(correlation(beat[0], reference[0], P_BEGIN, P_END), correlation(beat[1], reference[1], P_BEGIN, P_END))


@njit(cache=True)
def width_s(beat):  # type: ignore[no-untyped-def] # numba
    """Time from the first to the last slope above a fifth of the largest, each of the steeper lead."""
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
def assign(beat, early, shapes, prematurity, weights):  # type: ignore[no-untyped-def] # numba
    """Add a beat to the most similar shape, or begin a new shape in place of the rarest.

    Returns the index of the shape and the correlation of the beat with it, 0 for a new shape.
    """
    best, at = -2.0, 0
    for c in range(N_SHAPES):
        weights[c] *= SHAPE_DECAY
        if weights[c] > 0.0:
            r = similarity(beat, shapes[c])
            if r > best:
                best, at = r, c
    if best < SAME_SHAPE_R:
        at = int(np.argmin(weights))
        best = 0.0
        weights[at] = 0.0
        shapes[at] = 0.0
        prematurity[at] = 0.0
    weights[at] += 1.0
    gain = max(1.0 / weights[at], MIN_GAIN)
    for lead in range(2):
        for j in range(LENGTH):
            shapes[at, lead, j] += gain * (beat[lead, j] - shapes[at, lead, j])
    prematurity[at] += gain * (early - prematurity[at])
    return at, best

"""Whether the class of a beat can be read: how far noise hides its shape.

The measures need no class. They are those of :mod:`wardbeat.ecg.features.quality` at one beat: the certainty of the QRS
network, the similarity of the beat and its neighbours to the patient's shapes, and how quiet the signal is between its
waves, in the better lead. So noise on one lead hides no beat that the other lead shows.

A logistic regression joins them. It was fitted on the beats of mitdb's DS1 and svdb with the noise records bw and ma of
nstdb added at 24 to −6 dB, in every other minute, on all leads or on one: false detections and false V beats against
beats of the right class. Motion of electrodes (em) was not used.
"""

import math
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from wardbeat.ecg.features.beat_shapes import fill_scales
from wardbeat.ecg.features.beat_state import OWN_CORRELATION, PRESENT, SEQUENCE, BeatState
from wardbeat.ecg.features.quality import NEAR_STEPS, is_peak
from wardbeat.ecg.qrs.network import LOOK_AHEAD, PROBABILITY_RING, STEP_SAMPLES

UNREADABLE_ABOVE: Final = -0.5
"""Log odds above which no class can be read. On clean records of DS1 and svdb it leaves out 0.02 % of the beats."""
V_UNREADABLE_ABOVE, V_CERTAINTY = -2.9, 0.7
"""Noise makes V beats of normal ones. So a V beat needs the more certainty the worse it can be read: the log odds less
this multiple of the log odds of V must not exceed this limit. It leaves out 0.1 % of the beats of DS1 and svdb, and the
F1 of V rises by 0.3 to 0.5 points there."""
MIN_P, MAX_P = 0.3, 0.999
"""Probabilities of V count as at least and at most these."""
OWN, NEIGHBOURS, UNCERTAINTY, PEAK_P, QUIET, CONSTANT = -2.65, -0.61, 0.64, -3.29, 0.66, 2.05
"""Weights of the measures in the log odds, in the order of ``_log_odds``."""
BEFORE_STEPS: Final = 44
"""0.9 s before the R peak in which the network's uncertainty counts; it ends ``AFTER_STEPS`` after the peak."""
AFTER_STEPS: Final = 10
PEAK_STEPS: Final = 6
MAX_UNCERTAINTY: Final = 3.0
QUIET_BEFORE: Final = 300
"""Samples before the R peak at which the quiet pieces begin: 16 pieces of 0.1 s up to 0.4 s after the peak."""
PIECES: Final = 16
PIECE_SAMPLES: Final = 25
QUIET_RANK: Final = 4
"""The fifth smallest piece counts: a quarter of a beat's cycle has no wave, even at a high rate."""
MIN_QUIET, MAX_QUIET = 0.01, 3.0
WITHOUT_WAVE: Final = 0.2
"""A lead whose largest piece is smaller than this proportion of the QRS amplitude shows no beat and does not count."""
NEIGHBOURS_BEFORE: Final = 3
STEP_PARTS: Final = 3
MAX_STEP: Final = 0.8
"""The level of the signal may change by this proportion of the QRS amplitude: medians of ``STEP_PARTS`` parts of the
same 1.6 s, in the better lead. The filters make such a change, and waves, of a step of the baseline. On clean records
of DS1 and svdb one beat of 10,000 has more than 0.53, one V beat of 1,000 more than 0.40."""
HIDDEN_LOG_ODDS: Final = 99.0
"""Of a beat in such a change, or in a break of the signal."""


def is_readable(log_odds: float) -> bool:
    """Whether the class of a beat can be read, given the log odds that it can't."""
    return log_odds <= UNREADABLE_ABOVE


def is_readable_as_v(log_odds: float, p_v: float) -> bool:
    """Whether a beat that is V with probability ``p_v`` can be read so well that it is V."""
    p = min(max(p_v, MIN_P), MAX_P)
    return is_readable(log_odds) and log_odds - V_CERTAINTY * math.log(p / (1.0 - p)) <= V_UNREADABLE_ABOVE


def unreadable_log_odds(
    network_p: NDArray[np.float32],
    beats: BeatState,
    signal: NDArray[np.float32],
    leads: NDArray[np.int64],
    r: int,
    *,
    has_next: bool,
) -> float:
    """Log odds that the class of a beat can't be read.

    Parameters
    ----------
    network_p : ndarray, shape (PROBABILITY_RING,)
        Ring of the network's probability at each step.
    beats : BeatState
        The last beats; the newest is this beat, or the one after it.
    signal : ndarray, shape (leads, size)
        Ring of filtered mV at 250 Hz.
    leads : ndarray, shape (2,)
        Rows of the limb and the precordial lead, −1 for none.
    r : int
        R peak as a 250 Hz sample; the rings must still hold the second before it.
    has_next : bool
        Whether the newest of ``beats`` is the beat after this one.
    """
    shapes = beats.shape_arrays
    return float(_log_odds(network_p, beats.rows, shapes.means, shapes.weights, signal, leads, r, has_next))


@njit(cache=True)
def _log_odds(network_p, rows, means, weights, signal, leads, r, has_next):  # type: ignore[no-untyped-def] # numba
    at = SEQUENCE - 2 if has_next else SEQUENCE - 1
    scales = np.empty(2)
    fill_scales(means[int(np.argmax(weights))], scales)
    own = rows[at, OWN_CORRELATION]
    around = _neighbours(rows, at)
    uncertainty, peak_p = _certainty(network_p, r)
    if _step(signal, leads, scales, r) > MAX_STEP:
        return HIDDEN_LOG_ODDS
    quiet = np.log(min(max(_quiet(signal, leads, scales, r), MIN_QUIET), MAX_QUIET))
    return OWN * own + NEIGHBOURS * around + UNCERTAINTY * uncertainty + PEAK_P * peak_p + QUIET * quiet + CONSTANT


@njit(cache=True)
def _neighbours(rows, at):  # type: ignore[no-untyped-def] # numba
    """Mean similarity of the three beats before and the next one to their shapes; 1 without any."""
    total, n = 0.0, 0
    for i in range(at - NEIGHBOURS_BEFORE, min(at + 2, SEQUENCE)):
        if i != at and rows[i, PRESENT] > 0.0:
            total += rows[i, OWN_CORRELATION]
            n += 1
    return total / n if n else 1.0


@njit(cache=True)
def _certainty(network_p, r):  # type: ignore[no-untyped-def] # numba
    """The uncertainty of the network from before the beat on, and its largest probability at the R peak."""
    peak = (r + LOOK_AHEAD) // STEP_SAMPLES
    first, last = max(peak - BEFORE_STEPS, NEAR_STEPS), peak + AFTER_STEPS
    uncertainty, peak_p = 0.0, 0.0
    for step in range(first, last + 1):
        p = network_p[step % PROBABILITY_RING]
        if abs(step - peak) <= PEAK_STEPS:
            peak_p = max(peak_p, p)
        if is_peak(step, last, network_p):
            uncertainty += 2.0 * min(p, 1.0 - p)
    return min(uncertainty, MAX_UNCERTAINTY), peak_p


@njit(cache=True)
def _quiet(signal, leads, scales, r):  # type: ignore[no-untyped-def] # numba
    """The height of the quiet pieces of signal round a beat over the QRS amplitude, in the better lead."""
    size = signal.shape[1]
    best = MAX_QUIET
    heights = np.empty(PIECES)
    for lead in range(2):
        if leads[lead] < 0:
            continue
        for piece in range(PIECES):
            begin = r - QUIET_BEFORE + piece * PIECE_SAMPLES
            low = high = signal[leads[lead], begin % size]
            for k in range(begin + 1, begin + PIECE_SAMPLES):
                low = min(low, signal[leads[lead], k % size])
                high = max(high, signal[leads[lead], k % size])
            heights[piece] = (high - low) / scales[lead]
        heights.sort()
        if heights[PIECES - 1] >= WITHOUT_WAVE:
            best = min(best, heights[QUIET_RANK])
    return best


@njit(cache=True)
def _step(signal, leads, scales, r):  # type: ignore[no-untyped-def] # numba
    """The change of the signal's level round a beat over the QRS amplitude, in the better lead; 0 without a lead."""
    size, part_samples = signal.shape[1], PIECES * PIECE_SAMPLES // STEP_PARTS
    values, levels = np.empty(part_samples), np.empty(STEP_PARTS)
    least, found = 0.0, False
    for lead in range(2):
        if leads[lead] < 0:
            continue
        for part in range(STEP_PARTS):
            begin = r - QUIET_BEFORE + part * part_samples
            for j in range(part_samples):
                values[j] = signal[leads[lead], (begin + j) % size]
            levels[part] = np.median(values)
        step = (levels.max() - levels.min()) / scales[lead]
        least = min(least, step) if found else step
        found = True
    return least

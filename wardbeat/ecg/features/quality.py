"""How far the signal of the last seconds can be trusted, and whether anything moves in it at all.

Measured once a second on what the detector keeps anyway. That two ways to find beats agree is the best single sign of a
good signal (Li, Mark and Clifford 2008, doi:10.1088/0967-3334/29/1/002, bSQI); of the two that we have the network is
also the one that knows how sure it is, so *doubt* is asked of it. But it doubts shapes that it has never seen, too: so
it is also asked whether the beats found are *alike*, as those of a heart are, however odd, and those of noise are not.
"""

from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from wardbeat.ecg.features.beats import OWN_CORRELATION, PRESENT, BeatState
from wardbeat.ecg.qrs.network import PROBABILITY_RING, SECOND_SAMPLES, STEP_SAMPLES

DOUBT_S: Final = 5
"""Long enough to hold several beats of a slow heart, short enough to tell of noise within ten seconds."""
STEPS: Final = DOUBT_S * SECOND_SAMPLES // STEP_SAMPLES
NEAR_STEPS: Final = 6
"""0.12 s: a peak of the probability is the highest within this distance."""
LEAST: Final = 0.03
"""What the network holds for less likely is no peak."""
LEAST_BEATS: Final = 3
MEASURED_AFTER: Final = 150
"""Samples by which the newest beat that has been measured may lie behind."""
ACTIVITY_S: Final = 4
PIECE: Final = 50
"""0.2 s, one cycle of fibrillation; P waves and pace pulses at up to 100/min leave most of the pieces empty."""
ROUGH_MV: Final = 0.05
"""Second difference of the filtered signal. Half of all samples exceed it with hum of 0.5 mV and more (0.08 mV at the
least); in mitdb and nsrdb 0.024 mV is exceeded in one second of a hundred."""


class Quality(NamedTuple):
    """Of the last seconds of a signal.

    Attributes
    ----------
    qrs_uncertainty : float
        How unsure the QRS network is, per beat: 0 where every peak of its probability is a clear yes or no, 1 where
        each is one half; more where there are many such peaks between the beats.
    beat_similarity : float
        Mean correlation of each beat with the shape that it was put to: near 1 for a heart, whatever its shapes, 0 with
        less than three beats.
    activity_mv : list of float
        By lead: median over pieces of 0.2 s of the peak-to-peak amplitude. No single wave shows in it.
    high_frequency_noise : list of bool
        By lead: whether mains hum or muscle noise is all over the last second.
    valid : list of float
        By lead: share of the last second that is valid.
    """

    qrs_uncertainty: float
    beat_similarity: float
    activity_mv: list[float]
    high_frequency_noise: list[bool]
    valid: list[float]


def assess(
    network_p: NDArray[np.float32], beats: BeatState, signal: NDArray[np.float32], valid: NDArray[np.uint8], k: int
) -> Quality:
    """The quality of a signal at the end of a second.

    Parameters
    ----------
    network_p : ndarray, shape (SAID_RING,)
        The network's probability at each step, a ring.
    beats : BeatState
        The last beats.
    signal : ndarray, shape (leads, size)
        Filtered mV at 250 Hz, a ring of a whole number of seconds, ``ACTIVITY_S`` at least.
    valid : ndarray, shape (leads, size)
        1 where a sample is one.
    k : int
        Samples so far, whole seconds.
    """
    leads = np.zeros((3, len(signal)))
    qrs_uncertainty, beat_similarity = _assess(network_p, beats.rows, beats.r_peaks, signal, valid, k, leads)
    activity, high_frequency_noise, valid_share = leads.tolist()
    return Quality(
        qrs_uncertainty, beat_similarity, activity, [share > 0.5 for share in high_frequency_noise], valid_share
    )


@njit(cache=True)
def _assess(network_p, rows, r_peaks, signal, valid, k, leads):  # type: ignore[no-untyped-def] # numba
    """One compiled call a second."""
    _assess_leads(signal, valid, k, leads)
    return _qrs_uncertainty(network_p, k), _beat_similarity(rows, r_peaks, k)


@njit(cache=True)
def _beat_similarity(rows, r_peaks, k):  # type: ignore[no-untyped-def] # numba
    total, n = 0.0, 0
    for i in range(rows.shape[0]):
        if rows[i, PRESENT] > 0.0 and r_peaks[i] > k - MEASURED_AFTER - DOUBT_S * SECOND_SAMPLES:
            total += rows[i, OWN_CORRELATION]
            n += 1
    return total / n if n >= LEAST_BEATS else 0.0


@njit(cache=True)
def _qrs_uncertainty(network_p, k):  # type: ignore[no-untyped-def] # numba
    newest = k // STEP_SAMPLES - 1 - NEAR_STEPS
    qrs_uncertainty, likely = 0.0, 0
    for step in range(max(NEAR_STEPS, newest - STEPS + 1), newest + 1):
        p = network_p[step % PROBABILITY_RING]
        highest = p >= LEAST
        for distance in range(1, NEAR_STEPS + 1):
            if (
                network_p[(step - distance) % PROBABILITY_RING] >= p
                or network_p[(step + distance) % PROBABILITY_RING] > p
            ):
                highest = False
                break
        if highest:
            qrs_uncertainty += 2.0 * min(p, 1.0 - p)
            likely += p > 0.5
    return qrs_uncertainty / max(likely, DOUBT_S)


@njit(cache=True)
def _assess_leads(signal, valid, k, leads):  # type: ignore[no-untyped-def] # numba
    n_leads, ring = signal.shape
    pieces = min(ACTIVITY_S * SECOND_SAMPLES, k) // PIECE
    heights = np.empty(max(pieces, 1))
    for lead in range(n_leads):
        for piece in range(pieces):
            begin = (k - (piece + 1) * PIECE) % ring  # a ring holds a whole number of pieces
            low = high = signal[lead, begin]
            for i in range(begin + 1, begin + PIECE):
                low = min(low, signal[lead, i])
                high = max(high, signal[lead, i])
            heights[piece] = high - low
        if pieces:
            leads[0, lead] = np.median(heights)
        bent, begin = 0, (k - SECOND_SAMPLES) % ring
        for i in range(begin + 2, begin + SECOND_SAMPLES):
            bent += abs(signal[lead, i - 2] - 2.0 * signal[lead, i - 1] + signal[lead, i]) > ROUGH_MV
        leads[1, lead] = bent / SECOND_SAMPLES
        n_valid = 0
        for i in range(begin, begin + SECOND_SAMPLES):
            n_valid += valid[lead, i]
        leads[2, lead] = n_valid / SECOND_SAMPLES

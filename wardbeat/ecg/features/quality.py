"""Signal quality of the last seconds, and how much the signal moves.

The monitor assesses it once a second from arrays that the detector keeps. The best single sign of a good signal is that
two ways to find beats agree (Li, Mark and Clifford 2008, doi:10.1088/0967-3334/29/1/002, bSQI). Of the detector's two
ways the network also gives probabilities, so the *uncertainty* comes from them. The network is uncertain of shapes that
it was not fitted on, too. So the *similarity* of the beats is a second measure: the beats of a heart resemble each
other, also if they are abnormal, and false beats in noise do not.
"""

from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from wardbeat.ecg.features.beat_state import OWN_CORRELATION, PRESENT, BeatState
from wardbeat.ecg.qrs.network import PROBABILITY_RING, SECOND_SAMPLES, STEP_SAMPLES

UNCERTAINTY_S: Final = 5
"""Long enough to hold several beats of a slow heart, short enough to report noise within ten seconds."""
STEPS: Final = UNCERTAINTY_S * SECOND_SAMPLES // STEP_SAMPLES
NEAR_STEPS: Final = 6
"""0.12 s: a peak of the probability is the highest value within this distance."""
MIN_PEAK_P: Final = 0.03
"""A lower probability is no peak."""
MIN_BEATS: Final = 3
"""With fewer beats there is no similarity."""
MEASUREMENT_DELAY: Final = 150
"""Samples from the newest measured beat to now, at most."""
ACTIVITY_S: Final = 4
SEGMENT_SAMPLES: Final = 50
"""0.2 s, one cycle of fibrillation; P waves and pace pulses at up to 100/min leave most segments without a wave."""
NOISE_BEND_MV: Final = 0.05
"""Second difference of the filtered signal. With hum of 0.5 mV, if it is not removed, half of all samples exceed
0.08 mV at the least. In mitdb and nsrdb half of them exceed 0.024 mV in one second of a hundred."""
NOISE_PROPORTION: Final = 0.5
"""A lead has high-frequency noise if a larger proportion of its last second bends more than ``NOISE_BEND_MV``."""
ACTIVITY, NOISE, VALID = range(3)
"""Rows of the kernel's output, a column a lead."""


class Quality(NamedTuple):
    """Quality of the last seconds of a signal.

    Attributes
    ----------
    qrs_uncertainty : float
        Uncertainty of the QRS network per beat: 0 if each peak of its probability is near 0 or 1; 1 if each peak is one
        half; more than 1 if there are many such peaks between the beats.
    beat_similarity : float
        Mean correlation of each beat with its shape: near 1 for a heart with any shapes; 0 with fewer than three beats.
    activity_mv : list of float
        By lead: median over segments of 0.2 s of the peak-to-peak amplitude. A single wave does not change it.
    high_frequency_noise : list of bool
        By lead: whether muscle noise fills the last second, or mains hum that could not be removed.
    valid : list of float
        By lead: proportion of the last second that is valid.
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
    network_p : ndarray, shape (PROBABILITY_RING,)
        Ring of the network's probability at each step.
    beats : BeatState
        The last beats.
    signal : ndarray, shape (leads, size)
        Ring of filtered mV at 250 Hz; a whole number of seconds, at least ``ACTIVITY_S``.
    valid : ndarray, shape (leads, size)
        1 where a sample is valid.
    k : int
        250 Hz samples so far; whole seconds.
    """
    leads = np.zeros((3, len(signal)))
    qrs_uncertainty, beat_similarity = _assess(network_p, beats.rows, beats.r_peaks, signal, valid, k, leads)
    activity_mv, noise, valid_proportion = leads.tolist()
    noisy = [proportion > NOISE_PROPORTION for proportion in noise]
    return Quality(qrs_uncertainty, beat_similarity, activity_mv, noisy, valid_proportion)


@njit(cache=True)
def _assess(network_p, rows, r_peaks, signal, valid, k, leads):  # type: ignore[no-untyped-def] # numba
    """One compiled call a second."""
    _assess_leads(signal, valid, k, leads)
    return _qrs_uncertainty(network_p, k), _beat_similarity(rows, r_peaks, k)


@njit(cache=True)
def _beat_similarity(rows, r_peaks, k):  # type: ignore[no-untyped-def] # numba
    total, n = 0.0, 0
    for i in range(rows.shape[0]):
        if rows[i, PRESENT] > 0.0 and r_peaks[i] > k - MEASUREMENT_DELAY - UNCERTAINTY_S * SECOND_SAMPLES:
            total += rows[i, OWN_CORRELATION]
            n += 1
    return total / n if n >= MIN_BEATS else 0.0


@njit(cache=True)
def is_peak(step, last, network_p):  # type: ignore[no-untyped-def] # numba
    """Whether the probability at a step is the highest near it, as far as the steps up to ``last`` show."""
    p = network_p[step % PROBABILITY_RING]
    if p < MIN_PEAK_P:
        return False
    for distance in range(1, NEAR_STEPS + 1):
        before, after = network_p[(step - distance) % PROBABILITY_RING], network_p[(step + distance) % PROBABILITY_RING]
        if before >= p or (after > p and step + distance <= last):
            return False
    return True


@njit(cache=True)
def _qrs_uncertainty(network_p, k):  # type: ignore[no-untyped-def] # numba
    newest = k // STEP_SAMPLES - 1 - NEAR_STEPS
    qrs_uncertainty, likely = 0.0, 0
    for step in range(max(NEAR_STEPS, newest - STEPS + 1), newest + 1):
        if is_peak(step, newest + NEAR_STEPS, network_p):
            p = network_p[step % PROBABILITY_RING]
            qrs_uncertainty += 2.0 * min(p, 1.0 - p)
            likely += p > 0.5
    return qrs_uncertainty / max(likely, UNCERTAINTY_S)


@njit(cache=True)
def _assess_leads(signal, valid, k, leads):  # type: ignore[no-untyped-def] # numba
    n_leads, ring = signal.shape
    n_segments = min(ACTIVITY_S * SECOND_SAMPLES, k) // SEGMENT_SAMPLES
    heights = np.empty(max(n_segments, 1))
    for lead in range(n_leads):
        for segment in range(n_segments):
            begin = (k - (segment + 1) * SEGMENT_SAMPLES) % ring  # the ring holds a whole number of segments
            low = high = signal[lead, begin]
            for i in range(begin + 1, begin + SEGMENT_SAMPLES):
                low = min(low, signal[lead, i])
                high = max(high, signal[lead, i])
            heights[segment] = high - low
        if n_segments:
            leads[ACTIVITY, lead] = np.median(heights)
        bent, begin = 0, (k - SECOND_SAMPLES) % ring
        for i in range(begin + 2, begin + SECOND_SAMPLES):
            bent += abs(signal[lead, i - 2] - 2.0 * signal[lead, i - 1] + signal[lead, i]) > NOISE_BEND_MV
        leads[NOISE, lead] = bent / SECOND_SAMPLES
        n_valid = 0
        for i in range(begin, begin + SECOND_SAMPLES):
            n_valid += valid[lead, i]
        leads[VALID, lead] = n_valid / SECOND_SAMPLES

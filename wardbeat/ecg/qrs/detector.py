"""Streaming QRS detection: causal, all leads fused, half by energy and half by a network.

The energy follows Pan and Tompkins (1985, doi:10.1109/TBME.1985.325532) with these deviations. The 8–20 Hz band and its
RMS over 133 ms replace derivative, square and 150 ms mean. The leads are fused: each counts over its own running QRS
level, weighted by how far that level stands above its noise. There is no search-back and no threshold that follows the
noise, because half of the score is the probability of :mod:`wardbeat.ecg.qrs.network`, which takes in a quarter of a
second of signal after the R peak. If no beat comes for two seconds, the level decays, so that the detector follows a
fall in amplitude; it never decays below what a QRS complex must have at least.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from wardbeat.ecg.filters import DISPLAY_DELAY, DISPLAY_SOS, QRS_SOS
from wardbeat.ecg.qrs import levels as qrs_levels
from wardbeat.ecg.qrs import pace_pulses
from wardbeat.ecg.qrs.block import FAINT, THRESHOLD, UNSURE, Block, Peak
from wardbeat.ecg.qrs.levels import (
    ENERGY_SAMPLES,
    FLAT_AFTER_SAMPLES,
    INVALID,
    LAST_INPUT,
    MIN_LEVEL_MV,
    NOISE_LEVEL,
    PEAK_ENERGY,
    QRS_LEVEL,
    SINCE_PEAK,
    STEP_ENERGY,
    UNCHANGED,
    VALID,
)
from wardbeat.ecg.qrs.network import (
    LEADS,
    LOOK_AHEAD,
    NEWEST,
    PROBABILITY_RING,
    STEP_SAMPLES,
    QrsNetwork,
    over_size,
    probability,
)
from wardbeat.ecg.qrs.pace_pulses import without_pulses
from wardbeat.ecg.qrs.state import (
    BLOCKED,
    ENERGY,
    FUSED,
    LEAD_0,
    RING_SAMPLES,
    SCORE,
    STEP_RING,
    QrsState,
    R,
)

BLOCK_SAMPLES = 50
"""The detector decides on a grid of 0.2 s, so that chunk borders do not change its output."""
REFRACTORY_SAMPLES = 54
"""217 ms: no ventricle beats again sooner (Pan and Tompkins take 200 ms)."""
BLOCKED_SAMPLES = 38
"""152 ms: a peak of the score as soon as this after a beat is reported as blocked; at 350/min the next beat is."""
BLOCKED_P = 0.4
"""Probability of a QRS complex in it, at the least."""
PEAK_END_RATIO = 0.9
"""A peak is over when the score has fallen to this proportion of its height."""
PEAK_END_SAMPLES = 25
"""A peak is over this long after its highest score, even if the score stays high."""
SMOOTH_STEPS = 5
"""Probabilities are averaged over 0.1 s, the time for which the network reports an R peak."""
MIN_ENERGY_MV = 0.04
"""RMS in the QRS band below which nothing is a QRS complex: a complex of 0.15 mV, which monitors must not count
(EC13)."""
SETTLING_SAMPLES = 75
"""0.3 s: until then the energy comes from the filters' start."""
LEARNING_SAMPLES = 500
"""2 s in which the detector finds the levels and no beats."""
DECAY_AFTER_SAMPLES = 500
"""2 s without a beat, after which the QRS levels decay."""
NEVER_SAMPLES = 1_000_000
"""Stands for the time since the last beat while there is none."""
ENERGY_DELAY = 26 + pace_pulses.DELAY_SAMPLES
"""Samples from the R peak to the energy's peak: half the RMS window, the band's delay, and the time that it takes to
recognise a pace pulse."""
SCORE_DELAY = LOOK_AHEAD + SMOOTH_STEPS // 2 * STEP_SAMPLES
"""Samples from the R peak to the score's peak."""
ENERGY_WAIT_STEPS = (SCORE_DELAY - ENERGY_DELAY + STEP_SAMPLES // 2) // STEP_SAMPLES
"""Steps that the energy waits for the network."""
UNCONFIRMED_ENERGY = 0.6
"""Fused energy over level that a QRS complex reaches long before its score peaks. Among 46,000 such rises at the end of
a second of mitdb's DS1, nsrdb and svdb, the detector confirmed a beat in all but 22."""
UNCONFIRMED_DELAY = 35
"""Samples from the R peak to the rise of the energy to that value, ±12 in nine of ten."""
UNCONFIRMED_STEPS = 13
"""A beat this far back may have no score yet: ``SCORE_DELAY`` and ``PEAK_END_SAMPLES``, less ``UNCONFIRMED_DELAY``."""
NEAR_STEPS = 6
"""0.12 s: how far from a peak of the score the detector searches its R peak."""
R_SEARCH_SAMPLES = 10
"""40 ms around the peak of the probability; a wider search put paced beats 155 ms from their annotation."""
OFF_AFTER_SAMPLES = 250
"""A lead without a valid sample for this long is off."""
STUCK_AFTER_SAMPLES = 750
"""A lead without any change for this long is off: an electrode gives some noise, a generator's slow heart gives none
between its T waves."""
MISSING_AFTER_SAMPLES = 13
"""50 ms: a QRS complex can't hide in a shorter run of invalid samples."""


def detect(state: QrsState, network: QrsNetwork, signal: NDArray[np.float64], valid: NDArray[np.uint8]) -> list[Block]:
    """Filter samples and return the blocks that end with one of them.

    Parameters
    ----------
    state : QrsState
        Changed in place; ``state.signal`` holds the filtered samples afterwards.
    network : QrsNetwork
        The same for the whole session.
    signal, valid : ndarray, shape (leads, samples)
        Millivolts at 250 Hz, and 1 where they are valid; C-contiguous.
    """
    n_leads, n = signal.shape
    n_blocks = (int(state.scalars["k"][0]) % BLOCK_SAMPLES + n) // BLOCK_SAMPLES
    peaks = np.empty((n_blocks, *state.found.shape))
    counts = np.empty((2, n_blocks), np.int64)
    flags = np.empty((3, n_blocks, n_leads), np.bool_)
    noise = np.empty((n_blocks, n_leads))
    _detect_blocks(signal, valid, state.arrays, network.weights, state.network_arrays, peaks, counts, flags, noise)
    n_found, unconfirmed_r = counts.tolist()
    passed = [[_peak(*row) for row in rows[:n]] for rows, n in zip(peaks.tolist(), n_found, strict=True)]
    return [Block(*block) for block in zip(passed, unconfirmed_r, *flags.tolist(), noise.tolist(), strict=True)]


def _peak(r: float, score: float, energy: float, blocked: float) -> Peak:
    return Peak(int(r), score, energy, blocked > 0)


@njit(cache=True)
def _filter(value, sos, zi):  # type: ignore[no-untyped-def] # numba
    for section in range(sos.shape[0]):
        out = sos[section, 0] * value + zi[section, 0]
        zi[section, 0] = sos[section, 1] * value - sos[section, 4] * out + zi[section, 1]
        zi[section, 1] = sos[section, 2] * value - sos[section, 5] * out
        value = out
    return value


@njit(cache=True)
def _r_peak(peak, signal, levels):  # type: ignore[no-untyped-def] # numba
    """The sample around the complex at which the weighted leads are farthest from their mean; a lead may be off now."""
    begin = max(0, peak - SCORE_DELAY - R_SEARCH_SAMPLES)
    end = peak - SCORE_DELAY + R_SEARCH_SAMPLES
    n_leads = signal.shape[0]
    best, at = -1.0, max(0, peak - SCORE_DELAY)
    means = np.zeros(n_leads)
    for lead in range(n_leads):
        for k in range(begin, end):
            means[lead] += signal[lead, k % RING_SAMPLES]
        means[lead] /= end - begin
    for k in range(begin, end):
        total = 0.0
        for lead in range(n_leads):
            weight = qrs_levels.reliability(lead, levels) / max(levels[lead, QRS_LEVEL], MIN_LEVEL_MV)
            total += weight * abs(signal[lead, k % RING_SAMPLES] - means[lead])
        if total > best:
            best, at = total, k
    return max(0, at - DISPLAY_DELAY)


@njit(cache=True)
def _measure_peak(peak, step, steps, levels):  # type: ignore[no-untyped-def] # numba
    """Set each lead's energy at a peak of the score to the largest near it; a wide complex has most energy late.

    Returns the largest of all leads.
    """
    at = (peak - 1) // STEP_SAMPLES - ENERGY_WAIT_STEPS
    strongest = 0.0
    for lead in range(levels.shape[0]):
        for near in range(at, min(step, at + NEAR_STEPS) + 1):
            energy = steps[(near + STEP_RING) % STEP_RING, LEAD_0 + lead]
            levels[lead, PEAK_ENERGY] = max(levels[lead, PEAK_ENERGY], energy)
        strongest = max(strongest, levels[lead, PEAK_ENERGY])
    return strongest


@njit(cache=True)
def _judge_peak(state, step, steps, levels, runs):  # type: ignore[no-untyped-def] # numba
    """The score of the peak just passed if it is a QRS complex or may be one, else 0; all other peaks are noise."""
    since = state.peak - state.last_peak if state.beats > 0 else NEVER_SAMPLES
    state.blocked = since < REFRACTORY_SAMPLES
    if state.blocked:
        likely = 2.0 * state.height - state.energy >= BLOCKED_P
        return state.height if state.height > THRESHOLD and likely and since >= BLOCKED_SAMPLES else 0.0
    if state.height > THRESHOLD and _measure_peak(state.peak, step, steps, levels) >= MIN_ENERGY_MV:
        state.beats += 1
        state.last_peak = state.peak
        qrs_levels.follow_beat(state.beats, levels, runs)
        return state.height
    qrs_levels.follow_noise(levels)
    large = state.height >= FAINT and _measure_peak(state.peak, step, steps, levels) >= MIN_ENERGY_MV
    return min(state.height, THRESHOLD) if large or state.height >= UNSURE else 0.0


@njit(cache=True)
def _smooth(step, network_p):  # type: ignore[no-untyped-def] # numba
    """The mean probability of the last ``SMOOTH_STEPS`` steps."""
    total = 0.0
    for before in range(SMOOTH_STEPS):
        total += network_p[(step + PROBABILITY_RING - before) % PROBABILITY_RING]
    return total / SMOOTH_STEPS


@njit(cache=True)
def _score(step, steps, network_p):  # type: ignore[no-untyped-def] # numba
    """Half energy over level, half probability."""
    return 0.5 * steps[(step + STEP_RING - ENERGY_WAIT_STEPS) % STEP_RING, FUSED] + 0.5 * _smooth(step, network_p)


@njit(cache=True)
def _likeliest(peak, step, network_p):  # type: ignore[no-untyped-def] # numba
    """The sample near a peak of the score at which the probability peaks; a wide complex has most energy late."""
    around = (peak - 1) // STEP_SAMPLES
    best, at = _smooth(around, network_p), around
    for near in range(around - NEAR_STEPS, min(step, around + NEAR_STEPS) + 1):
        probability = _smooth(near, network_p)
        if probability > best:
            best, at = probability, near
    return (at + 1) * STEP_SAMPLES


@njit(cache=True)
def _follow(state, score, step, steps, levels, runs):  # type: ignore[no-untyped-def] # numba
    """Follow the score by one step; return the score of a QRS complex or possible one that just passed, else 0."""
    if state.rising == 0 and score > state.previous:
        state.rising = 1
        state.height = 0.0
    state.previous = score
    if state.rising == 0:
        return 0.0
    if score > state.height:
        state.height = score
        state.peak = state.k
        energies = steps[(step + STEP_RING - ENERGY_WAIT_STEPS) % STEP_RING]
        state.energy = energies[FUSED]
        for lead in range(levels.shape[0]):
            levels[lead, PEAK_ENERGY] = energies[LEAD_0 + lead]
    elif score < PEAK_END_RATIO * state.height or state.k - state.peak > PEAK_END_SAMPLES:
        state.rising = 0
        return _judge_peak(state, step, steps, levels, runs)
    return 0.0


@njit(cache=True)
def _unconfirmed_r(state, steps):  # type: ignore[no-untyped-def] # numba
    """R peak of a complex that the score has not confirmed yet, −1 without one."""
    end = state.k // STEP_SAMPLES
    first = (state.last_r + REFRACTORY_SAMPLES + UNCONFIRMED_DELAY) // STEP_SAMPLES
    for step in range(max(first, end - UNCONFIRMED_STEPS, 1), end if state.beats >= 0 else 0):
        energies = steps[step % STEP_RING]
        rises = energies[FUSED] >= UNCONFIRMED_ENERGY > steps[(step - 1) % STEP_RING, FUSED]
        if rises and energies[LEAD_0:].max() >= MIN_ENERGY_MV:
            return (step + 1) * STEP_SAMPLES - UNCONFIRMED_DELAY
    return -1


@njit(cache=True, inline="always")
def _count_runs(lead, value, is_valid, levels, runs):  # type: ignore[no-untyped-def] # numba
    """Count for how long a lead's input has been unchanged, valid and invalid."""
    runs[lead, UNCHANGED] = runs[lead, UNCHANGED] + 1 if abs(value - levels[lead, LAST_INPUT]) < 1e-6 else 0
    levels[lead, LAST_INPUT] = value
    if is_valid:
        runs[lead, INVALID] = 0
        runs[lead, VALID] += 1
    else:
        runs[lead, INVALID] += 1
        runs[lead, VALID] = 0


@njit(cache=True, inline="always")
def _band_energy(value, k, zi, squares):  # type: ignore[no-untyped-def] # numba
    """The RMS in the QRS band over the last ``ENERGY_SAMPLES`` of a lead."""
    squares[k % ENERGY_SAMPLES] = _filter(value, QRS_SOS, zi) ** 2
    total = 0.0
    for j in range(ENERGY_SAMPLES):
        total += squares[j]
    return np.sqrt(total / ENERGY_SAMPLES)


@njit(cache=True, inline="always")
def _weigh(lead, energy, levels, runs):  # type: ignore[no-untyped-def] # numba
    """The weight of a lead, and its energy over its QRS level, at most 1."""
    own = max(levels[lead, QRS_LEVEL], MIN_LEVEL_MV)
    runs[lead, SINCE_PEAK] = 0 if energy >= 0.5 * own else runs[lead, SINCE_PEAK] + 1
    weight = qrs_levels.weight(lead, levels, runs)
    if weight > 0.0:
        levels[lead, STEP_ENERGY] = max(levels[lead, STEP_ENERGY], energy)
    return weight, min(1.0, energy / own)


@njit(cache=True)
def _end_step(state, step, network_probability, levels, steps, network_p):  # type: ignore[no-untyped-def] # numba
    """Store a step's energies and probability, and clear what they were collected in."""
    network_p[step % PROBABILITY_RING] = network_probability
    steps[step % STEP_RING, FUSED] = state.step_energy
    state.step_energy = 0.0
    for lead in range(levels.shape[0]):
        steps[step % STEP_RING, LEAD_0 + lead] = levels[lead, STEP_ENERGY]
        if state.beats < 0 and state.k > SETTLING_SAMPLES:
            levels[lead, PEAK_ENERGY] = max(levels[lead, PEAK_ENERGY], levels[lead, STEP_ENERGY])
        levels[lead, STEP_ENERGY] = 0.0


@njit(cache=True)
def _decide_step(state, step, signal, levels, runs, steps, network_p, found):  # type: ignore[no-untyped-def] # numba
    """Learn the first levels, or follow the score and store the peak that has just passed."""
    newest = state.k - 1
    if state.beats < 0:
        if newest >= LEARNING_SAMPLES:
            qrs_levels.learn(levels)
            steps[:, FUSED] = 0.0  # the energies so far are over no level
            state.beats = 0
        return
    if newest - max(state.last_peak, LEARNING_SAMPLES) > DECAY_AFTER_SAMPLES:
        qrs_levels.decay(levels)
    height = _follow(state, _score(step, steps, network_p), step, steps, levels, runs)
    if height > 0.0:
        r = _r_peak(_likeliest(state.peak, step, network_p), signal, levels)
        if r > state.last_r:  # two peaks of the score may belong to one complex
            if height > THRESHOLD and state.blocked == 0:
                state.last_r = r
            found[state.found, R] = r
            found[state.found, SCORE] = height
            found[state.found, ENERGY] = state.energy
            found[state.found, BLOCKED] = state.blocked
            state.found += 1


@njit(cache=True)
def _detect(arrays, weights, network, block, block_valid):  # type: ignore[no-untyped-def] # numba
    """Take the samples of one block, or of a part of one."""
    # Reading an array out of the tuple for each sample would cost a fifth of the whole.
    scalars, display_zi, qrs_zi, signal, valid, pulses, squares, levels, runs, steps, network_p, found = arrays
    layers, biases, head = weights
    leads, sizes, window, rings = network
    state = scalars[0]
    n_leads, n = block.shape
    for i in range(n):
        k = state.k
        fused, total_weight = 0.0, 0.0
        for lead in range(n_leads):
            value = block[lead, i]
            _count_runs(lead, value, block_valid[lead, i], levels, runs)
            signal[lead, k % RING_SAMPLES] = _filter(value, DISPLAY_SOS, display_zi[lead])
            valid[lead, k % RING_SAMPLES] = block_valid[lead, i]
            energy = _band_energy(without_pulses(value, k, pulses[lead]), k, qrs_zi[lead], squares[lead])
            weight, energy_ratio = _weigh(lead, energy, levels, runs)
            fused += weight * energy_ratio
            total_weight += weight
        if total_weight > 0.0:
            state.step_energy = max(state.step_energy, fused / total_weight)
        for column in range(LEADS):
            if leads[column] >= 0:
                value = np.float64(signal[leads[column], k % RING_SAMPLES])
                window[NEWEST + k % STEP_SAMPLES * LEADS + column] = over_size(value, column, k, sizes)
        state.k = k + 1
        if state.k % STEP_SAMPLES == 0:
            step = k // STEP_SAMPLES
            p = probability(step, layers, biases, head, window, rings)
            _end_step(state, step, p, levels, steps, network_p)
            _decide_step(state, step, signal, levels, runs, steps, network_p, found)


@njit(cache=True)
def _detect_blocks(signal, valid, arrays, weights, network, peaks, counts, flags, noise):  # type: ignore[no-untyped-def] # numba
    """Take a chunk and describe each block that ends in it: one compiled call a chunk costs less than one a block."""
    state = arrays.scalars[0]
    begin, n = 0, signal.shape[1]
    for block in range(len(peaks) + 1):
        end = min(begin + BLOCK_SAMPLES - state.k % BLOCK_SAMPLES, n)
        _detect(arrays, weights, network, signal[:, begin:end], valid[:, begin:end])
        begin = end
        if block == len(peaks):
            return
        peaks[block] = arrays.found
        counts[0, block] = state.found
        counts[1, block] = _unconfirmed_r(state, arrays.steps)
        state.found = 0
        _describe_leads(arrays.levels, arrays.runs, flags[:, block], noise[block])


@njit(cache=True)
def _describe_leads(levels, runs, flags, noise):  # type: ignore[no-untyped-def] # numba
    """Fill in whether each lead is off, missing and flat, in rows, and its noise level over its QRS level."""
    for lead in range(len(runs)):
        unchanged, invalid = runs[lead, UNCHANGED], runs[lead, INVALID]
        off = unchanged >= STUCK_AFTER_SAMPLES or invalid >= OFF_AFTER_SAMPLES
        flags[0, lead] = off
        flags[1, lead] = off or invalid >= MISSING_AFTER_SAMPLES
        flags[2, lead] = off or unchanged >= FLAT_AFTER_SAMPLES
        ratio = levels[lead, NOISE_LEVEL] / max(levels[lead, QRS_LEVEL], MIN_LEVEL_MV)
        noise[lead] = min(max(ratio, 0.0), 1.0)

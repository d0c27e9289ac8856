"""Streaming QRS detection: causal, all leads fused, half by energy and half by a network.

The energy is Pan and Tompkins' idea (1985, doi:10.1109/TBME.1985.325532) with these deviations: the 8–20 Hz band and
its RMS over 133 ms in place of derivative, square and 150 ms mean; leads are fused, each over its own running QRS level
and weighted by how far that stands above its noise; no search-back and no threshold that follows the noise, as half of
the score is what :mod:`wardbeat.ecg.qrs.network` says, which has seen the signal up to a quarter of a second later.
A level that finds no beat for two seconds decays, so that a fall in amplitude is followed, but never below what a QRS
must have at least.
"""

import msgspec
import numpy as np
from numba import njit
from numpy.typing import NDArray

from wardbeat.ecg.features.quality import PROBABILITY_RING
from wardbeat.ecg.filters import DISPLAY_DELAY, DISPLAY_SOS, QRS_SOS
from wardbeat.ecg.qrs import levels as qrs_levels
from wardbeat.ecg.qrs import pace_pulses
from wardbeat.ecg.qrs.block import THRESHOLD, UNSURE, Block, Peak
from wardbeat.ecg.qrs.levels import ENERGY_SAMPLES, MINIMUM_LEVEL_MV, STILL_AFTER
from wardbeat.ecg.qrs.network import (
    LEADS,
    LOOK_AHEAD,
    NEWEST,
    STEP_SAMPLES,
    NetworkState,
    QrsNetwork,
    new_network_state,
    over_size,
    probability,
)
from wardbeat.ecg.qrs.pace_pulses import without_pulses

RING = 3750
"""Filtered samples that are kept: 15 s, a whole number of blocks, seconds and windows, so that each lies in a row."""
BLOCK = 50
"""Decisions fall on a grid of 0.2 s, so that chunk borders can't show."""
PEAKS_IN_BLOCK = 5
"""A peak of the score takes two of a block's ten steps."""
REFRACTORY = 54
"""217 ms: no ventricle beats again sooner (Pan and Tompkins take 200 ms)."""
FALLEN = 0.9
"""A peak is over when the score has fallen to this share of it."""
SMOOTH_STEPS = 5
"""Probabilities are averaged over 0.1 s, the time for which the network says that there is an R peak."""
MINIMUM_ENERGY_MV = 0.04
"""RMS in the QRS band below which nothing is a QRS: a complex of 0.15 mV, which monitors must not count (EC13)."""
LEARNING = 500
"""Two seconds in which levels are found and nothing is detected."""
ENERGY_TO_R = 26 + pace_pulses.DELAY
"""Samples by which the energy's peak lies behind the R peak: half the RMS window, the band's delay, and what it takes
to know a pace pulse."""
SCORE_TO_R = LOOK_AHEAD + SMOOTH_STEPS // 2 * STEP_SAMPLES
"""Samples by which the score's peak lies behind the R peak."""
ENERGY_WAITS = (SCORE_TO_R - ENERGY_TO_R + STEP_SAMPLES // 2) // STEP_SAMPLES
"""Steps that the energy waits for the network."""
STEP_RING = 32
EARLY_ENERGY = 0.6
"""Fused energy over level that a QRS complex reaches long before its score has peaked: of 46,000 times at the end of a
second of mitdb's DS1, nsrdb and svdb a beat was confirmed there but for 22."""
EARLY_TO_R = 35
"""Samples by which the energy's rise to that lies behind the R peak, ±12 in nine of ten."""
EARLY_STEPS = 13
"""So far back there may be a beat of which the score has not told yet: ``SCORE_TO_R`` and the 25 samples for which a
peak is followed, less ``EARLY_TO_R``."""
NEAR_STEPS = 6
"""0.12 s: how far from a peak of the score its R peak may be sought."""
R_SEARCH = 10
"""40 ms around where the probability peaks; a wider search put paced beats 155 ms from their annotation."""
OFF_AFTER = 250
"""Samples without a valid one after which a lead counts as off."""
STUCK_AFTER = 750
"""Samples without any change after which it does: an electrode gives some noise, a generator's slow heart none between
its T waves."""

GONE_AFTER = 13
"""50 ms: one invalid sample or a few hide no QRS complex."""

_SCALARS = np.dtype(
    [
        ("k", "i8"),  # 250 Hz samples seen
        ("beats", "i8"),  # found so far; < 0 while the first levels are being found
        ("last_peak", "i8"),  # where the score of the last QRS peaked
        ("last_r", "i8"),  # the R peak last told
        ("step_energy", "f8"),  # largest fused energy of the step so far
        ("rising", "i8"),
        ("height", "f8"),  # of the peak being followed
        ("peak", "i8"),
        ("previous", "f8"),
        ("found", "i8"),  # peaks in the block so far
    ]
)


class QrsState(msgspec.Struct):
    """State of one session's filters and detector; arrays with a row a lead, rings indexed by sample modulo RING."""

    leads: NDArray[np.int64]
    """The two that the network sees; −1 is none."""
    scalars: NDArray[np.void]
    display_zi: NDArray[np.float64]
    qrs_zi: NDArray[np.float64]
    signal: NDArray[np.float32]
    valid: NDArray[np.uint8]
    pulses: NDArray[np.float64]
    """Rings of the last input, pace pulses taken out of it."""
    squares: NDArray[np.float64]
    levels: NDArray[np.float64]
    """Columns: QRS level, noise level, energy at the followed peak, largest of the step so far (all mV RMS), last
    input."""
    runs: NDArray[np.int64]
    """Columns: samples since the input last changed, since one was valid, valid in a row, since its last own peak."""
    steps: NDArray[np.float64]
    """Ring of the last STEP_RING steps: fused energy, energy of each lead."""
    network_p: NDArray[np.float32]
    """Ring of the probabilities of the last SAID_RING steps."""
    network: NetworkState
    found: NDArray[np.float64]
    """A row for each peak that the block so far holds, ``scalars["found"]`` of them: R peak and score."""


def new_qrs_state(n_leads: int, leads: tuple[int, int]) -> QrsState:
    """A detector at the start of a session of ``n_leads`` leads, of which the network sees two (−1 is none)."""
    scalars = np.zeros(1, dtype=_SCALARS)
    scalars["beats"] = -1
    return QrsState(
        leads=np.array(leads, dtype=np.int64),
        scalars=scalars,
        display_zi=np.zeros((n_leads, len(DISPLAY_SOS), 2)),
        qrs_zi=np.zeros((n_leads, len(QRS_SOS), 2)),
        signal=np.zeros((n_leads, RING), dtype=np.float32),
        valid=np.zeros((n_leads, RING), dtype=np.uint8),
        pulses=np.zeros((n_leads, pace_pulses.RING)),
        squares=np.zeros((n_leads, ENERGY_SAMPLES)),
        levels=np.zeros((n_leads, 5)),
        runs=np.zeros((n_leads, 4), dtype=np.int64),
        steps=np.zeros((STEP_RING, 1 + n_leads)),
        network_p=np.zeros(PROBABILITY_RING, dtype=np.float32),
        network=new_network_state(),
        found=np.zeros((PEAKS_IN_BLOCK, 2)),
    )


def detect(state: QrsState, network: QrsNetwork, signal: NDArray[np.float64], valid: NDArray[np.uint8]) -> list[Block]:
    """Filter samples and say of each block that ends with one of them what it held.

    Parameters
    ----------
    state : QrsState
        Changed in place: the filtered samples stand in ``state.signal`` afterwards.
    network : QrsNetwork
        The same for the whole session.
    signal, valid : ndarray, shape (leads, samples)
        Millivolts at 250 Hz, and 1 where they are valid; C-contiguous.
    """
    n_leads, n = signal.shape
    n_blocks = (int(state.scalars["k"][0]) % BLOCK + n) // BLOCK
    peaks = np.empty((n_blocks, *state.found.shape))
    counts = np.empty((2, n_blocks), dtype=np.int64)
    flags = np.empty((3, n_blocks, n_leads), dtype=np.bool_)
    noise = np.empty((n_blocks, n_leads))
    _detect_blocks(
        signal, valid, DISPLAY_SOS, QRS_SOS, state.leads, state.scalars, state.display_zi, state.qrs_zi, state.signal,
        state.valid, state.pulses, state.squares, state.levels, state.runs, state.steps, state.network_p,
        network.layers, network.biases, network.head, state.network.sizes, state.network.window, state.network.rings,
        state.found, peaks, counts, flags, noise,
    )  # fmt: skip
    n_found, early_r = counts.tolist()
    passed = [[Peak(int(r), height) for r, height in rows[:n]] for rows, n in zip(peaks.tolist(), n_found, strict=True)]
    return [Block(*block) for block in zip(passed, early_r, *flags.tolist(), noise.tolist(), strict=True)]


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
    """Where the weighted leads stand farthest from their mean around the complex; they may be off by now."""
    begin = max(0, peak - SCORE_TO_R - R_SEARCH)
    end = peak - SCORE_TO_R + R_SEARCH
    n_leads = signal.shape[0]
    best, at = -1.0, max(0, peak - SCORE_TO_R)
    means = np.zeros(n_leads)
    for lead in range(n_leads):
        for k in range(begin, end):
            means[lead] += signal[lead, k % RING]
        means[lead] /= end - begin
    for k in range(begin, end):
        total = 0.0
        for lead in range(n_leads):
            weight = qrs_levels.trust(lead, levels) / max(levels[lead, 0], MINIMUM_LEVEL_MV)
            total += weight * abs(signal[lead, k % RING] - means[lead])
        if total > best:
            best, at = total, k
    return max(0, at - DISPLAY_DELAY)


@njit(cache=True)
def _judge_peak(state, levels, runs):  # type: ignore[no-untyped-def] # numba
    """The score of the peak just passed if it is a QRS or may be one, else 0; what is not one is noise."""
    since = state.peak - state.last_peak if state.beats > 0 else 1_000_000
    if since < REFRACTORY:
        return 0.0
    strongest = 0.0
    for lead in range(levels.shape[0]):
        strongest = max(strongest, levels[lead, 2])
    if state.height > THRESHOLD and strongest >= MINIMUM_ENERGY_MV:
        state.beats += 1
        state.last_peak = state.peak
        qrs_levels.follow_beat(state.beats, levels, runs)
        return state.height
    qrs_levels.follow_noise(levels)
    return min(state.height, THRESHOLD) if state.height >= UNSURE else 0.0


@njit(cache=True)
def _smooth(step, network_p):  # type: ignore[no-untyped-def] # numba
    """The mean probability of the last steps."""
    total = 0.0
    for before in range(SMOOTH_STEPS):
        total += network_p[(step + PROBABILITY_RING - before) % PROBABILITY_RING]
    return total / SMOOTH_STEPS


@njit(cache=True)
def _score(step, steps, network_p):  # type: ignore[no-untyped-def] # numba
    """Half energy over level, half probability."""
    return 0.5 * steps[(step + STEP_RING - ENERGY_WAITS) % STEP_RING, 0] + 0.5 * _smooth(step, network_p)


@njit(cache=True)
def _likeliest(peak, step, network_p):  # type: ignore[no-untyped-def] # numba
    """Where the probability peaks near a peak of the score; a wide complex has most energy late."""
    around = (peak - 1) // STEP_SAMPLES
    best, at = _smooth(around, network_p), around
    for near in range(around - NEAR_STEPS, min(step, around + NEAR_STEPS) + 1):
        probability = _smooth(near, network_p)
        if probability > best:
            best, at = probability, near
    return (at + 1) * STEP_SAMPLES


@njit(cache=True)
def _follow(state, score, step, steps, levels, runs):  # type: ignore[no-untyped-def] # numba
    """Follow the score from step to step: that of a QRS, or of what may be one, if it has just passed, else 0."""
    if state.rising == 0 and score > state.previous:
        state.rising = 1
        state.height = 0.0
    state.previous = score
    if state.rising == 0:
        return 0.0
    if score > state.height:
        state.height = score
        state.peak = state.k
        for lead in range(levels.shape[0]):
            levels[lead, 2] = steps[(step + STEP_RING - ENERGY_WAITS) % STEP_RING, 1 + lead]
    elif score < FALLEN * state.height or state.k - state.peak > 25:
        state.rising = 0
        return _judge_peak(state, levels, runs)
    return 0.0


@njit(cache=True)
def _early_r(state, steps):  # type: ignore[no-untyped-def] # numba
    """R peak of a complex that the score has not judged yet, −1 without one."""
    end = state.k // STEP_SAMPLES
    first = (state.last_r + REFRACTORY + EARLY_TO_R) // STEP_SAMPLES
    for step in range(max(first, end - EARLY_STEPS, 1), end if state.beats >= 0 else 0):
        energies = steps[step % STEP_RING]
        if energies[0] >= EARLY_ENERGY > steps[(step - 1) % STEP_RING, 0] and energies[1:].max() >= MINIMUM_ENERGY_MV:
            return (step + 1) * STEP_SAMPLES - EARLY_TO_R
    return -1


@njit(cache=True)
def _detect(  # type: ignore[no-untyped-def] # numba
    block, block_valid, display_sos, qrs_sos, seen, scalars, display_zi, qrs_zi, signal, valid, pulses, squares, levels,
    runs, steps, network_p, layers, biases, head, sizes, window, rings, found,
):  # fmt: skip
    state = scalars[0]
    n_leads, n = block.shape
    for i in range(n):
        k = state.k
        fused, total_weight = 0.0, 0.0
        for lead in range(n_leads):
            value = block[lead, i]
            runs[lead, 0] = runs[lead, 0] + 1 if abs(value - levels[lead, 4]) < 1e-6 else 0
            levels[lead, 4] = value
            if block_valid[lead, i]:
                runs[lead, 1] = 0
                runs[lead, 2] += 1
            else:
                runs[lead, 1] += 1
                runs[lead, 2] = 0
            signal[lead, k % RING] = _filter(value, display_sos, display_zi[lead])
            valid[lead, k % RING] = block_valid[lead, i]
            despiked = without_pulses(value, k, pulses[lead])
            squares[lead, k % ENERGY_SAMPLES] = _filter(despiked, qrs_sos, qrs_zi[lead]) ** 2
            total = 0.0
            for j in range(ENERGY_SAMPLES):
                total += squares[lead, j]
            energy = np.sqrt(total / ENERGY_SAMPLES)
            own = max(levels[lead, 0], MINIMUM_LEVEL_MV)
            runs[lead, 3] = 0 if energy >= 0.5 * own else runs[lead, 3] + 1
            weight = qrs_levels.weight(lead, levels, runs)
            if weight > 0.0:
                levels[lead, 3] = max(levels[lead, 3], energy)
            fused += weight * min(1.0, energy / own)
            total_weight += weight
        if total_weight > 0.0:
            state.step_energy = max(state.step_energy, fused / total_weight)
        for column in range(LEADS):
            if seen[column] >= 0:
                value = np.float64(signal[seen[column], k % RING])
                window[NEWEST + k % STEP_SAMPLES * LEADS + column] = over_size(value, column, k, sizes)
        state.k = k + 1
        if state.k % STEP_SAMPLES:
            continue
        step = k // STEP_SAMPLES
        network_p[step % PROBABILITY_RING] = probability(step, layers, biases, head, window, rings)
        steps[step % STEP_RING, 0] = state.step_energy
        state.step_energy = 0.0
        for lead in range(n_leads):
            steps[step % STEP_RING, 1 + lead] = levels[lead, 3]
            if state.beats < 0 and k >= 75:  # the filters' first 0.3 s tell nothing
                levels[lead, 2] = max(levels[lead, 2], levels[lead, 3])
            levels[lead, 3] = 0.0
        if state.beats < 0:
            if k >= LEARNING:
                qrs_levels.learn(levels)
                steps[:, 0] = 0.0  # the energies so far were over none
                state.beats = 0
            continue
        if k - max(state.last_peak, LEARNING) > 500:  # two seconds without a beat
            qrs_levels.decay(levels)
        height = _follow(state, _score(step, steps, network_p), step, steps, levels, runs)
        if height > 0.0:
            r = _r_peak(_likeliest(state.peak, step, network_p), signal, levels)
            if r > state.last_r:  # two peaks of the score may be of one complex
                if height > THRESHOLD:
                    state.last_r = r
                found[state.found, 0] = r
                found[state.found, 1] = height
                state.found += 1


@njit(cache=True)
def _detect_blocks(  # type: ignore[no-untyped-def] # numba
    signal_in, valid_in, display_sos, qrs_sos, seen, scalars, display_zi, qrs_zi, signal, valid, pulses, squares,
    levels, runs, steps, network_p, layers, biases, head, sizes, window, rings, found, peaks, counts, flags,
    noise,
):  # fmt: skip
    """One compiled call a chunk: a call a block would cost more than what it does."""
    begin, n = 0, signal_in.shape[1]
    for block in range(len(peaks) + 1):
        end = min(begin + BLOCK - scalars[0].k % BLOCK, n)
        _detect(
            signal_in[:, begin:end], valid_in[:, begin:end], display_sos, qrs_sos, seen, scalars, display_zi, qrs_zi,
            signal, valid, pulses, squares, levels, runs, steps, network_p, layers, biases, head, sizes, window, rings,
            found,
        )  # fmt: skip
        begin = end
        if block == len(peaks):
            return
        peaks[block] = found
        counts[0, block] = scalars[0].found
        counts[1, block] = _early_r(scalars[0], steps)
        scalars[0].found = 0
        for lead in range(len(runs)):
            unchanged, invalid = runs[lead, 0], runs[lead, 1]
            off = unchanged >= STUCK_AFTER or invalid >= OFF_AFTER
            flags[0, block, lead] = off
            flags[1, block, lead] = off or invalid >= GONE_AFTER
            flags[2, block, lead] = off or unchanged >= STILL_AFTER
            ratio = levels[lead, 1] / max(levels[lead, 0], MINIMUM_LEVEL_MV)
            noise[block, lead] = min(max(ratio, 0.0), 1.0)

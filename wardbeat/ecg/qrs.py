"""Streaming QRS detection: causal, sample by sample, all leads fused.

After Pan and Tompkins 1985 (doi:10.1109/TBME.1985.325532), with these deviations: the 8–20 Hz band and its RMS over
133 ms in place of derivative, square and 150 ms mean; leads are fused, each over its own running QRS level and
weighted by how far that stands above its noise; the T wave test looks at energy, not at slope; a level that finds no
beat for two seconds decays, so that a fall in amplitude is followed, but never below what a QRS must have at least.
"""

import msgspec
import numpy as np
from numba import njit
from numpy.typing import NDArray

from wardbeat.ecg.filters import DISPLAY_DELAY, DISPLAY_SOS, QRS_SOS

RING = 3072
"""Filtered samples that are kept: 12.3 s."""
BLOCK = 50
"""Decisions fall on a grid of 0.2 s, so that chunk borders can't show."""
ENERGY_SAMPLES = 33
"""133 ms: about the width of a wide QRS complex."""
REFRACTORY = 54
"""217 ms: no ventricle beats again sooner (Pan and Tompkins take 200 ms)."""
T_WAVE_END = 100
"""400 ms: up to here a smaller wave is a T wave."""
T_WAVE_RATIO = 0.6
THRESHOLD = 0.48
SEARCH_BACK_RR = 1.66
"""A beat is missing when none came for this many mean RR intervals (Pan and Tompkins)."""
SEARCH_BACK_RATIO = 0.5
MINIMUM_ENERGY_MV = 0.04
"""RMS in the QRS band below which nothing is a QRS: a complex of 0.15 mV, which monitors must not count (EC13)."""
MINIMUM_LEVEL_MV = 0.04
LEARNING = 500
"""Two seconds in which levels are found and nothing is detected."""
PEAK_TO_R = 26
"""Samples by which the energy's peak lies behind the R peak: half the RMS window and the band's delay."""
R_SEARCH = 25
SILENT_AFTER = 300
"""1.2 s: a lead without a peak of its own for this long must not outvote one that has them (electrode pops had raised
its level in mitdb 200)."""
LARGEST = 1.5
"""No beat moves a level by more than half of it: a pop is no QRS complex."""
OFF_AFTER = 250
"""Samples without any change, or without a valid one, after which a lead counts as off."""

_SCALARS = np.dtype(
    [
        ("k", "i8"),  # 250 Hz samples seen
        ("last_peak", "i8"),  # where the energy of the last QRS peaked; < 0: none yet
        ("last_height", "f8"),
        ("mean_rr", "f8"),  # samples
        ("signal_level", "f8"),  # of the fused energy, about 1
        ("noise_level", "f8"),
        ("rising", "i8"),
        ("height", "f8"),  # of the peak being followed
        ("peak", "i8"),
        ("previous", "f8"),
        ("missed_height", "f8"),  # the largest peak refused since the last QRS, for search-back
        ("missed_peak", "i8"),
        ("levelled", "i8"),  # whether the first levels have been found
    ]
)


class QrsState(msgspec.Struct):
    """State of one session's filters and detector; arrays with a row a lead, rings indexed by sample modulo RING."""

    scalars: NDArray[np.void]
    display_zi: NDArray[np.float64]
    qrs_zi: NDArray[np.float64]
    signal: NDArray[np.float32]
    valid: NDArray[np.uint8]
    squares: NDArray[np.float64]
    levels: NDArray[np.float64]
    """Columns: QRS level, noise level, energy at the followed peak, at the missed peak (all mV RMS), last input."""
    runs: NDArray[np.int64]
    """Columns: samples since the input last changed, since one was valid, valid in a row, since its last own peak."""


def new_qrs_state(n_leads: int) -> QrsState:
    """A detector at the start of a session of ``n_leads`` leads."""
    scalars = np.zeros(1, dtype=_SCALARS)
    scalars["last_peak"] = -1
    scalars["missed_peak"] = -1
    scalars["mean_rr"] = 200.0
    scalars["signal_level"] = 1.0
    levels = np.zeros((n_leads, 5))
    return QrsState(
        scalars=scalars,
        display_zi=np.zeros((n_leads, len(DISPLAY_SOS), 2)),
        qrs_zi=np.zeros((n_leads, len(QRS_SOS), 2)),
        signal=np.zeros((n_leads, RING), dtype=np.float32),
        valid=np.zeros((n_leads, RING), dtype=np.uint8),
        squares=np.zeros((n_leads, ENERGY_SAMPLES)),
        levels=levels,
        runs=np.zeros((n_leads, 4), dtype=np.int64),
    )


def detect(state: QrsState, signal: NDArray[np.float64], valid: NDArray[np.uint8]) -> list[int]:
    """Filter one block and give the R peaks that it confirms, as 250 Hz sample indices of the display signal.

    Parameters
    ----------
    state : QrsState
        Changed in place: the filtered block stands in ``state.signal`` afterwards.
    signal, valid : ndarray, shape (leads, samples)
        Millivolts at 250 Hz, and 1 where they are valid.
    """
    found = np.empty(signal.shape[1] // REFRACTORY + 2, dtype=np.int64)
    count = _detect(
        signal, valid, DISPLAY_SOS, QRS_SOS, state.scalars, state.display_zi, state.qrs_zi, state.signal, state.valid,
        state.squares, state.levels, state.runs, found,
    )  # fmt: skip
    return [int(r) for r in found[:count]]


def lead_off(state: QrsState) -> NDArray[np.bool_]:
    """Which leads have shown no change or no valid sample for a second, shape (leads,)."""
    off: NDArray[np.bool_] = (state.runs[:, 0] >= OFF_AFTER) | (state.runs[:, 1] >= OFF_AFTER)
    return off


def lead_noise(state: QrsState) -> NDArray[np.float64]:
    """Noise level over QRS level per lead: 0 is clean, 1 hopeless, shape (leads,)."""
    ratio: NDArray[np.float64] = np.clip(
        state.levels[:, 1] / np.maximum(state.levels[:, 0], MINIMUM_LEVEL_MV), 0.0, 1.0
    )
    return ratio


@njit(cache=True)
def _filter(value, sos, zi):  # type: ignore[no-untyped-def] # numba
    for section in range(sos.shape[0]):
        out = sos[section, 0] * value + zi[section, 0]
        zi[section, 0] = sos[section, 1] * value - sos[section, 4] * out + zi[section, 1]
        zi[section, 1] = sos[section, 2] * value - sos[section, 5] * out
        value = out
    return value


@njit(cache=True)
def _weight(lead, levels, runs):  # type: ignore[no-untyped-def] # numba
    """How much a lead counts: the fourth power of its distance from noise, nothing while it is off or just back."""
    if runs[lead, 2] < ENERGY_SAMPLES or runs[lead, 0] >= OFF_AFTER:
        return 0.0
    level = levels[lead, 0]
    if level <= MINIMUM_LEVEL_MV * 0.5:
        return 0.001
    weight = max(0.001, (1.0 - min(1.0, levels[lead, 1] / level)) ** 4)
    return 0.01 * weight if runs[lead, 3] > SILENT_AFTER else weight


@njit(cache=True)
def _r_peak(peak, signal, levels, runs):  # type: ignore[no-untyped-def] # numba
    """Where the weighted leads stand farthest from their mean around the complex."""
    begin = max(0, peak - PEAK_TO_R - R_SEARCH)
    end = peak - PEAK_TO_R + R_SEARCH
    n_leads = signal.shape[0]
    best, at = -1.0, max(0, peak - PEAK_TO_R)
    means = np.zeros(n_leads)
    for lead in range(n_leads):
        for k in range(begin, end):
            means[lead] += signal[lead, k % RING]
        means[lead] /= end - begin
    for k in range(begin, end):
        total = 0.0
        for lead in range(n_leads):
            weight = _weight(lead, levels, runs) / max(levels[lead, 0], MINIMUM_LEVEL_MV)
            total += weight * abs(signal[lead, k % RING] - means[lead])
        if total > best:
            best, at = total, k
    return max(0, at - DISPLAY_DELAY)


@njit(cache=True)
def _learn_levels(state, levels):  # type: ignore[no-untyped-def] # numba
    for lead in range(levels.shape[0]):
        levels[lead, 0] = max(0.7 * levels[lead, 2], MINIMUM_LEVEL_MV)
        levels[lead, 1] = 0.2 * levels[lead, 0]
        levels[lead, 2] = 0.0
    state.noise_level = 0.2
    state.levelled = 1


@njit(cache=True)
def _accept(state, height, peak, column, gain, levels, runs):  # type: ignore[no-untyped-def] # numba
    """A QRS was found: the levels follow it."""
    if state.last_peak >= 0:
        rr = float(peak - state.last_peak)
        if 60.0 < rr < 500.0:
            state.mean_rr += 0.125 * (rr - state.mean_rr)
    state.last_peak = peak
    state.last_height = height
    state.signal_level += gain * (min(height, LARGEST) - state.signal_level)
    state.missed_height = 0.0
    state.missed_peak = -1
    for lead in range(levels.shape[0]):
        if runs[lead, 2] >= ENERGY_SAMPLES:
            energy = min(levels[lead, column], LARGEST * max(levels[lead, 0], MINIMUM_LEVEL_MV))
            levels[lead, 0] += gain * (energy - levels[lead, 0])


@njit(cache=True)
def _strong_enough(column, levels, runs):  # type: ignore[no-untyped-def] # numba
    for lead in range(levels.shape[0]):
        if runs[lead, 2] >= ENERGY_SAMPLES and levels[lead, column] >= MINIMUM_ENERGY_MV:
            return True
    return False


@njit(cache=True)
def _judge_peak(state, levels, runs):  # type: ignore[no-untyped-def] # numba
    """Whether the peak just passed is a QRS; what is not one is noise."""
    height, peak = state.height, state.peak
    since = peak - state.last_peak if state.last_peak >= 0 else 1_000_000
    if since < REFRACTORY:
        return False
    threshold = state.noise_level + THRESHOLD * (state.signal_level - state.noise_level)
    t_wave = since < T_WAVE_END and height < T_WAVE_RATIO * state.last_height
    if height > threshold and not t_wave and _strong_enough(2, levels, runs):
        _accept(state, height, peak, 2, 0.125, levels, runs)
        return True
    state.noise_level += 0.125 * (min(height, 1.0) - state.noise_level)
    for lead in range(levels.shape[0]):
        levels[lead, 1] += 0.125 * (levels[lead, 2] - levels[lead, 1])
    if not t_wave and height > state.missed_height:
        state.missed_height = height
        state.missed_peak = peak
        for lead in range(levels.shape[0]):
            levels[lead, 3] = levels[lead, 2]
    return False


@njit(cache=True)
def _search_back(state, levels, runs):  # type: ignore[no-untyped-def] # numba
    """Whether the largest refused peak was a QRS after all, as none came for too long."""
    if state.last_peak < 0 or state.missed_peak < 0:
        return False
    if state.k - state.last_peak < SEARCH_BACK_RR * state.mean_rr:
        return False
    threshold = state.noise_level + THRESHOLD * (state.signal_level - state.noise_level)
    return state.missed_height > SEARCH_BACK_RATIO * threshold and _strong_enough(3, levels, runs)


@njit(cache=True)
def _detect(  # type: ignore[no-untyped-def] # numba
    block, block_valid, display_sos, qrs_sos, scalars, display_zi, qrs_zi, signal, valid, squares, levels, runs, found
):
    state = scalars[0]
    n_leads, n = block.shape
    count = 0
    energies = np.empty(n_leads)
    for i in range(n):
        k = state.k
        fused, weights = 0.0, 0.0
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
            squares[lead, k % ENERGY_SAMPLES] = _filter(value, qrs_sos, qrs_zi[lead]) ** 2
            total = 0.0
            for j in range(ENERGY_SAMPLES):
                total += squares[lead, j]
            energies[lead] = np.sqrt(total / ENERGY_SAMPLES)
            own = max(levels[lead, 0], MINIMUM_LEVEL_MV)
            runs[lead, 3] = 0 if energies[lead] >= 0.5 * own else runs[lead, 3] + 1
            weight = _weight(lead, levels, runs)
            fused += weight * min(3.0, energies[lead] / own)
            weights += weight
        state.k = k + 1
        if state.levelled == 0:
            if k >= 75:  # the filters' first 0.3 s tell nothing
                for lead in range(n_leads):
                    levels[lead, 2] = max(levels[lead, 2], energies[lead])
            if k >= LEARNING:
                _learn_levels(state, levels)
            continue
        fused = fused / weights if weights > 0.0 else 0.0
        quiet = k - max(state.last_peak, LEARNING)
        if quiet > 500:  # two seconds without a beat
            state.signal_level += (1.0 - state.signal_level) * 0.01
            for lead in range(n_leads):
                levels[lead, 0] += (MINIMUM_LEVEL_MV - levels[lead, 0]) * 0.001
        if state.rising == 0 and fused > state.previous:
            state.rising = 1
            state.height = 0.0
        state.previous = fused
        if state.rising == 1:
            if fused > state.height:
                state.height = fused
                state.peak = k
                for lead in range(n_leads):
                    levels[lead, 2] = energies[lead]
            elif fused < 0.7 * state.height or k - state.peak > 25:
                state.rising = 0
                if _judge_peak(state, levels, runs):
                    found[count] = _r_peak(state.peak, signal, levels, runs)
                    count += 1
        if _search_back(state, levels, runs):
            peak = state.missed_peak
            _accept(state, state.missed_height, peak, 3, 0.25, levels, runs)
            found[count] = _r_peak(peak, signal, levels, runs)
            count += 1
    return count

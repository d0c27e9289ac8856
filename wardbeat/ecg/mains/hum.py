"""Finds mains hum of 50 or 60 Hz and removes it, at the rate of the source.

Every 20 ms the kernel fits the last 100 ms of each lead (:mod:`wardbeat.ecg.mains.window_fit`). This is the idea of the
subtraction procedure, which measures hum between the QRS complexes and subtracts it everywhere (Levkov et al. 2005,
doi:10.1186/1475-925X-4-50). A threshold decides there whether a stretch is linear. Here the hum of each lead has a
Kalman filter, whose gain falls with the square of what the fit leaves, so that a QRS complex hardly moves it. A notch
filter and an adaptive filter without this ring after each QRS complex (Hamilton 1996, doi:10.1109/10.477707).

Hum is present if the sines of windows 100 ms apart agree in amplitude and phase. Their phase difference gives the
frequency (the pulse-pair estimator: Miller and Rochwarger 1972, doi:10.1109/TIT.1972.1054886). Without hum the output
is the input, to the bit.

The sine of 50 or 60 Hz and its second harmonic are subtracted. On the second one a narrow QRS complex looks like the
pulse of a pacemaker. The low-pass of the signal path and the resampling to 250 Hz remove the higher ones.
"""

from functools import cached_property
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numba import njit
from numpy.typing import NDArray

from wardbeat.ecg.mains.window_fit import (
    MAINS_HZ,
    MIN_WINDOW_SAMPLES,
    NO_SIGNAL,
    PARTLY_INVALID,
    QUIET_MV2,
    amplitudes,
    measure,
    variance_left,
    window_fits,
    window_samples,
)

HOP_S: Final = 0.02
LAG: Final = 5
"""Hops from a window to the next one without common samples."""
MAX_OFFSET_HZ: Final = 2.0
"""The mains are within this of their nominal frequency: ±0.5 Hz for 99.5 % of a year (EN 50160); a generator differs by
more."""
MEMORY_S: Final = 0.5
"""Time constant of the evidence of hum."""
FOUND_MV: Final = 0.04
"""Amplitude from which on hum is removed. A smaller one leaves 0.013 mV or less in the filtered signal."""
LOST_MV: Final = 0.02
"""Removal ends after the amplitude of all leads has been below this for a few ``MEMORY_S``."""
LOST_EXPLAINED: Final = 0.1
"""Removal ends too when the squared amplitude is below this part of the variance that the fit leaves, as when 60 Hz
follow 50 Hz."""
MIN_COHERENCE: Final = 0.7
"""Proportion of the sines' power that agrees from window to window: 1 for hum, about 0.4 for noise."""
MIN_EXPLAINED: Final = 0.5
"""Least ratio of the hum's squared amplitude to the variance that the fit leaves."""
FIT_ERROR_MV2: Final = 0.005**2
"""Variance that a perfect fit leaves: rounding, amplifier noise."""
PRIOR_WEIGHT: Final = 5.0 / (FIT_ERROR_MV2 + QUIET_MV2)
"""Weight of five quiet windows, with which the evidence begins: one QRS complex at the start of a session is no hum."""
MEASUREMENT_RATIO: Final = 0.4
"""Variance of a measured amplitude over the variance that the fit leaves: 2 over the 25 samples at 250 Hz, five times,
because five windows share each sample."""
DRIFT: Final = 0.02
DRIFT_MV: Final = 0.0005
"""Standard deviation of the hum's change in a hop: this proportion of its amplitude, and at least this."""
UNKNOWN_MV2: Final = 1.0
"""Variance of the hum after a window without signal: the next measurement counts fully."""


_SCALARS: Final = np.dtype(
    [
        ("taken", "i8"),  # samples so far
        ("removed", "i8"),  # which of MAINS_HZ is removed; −1 without hum
        ("offset_hz", "f8"),  # deviation of the mains from it
    ]
)
_EVIDENCE: Final = np.dtype(
    [
        ("pairs", "c16"),  # weighted sum of the products of amplitudes LAG hops apart, mV²
        ("weight", "f8"),  # sum of these weights
        ("power", "f8"),  # sum of the squared amplitudes, with the same weights
        ("residual", "f8"),  # sum of the variances that the fits left, with the same weights
    ]
)
_HUM: Final = np.dtype(
    [
        ("amplitude", "c16"),  # of the hum that is removed; phase 0 is at the next sample
        ("second", "c16"),  # amplitude of its second harmonic
        ("variance", "f8"),  # uncertainty of both, mV²
    ]
)


class _Arrays(NamedTuple):
    """The arrays of a :class:`MainsState`."""

    scalars: NDArray[np.void]
    recent: NDArray[np.float64]
    hum: NDArray[np.void]
    measured: NDArray[np.complex128]
    left: NDArray[np.float64]
    evidence: NDArray[np.void]


class MainsState(msgspec.Struct, dict=True):
    """State of one session. Amplitudes are complex and in mV; the real part is the hum at the sample of their phase 0.

    Attributes
    ----------
    fs : float
        Rate of the source, Hz.
    scalars : ndarray, shape (1,)
    recent : ndarray, shape (leads, 2 * window)
        The last samples in mV. Each is written twice, one window apart, so that the last window lies in a row.
    hum : ndarray, shape (leads,)
    measured : ndarray, shape (2, leads, LAG)
        By mains frequency and lead: the last amplitudes; phase 0 is at the newest sample of their windows.
    left : ndarray, shape (2, leads, LAG)
        The variances that their fits left, mV²; negative without a fit.
    evidence : ndarray, shape (2, leads)
    """

    fs: float
    scalars: NDArray[np.void]
    recent: NDArray[np.float64]
    hum: NDArray[np.void]
    measured: NDArray[np.complex128]
    left: NDArray[np.float64]
    evidence: NDArray[np.void]

    @cached_property
    def arrays(self) -> _Arrays:
        """The arrays as the kernels take them; not copied, and no part of a snapshot."""
        return _Arrays(*(getattr(self, name) for name in _Arrays._fields))


def new_mains(fs: float, n_leads: int) -> MainsState:
    """The state at the start of a session of ``n_leads`` leads at ``fs`` Hz."""
    by_frequency = (len(MAINS_HZ), n_leads)
    state = MainsState(
        fs=fs,
        scalars=np.zeros(1, dtype=_SCALARS),
        recent=np.full((n_leads, 2 * window_samples(fs)), np.nan),
        hum=np.zeros(n_leads, dtype=_HUM),
        measured=np.zeros((*by_frequency, LAG), dtype=np.complex128),
        left=np.full((*by_frequency, LAG), PARTLY_INVALID),
        evidence=np.zeros(by_frequency, dtype=_EVIDENCE),
    )
    state.scalars["removed"] = -1
    state.evidence["weight"] = PRIOR_WEIGHT
    return state


def remove_hum(state: MainsState, p_signal: NDArray[np.float64]) -> NDArray[np.float64]:
    """Take in samples and return them without hum; below 100 Hz as they are.

    Parameters
    ----------
    state : MainsState
        Changed in place.
    p_signal : ndarray, shape (leads, samples)
        Millivolts at the rate of the source; NaN is an invalid sample and stays one.
    """
    if window_samples(state.fs) < MIN_WINDOW_SAMPLES:
        return p_signal
    out = np.empty(p_signal.shape)
    _remove(np.ascontiguousarray(p_signal), out, state.fs, round(HOP_S * state.fs), window_fits(state.fs), state.arrays)
    return out


def removed_hz(state: MainsState) -> float | None:
    """The frequency of the hum that is removed; None without hum."""
    which = int(state.scalars["removed"][0])
    return None if which < 0 else MAINS_HZ[which] + float(state.scalars["offset_hz"][0])


@njit(cache=True)
def _turn(hz, samples, fs):  # type: ignore[no-untyped-def] # numba
    """By what an amplitude is multiplied when its phase 0 moves on by so many samples."""
    return np.exp(2j * np.pi * hz * samples / fs)


@njit(cache=True)
def _compare(which, lead, at, amplitude, left, arrays, keep):  # type: ignore[no-untyped-def] # numba
    """Store the amplitude of a window, and compare it with that of the window before."""
    before, left_before = arrays.measured[which, lead, at], arrays.left[which, lead, at]
    arrays.measured[which, lead, at], arrays.left[which, lead, at] = amplitude, left
    if left < 0.0 or left_before < 0.0:
        return
    weight = 1.0 / (FIT_ERROR_MV2 + 0.5 * (left + left_before))
    power = 0.5 * (amplitude.real**2 + amplitude.imag**2 + before.real**2 + before.imag**2)
    sums = arrays.evidence[which, lead]
    sums.pairs = keep * sums.pairs + weight * amplitude * before.conjugate()
    sums.weight = keep * sums.weight + weight
    sums.power = keep * sums.power + weight * power
    sums.residual = keep * sums.residual + weight * left


@njit(cache=True)
def _hum_square(sums, lag_turn, max_angle):  # type: ignore[no-untyped-def] # numba
    """The squared amplitude of the hum of a lead, 0 without hum."""
    least = FOUND_MV**2 * sums.weight
    if sums.pairs.real**2 + sums.pairs.imag**2 < least * least:
        return 0.0
    pairs = abs(sums.pairs)
    coherent = pairs >= MIN_COHERENCE * sums.power and pairs >= MIN_EXPLAINED * sums.residual
    if coherent and abs(np.angle(sums.pairs * lag_turn.conjugate())) <= max_angle:
        return pairs / sums.weight
    return 0.0


@njit(cache=True)
def _search(oldest, at, lag_turns, max_angle, fits, arrays, keep):  # type: ignore[no-untyped-def] # numba
    """Look for hum of both frequencies in all leads; return the index of the stronger one, −1 without hum."""
    strongest, found = 0.0, -1
    n_leads, window = arrays.recent.shape[0], arrays.recent.shape[1] // 2
    for lead in range(n_leads):
        samples = arrays.recent[lead, oldest : oldest + window]
        both = amplitudes(samples, fits)
        for which in range(len(MAINS_HZ)):
            left = variance_left(samples, both[which], which, fits)
            _compare(which, lead, at, both[which], left, arrays, keep)
            square = _hum_square(arrays.evidence[which, lead], lag_turns[which], max_angle)
            if square > strongest:
                strongest, found = square, which
    return found


@njit(cache=True)
def _begin(which, oldest, turn, fits, arrays):  # type: ignore[no-untyped-def] # numba
    """Begin with the hum that the newest windows have."""
    window = arrays.recent.shape[1] // 2
    for lead in range(len(arrays.hum)):
        hum = arrays.hum[lead]
        first, second, left = measure(arrays.recent[lead, oldest : oldest + window], 0j, 0j, turn, which, fits)
        hum.amplitude, hum.second = first * turn, second * turn * turn
        hum.variance = MEASUREMENT_RATIO * (left + FIT_ERROR_MV2) if left >= 0.0 else UNKNOWN_MV2


@njit(cache=True)
def _follow(which, oldest, at, turn, fits, arrays, keep):  # type: ignore[no-untyped-def] # numba
    """Measure the hum of all leads and move towards it as far as the fit can be trusted."""
    window = arrays.recent.shape[1] // 2
    for lead in range(len(arrays.hum)):
        hum, samples = arrays.hum[lead], arrays.recent[lead, oldest : oldest + window]
        newest, second = hum.amplitude * turn.conjugate(), hum.second * turn.conjugate() ** 2
        more, more_second, left = measure(samples, newest, second, turn, which, fits)
        _compare(which, lead, at, newest + more, left, arrays, keep)
        if left == NO_SIGNAL:
            hum.amplitude, hum.second, hum.variance = 0j, 0j, UNKNOWN_MV2
            continue
        square = newest.real**2 + newest.imag**2
        expected = min(hum.variance + DRIFT**2 * square + DRIFT_MV**2, UNKNOWN_MV2)
        gain = expected / (expected + MEASUREMENT_RATIO * (left + FIT_ERROR_MV2)) if left >= 0.0 else 0.0
        hum.amplitude += gain * more * turn
        hum.second += gain * more_second * turn * turn
        hum.variance = (1.0 - gain) * expected


@njit(cache=True)
def _is_lost(sums):  # type: ignore[no-untyped-def] # numba
    """Whether no lead has hum any more."""
    strongest = 0.0
    for lead in range(len(sums)):
        pairs = abs(sums[lead].pairs)
        if pairs >= LOST_EXPLAINED * sums[lead].residual:
            strongest = max(strongest, pairs / sums[lead].weight)
    return strongest < LOST_MV**2


@njit(cache=True)
def _offset_hz(sums, lag_turn, radians_per_hz):  # type: ignore[no-untyped-def] # numba
    """The deviation of the mains from their nominal frequency, by all leads."""
    total = 0j
    for lead in range(len(sums)):
        total += sums[lead].pairs
    offset_hz = np.angle(total * lag_turn.conjugate()) / radians_per_hz
    return min(max(offset_hz, -MAX_OFFSET_HZ), MAX_OFFSET_HZ)


@njit(cache=True)
def _forget(arrays):  # type: ignore[no-untyped-def] # numba
    """Set the evidence back to that of a new session."""
    arrays.measured[:], arrays.left[:] = 0j, PARTLY_INVALID
    for which in range(len(MAINS_HZ)):
        for lead in range(len(arrays.hum)):
            sums = arrays.evidence[which, lead]
            sums.pairs, sums.weight, sums.power, sums.residual = 0j, PRIOR_WEIGHT, 0.0, 0.0


@njit(cache=True)
def _take(p_signal, out, begin, end, turn, arrays):  # type: ignore[no-untyped-def] # numba
    """Store samples and write them without hum; ``turn`` is 0 without hum."""
    window = arrays.recent.shape[1] // 2
    for lead in range(p_signal.shape[0]):
        slot, hum, second = arrays.scalars[0].taken % window, arrays.hum[lead].amplitude, arrays.hum[lead].second
        for i in range(begin, end):
            value = p_signal[lead, i]
            arrays.recent[lead, slot] = arrays.recent[lead, slot + window] = value
            slot = slot + 1 if slot + 1 < window else 0
            if turn != 0j:
                value -= hum.real + second.real
                hum *= turn
                second *= turn * turn
            out[lead, i] = value
        arrays.hum[lead].amplitude, arrays.hum[lead].second = hum, second
    arrays.scalars[0].taken += end - begin


@njit(cache=True)
def _end_hop(turn, fs, hop, fits, arrays):  # type: ignore[no-untyped-def] # numba
    """Measure hum in the last windows; return by what it turns from a sample to the next, 0 without hum."""
    state, lag = arrays.scalars[0], LAG * hop
    oldest, at = state.taken % (arrays.recent.shape[1] // 2), state.taken // hop % LAG
    lag_turns = _turn(MAINS_HZ[0], lag, fs), _turn(MAINS_HZ[1], lag, fs)
    radians_per_hz = 2 * np.pi * lag / fs
    keep = np.exp(-hop / (MEMORY_S * fs))
    if state.removed < 0:
        state.removed = _search(oldest, at, lag_turns, MAX_OFFSET_HZ * radians_per_hz, fits, arrays, keep)
        if state.removed < 0:
            return 0j
        _begin(state.removed, oldest, _turn(MAINS_HZ[state.removed], 1, fs), fits, arrays)
    else:
        _follow(state.removed, oldest, at, turn, fits, arrays, keep)
        if _is_lost(arrays.evidence[state.removed]):
            state.removed = -1
            _forget(arrays)
            return 0j
    state.offset_hz = _offset_hz(arrays.evidence[state.removed], lag_turns[state.removed], radians_per_hz)
    return _turn(MAINS_HZ[state.removed] + state.offset_hz, 1, fs)


@njit(cache=True)
def _remove(p_signal, out, fs, hop, fits, arrays):  # type: ignore[no-untyped-def] # numba
    state, n, begin = arrays.scalars[0], p_signal.shape[1], 0
    turn = _turn(MAINS_HZ[state.removed] + state.offset_hz, 1, fs) if state.removed >= 0 else 0j
    while begin < n:
        end = min(n, begin + hop - state.taken % hop)
        _take(p_signal, out, begin, end, turn, arrays)
        begin = end
        if state.taken % hop == 0:
            turn = _end_hop(turn, fs, hop, fits, arrays)

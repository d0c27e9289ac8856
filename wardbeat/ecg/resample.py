"""Causal resampling of a chunked signal to the monitor's 250 Hz.

Output sample ``k`` is at native position ``k * step / phases`` exactly, so an index at one rate maps to the other
without drift. The interpolation needs half the filter's length of signal after that position, which is its only
latency.
"""

from fractions import Fraction
from math import ceil

import msgspec
import numpy as np
from numba import njit
from numpy.typing import NDArray

from wardbeat.contracts.messages import DISPLAY_FS_HZ

ZERO_CROSSINGS = 8
"""Half width of the windowed sinc, in zero crossings of the lower of both rates."""
MAX_PHASES = 1000
"""A rate is step/phases of 250 Hz: exact for whole rates, to half a thousandth for others, the same both ways."""
TAKEN, MADE = range(2)
"""Items of ``Resampler.position``."""


class Resampler(msgspec.Struct):
    """State of one session's resampling; all arrays but ``taps`` and ``position`` have a row a lead.

    Attributes
    ----------
    step, phases : int
        The native rate is step/phases of 250 Hz.
    taps : ndarray, shape (phases, width)
        One interpolation filter a phase.
    history, history_valid : ndarray, shape (leads, 2 * width)
        Rings of the last native samples. Each sample is written twice, one width apart, so that the last samples lie in
        a row wherever the ring begins.
    held_mv : ndarray
        The last valid value.
    offset_mv : ndarray
        Subtracted from the lead, so that it has no step after a gap.
    was_valid : ndarray
        1 if the last sample was valid.
    """

    step: int
    phases: int
    taps: NDArray[np.float64]
    history: NDArray[np.float64]
    history_valid: NDArray[np.uint8]
    held_mv: NDArray[np.float64]
    offset_mv: NDArray[np.float64]
    was_valid: NDArray[np.uint8]
    position: NDArray[np.int64]
    """Native samples of the input (``TAKEN``) and 250 Hz samples of the output (``MADE``) so far."""


def new_resampler(fs: float, n_leads: int) -> Resampler:
    """A resampler at the start of a session of ``n_leads`` leads at ``fs`` Hz."""
    ratio = (Fraction(fs).limit_denominator(10_000) / DISPLAY_FS_HZ).limit_denominator(MAX_PHASES)
    step, phases = ratio.numerator, ratio.denominator
    half = 1 if step == phases else ceil(ZERO_CROSSINGS * max(1.0, fs / DISPLAY_FS_HZ))
    return Resampler(
        step=step,
        phases=phases,
        taps=_taps(fs, phases, half),
        history=np.zeros((n_leads, 4 * half)),
        history_valid=np.zeros((n_leads, 4 * half), dtype=np.uint8),
        held_mv=np.zeros(n_leads),
        offset_mv=np.zeros(n_leads),
        was_valid=np.zeros(n_leads, dtype=np.uint8),
        position=np.zeros(2, dtype=np.int64),
    )


def resample(state: Resampler, p_signal: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """Take native samples and return the 250 Hz samples that they complete.

    Parameters
    ----------
    state : Resampler
        Changed in place.
    p_signal : ndarray, shape (leads, samples)
        Millivolts; NaN is an invalid sample.

    Returns
    -------
    signal, valid : ndarray, shape (leads, m)
        Millivolts without steps at the ends of gaps, and 1 where native samples are valid.
    """
    n_leads, n = p_signal.shape
    due = _completed(state, n)
    out = np.empty((n_leads, due))
    out_valid = np.empty((n_leads, due), dtype=np.uint8)
    _resample(
        p_signal, state.step, state.phases, state.taps, state.history, state.history_valid,
        state.held_mv, state.offset_mv, state.was_valid, state.position, out, out_valid,
    )  # fmt: skip
    return out, out_valid


def lookahead_samples(state: Resampler) -> int:
    """Native samples after its position for which a 250 Hz sample waits."""
    return int(state.taps.shape[1]) // 2


def length_so_far(state: Resampler) -> int:
    """Number of 250 Hz samples of the native samples so far, with those that wait for later signal."""
    return int(state.position[TAKEN]) * state.phases // state.step


def to_native(state: Resampler, index: int) -> int:
    """The native sample nearest to 250 Hz sample ``index``."""
    return (2 * index * state.step + state.phases) // (2 * state.phases)


def _completed(state: Resampler, n: int) -> int:
    """Number of 250 Hz samples that ``n`` more native samples complete: those whose last tap is among them."""
    taken, made = int(state.position[TAKEN]), int(state.position[MADE])
    positions = taken + n - lookahead_samples(state)  # native positions at or just after which an output can be
    return max((positions * state.phases - 1) // state.step + 1 - made, 0)


def _taps(fs: float, phases: int, half: int) -> NDArray[np.float64]:
    if half == 1:  # the same rate: one sample in, one out
        return np.array([[1.0, 0.0]])
    cutoff = min(1.0, DISPLAY_FS_HZ / fs)
    offsets = np.arange(1 - half, half + 1)[None, :] - np.arange(phases)[:, None] / phases
    window = np.cos(0.5 * np.pi * np.clip(offsets / half, -1, 1)) ** 2
    taps = np.sinc(offsets * cutoff) * window
    normalised: NDArray[np.float64] = taps / taps.sum(axis=1, keepdims=True)
    return normalised


@njit(cache=True)
def _resample(  # type: ignore[no-untyped-def] # a numba kernel: compiled for the array types it is called with
    p_signal, step, phases, taps, history, history_valid, held_mv, offset_mv, was_valid, position, out, out_valid
):
    n_leads, n = p_signal.shape
    width = taps.shape[1]
    half = width // 2
    taken, made = position[TAKEN], 0
    at, phase = position[MADE] * step // phases, position[MADE] * step % phases
    for i in range(n):
        slot = taken % width
        for lead in range(n_leads):
            value = p_signal[lead, i]
            valid = 0 if np.isnan(value) else 1
            if valid:
                if was_valid[lead] == 0:
                    # The electrode may come back with another offset: the trace goes on from its last value, because
                    # every later filter would ring on a step.
                    offset_mv[lead] = value - held_mv[lead]
                held_mv[lead] = value - offset_mv[lead]
            was_valid[lead] = valid
            history[lead, slot] = history[lead, slot + width] = held_mv[lead]
            history_valid[lead, slot] = history_valid[lead, slot + width] = valid
        oldest = (taken + 1) % width  # samples before the first are zero, and the offset makes the first sample zero
        while at + half <= taken:  # equal: the output does not wait longer than for its last tap
            for lead in range(n_leads):
                total = 0.0
                for j in range(width):
                    total += taps[phase, j] * history[lead, oldest + j]
                out[lead, made] = total
                valid = history_valid[lead, oldest + half - 1]
                if phase != 0 and history_valid[lead, oldest + half] == 0:
                    valid = 0
                out_valid[lead, made] = valid
            made += 1
            at, phase = at + (phase + step) // phases, (phase + step) % phases
        taken += 1
    position[TAKEN] = taken
    position[MADE] += made

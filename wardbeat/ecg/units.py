"""Compiled conversions from ADC units to millivolts, and from millivolts to the microvolts of strips.

The monitor converts at every chunk. A numpy call costs 1 to 5 µs at least, and each conversion would take half a dozen.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from wardbeat.contracts.messages import INVALID_SAMPLE, EcgChunk

MAX_MV = 1e5
"""More than any electrode gives: a wrong gain must not leave infinities in the filters."""
MAX_UV = 32767
MICROVOLTS_PER_MV = np.float32(1000.0)


def chunk_millivolts(chunk: EcgChunk) -> NDArray[np.float64]:
    """Physical signal, shape (leads, samples); NaN where a sample is invalid or the electrode is off."""
    d_signal = chunk.d_signal()
    p_signal = np.empty(d_signal.shape)
    _millivolts(d_signal, np.array((chunk.gain, chunk.baseline)), p_signal)
    if chunk.electrode_off:
        p_signal[np.array(chunk.electrode_off)] = np.nan
    return p_signal


def ring_microvolts(
    ring: NDArray[np.float32], leads: NDArray[np.int64], start: int, end: int, every: int = 1
) -> NDArray[np.int16]:
    """Some leads of an interval of a ring, truncated to whole microvolts and clipped to int16.

    Parameters
    ----------
    ring : ndarray, shape (leads, size)
        Millivolts; sample ``k`` is at index ``k`` modulo size.
    leads : ndarray
        Rows of the ring, in the order of the output.
    start, end : int
        First sample and the sample after the last; not longer than the ring.
    every : int
        Only every ``every``-th sample goes into the output.

    Returns
    -------
    ndarray, shape (len(leads), ceil((end - start) / every))
    """
    microvolts = np.empty((len(leads), -((start - end) // every)), dtype=np.int16)
    _microvolts(ring, leads, start, every, microvolts)
    return microvolts


def ring_strip(ring: NDArray[np.float32], valid: NDArray[np.uint8], start: int, end: int) -> tuple[bytes, bytes]:
    """All leads of an interval of a ring, as a screen takes them.

    Parameters
    ----------
    ring : ndarray, shape (leads, size)
        Millivolts; sample ``k`` is at index ``k`` modulo size.
    valid : ndarray, shape (leads, size)
        1 where a sample is valid.
    start, end : int
        First sample and the sample after the last.

    Returns
    -------
    tuple of bytes
        Microvolts as int16 and validity as uint8, lead after lead.
    """
    microvolts, was_valid = np.empty((len(ring), end - start), np.int16), np.empty((len(ring), end - start), np.uint8)
    _strip(ring, valid, start, microvolts, was_valid)
    return microvolts.tobytes(), was_valid.tobytes()


def scaled_microvolts(
    samples: NDArray[np.float32], scale_mv: NDArray[np.float64], shown: NDArray[np.bool_]
) -> NDArray[np.int16]:
    """Samples in multiples of a scale, rounded to microvolts.

    Parameters
    ----------
    samples : ndarray, shape (n, leads)
        Multiples of ``scale_mv``.
    scale_mv : ndarray, shape (leads,)
    shown : ndarray, shape (leads,)
        Leads of the output.

    Returns
    -------
    ndarray, shape (shown leads, n)
    """
    microvolts = np.empty((int(shown.sum()), len(samples)), np.int16)
    _scaled_microvolts(samples, scale_mv, shown, microvolts)
    return microvolts


@njit(cache=True, error_model="numpy")  # a gain of 0 gives infinities, which are clipped
def _millivolts(d_signal, gain_and_baseline, p_signal):  # type: ignore[no-untyped-def] # numba
    gain, baseline = gain_and_baseline
    for lead in range(d_signal.shape[0]):
        for i in range(d_signal.shape[1]):
            value = (d_signal[lead, i] - baseline[lead]) / gain[lead]
            p_signal[lead, i] = np.nan if d_signal[lead, i] == INVALID_SAMPLE else _clip(value, MAX_MV)


@njit(cache=True)
def _microvolts(ring, leads, start, every, microvolts):  # type: ignore[no-untyped-def] # numba
    for row in range(microvolts.shape[0]):
        at = start % ring.shape[1]
        for i in range(microvolts.shape[1]):
            microvolts[row, i] = _to_microvolts(ring[leads[row], at])
            at += every
            at -= ring.shape[1] if at >= ring.shape[1] else 0


@njit(cache=True)
def _strip(ring, valid, start, microvolts, was_valid):  # type: ignore[no-untyped-def] # numba
    for lead in range(ring.shape[0]):
        at = start % ring.shape[1]
        for i in range(microvolts.shape[1]):
            microvolts[lead, i] = _to_microvolts(ring[lead, at])
            was_valid[lead, i] = valid[lead, at]
            at += 1
            at -= ring.shape[1] if at >= ring.shape[1] else 0


@njit(cache=True)
def _scaled_microvolts(samples, scale_mv, shown, microvolts):  # type: ignore[no-untyped-def] # numba
    row = 0
    for lead in range(samples.shape[1]):
        if shown[lead]:
            scale_uv = scale_mv[lead] * MICROVOLTS_PER_MV
            for i in range(samples.shape[0]):
                microvolts[row, i] = np.int16(_clip(np.rint(samples[i, lead] * scale_uv), MAX_UV))
            row += 1


@njit(cache=True)
def _to_microvolts(millivolts):  # type: ignore[no-untyped-def] # numba
    return np.int16(_clip(millivolts * MICROVOLTS_PER_MV, MAX_UV))


@njit(cache=True)
def _clip(value, largest):  # type: ignore[no-untyped-def] # numba
    return min(max(value, -largest), largest)

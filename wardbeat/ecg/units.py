"""From ADC units to millivolts, and from millivolts to the microvolts of strips, compiled: each is done at every chunk.

A numpy call costs 1 to 5 µs whatever it does, and these conversions would take half a dozen each.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from wardbeat.messages import INVALID_SAMPLE, EcgChunk

LARGEST_MV = 1e5
"""More than any electrode gives: a gain that is nonsense must not leave infinities in the filters."""
LARGEST_UV = 32767
MICROVOLTS_PER_MV = np.float32(1000.0)


def chunk_millivolts(chunk: EcgChunk) -> NDArray[np.float64]:
    """Physical signal, shape (leads, samples); NaN where a sample is invalid or the electrode is off."""
    p_signal = np.empty((chunk.n_leads, chunk.n_samples))
    _millivolts(chunk.d_signal(), np.array(chunk.gain), np.array(chunk.baseline), p_signal)
    if chunk.electrode_off:
        p_signal[np.array(chunk.electrode_off)] = np.nan
    return p_signal


def ring_microvolts(
    ring: NDArray[np.float32], leads: NDArray[np.int64], start: int, end: int, every: int = 1
) -> NDArray[np.int16]:
    """Some leads of a stretch of a ring, truncated to whole microvolts and clipped to what int16 holds.

    Parameters
    ----------
    ring : ndarray, shape (leads, size)
        Millivolts; sample ``k`` stands at ``k`` modulo size.
    leads : ndarray
        Rows of the ring, in the order wanted.
    start, end : int
        The stretch, not longer than the ring.
    every : int
        Take each n-th sample.

    Returns
    -------
    ndarray, shape (len(leads), ceil((end - start) / every))
    """
    microvolts = np.empty((len(leads), -((start - end) // every)), dtype=np.int16)
    _microvolts(ring, leads, start, every, microvolts)
    return microvolts


@njit(cache=True, error_model="numpy")  # a gain of nothing gives infinities, which are clipped
def _millivolts(d_signal, gain, baseline, p_signal):  # type: ignore[no-untyped-def] # numba
    for lead in range(d_signal.shape[0]):
        for i in range(d_signal.shape[1]):
            value = (d_signal[lead, i] - baseline[lead]) / gain[lead]
            p_signal[lead, i] = np.nan if d_signal[lead, i] == INVALID_SAMPLE else _clip(value, LARGEST_MV)


@njit(cache=True)
def _microvolts(ring, leads, start, every, microvolts):  # type: ignore[no-untyped-def] # numba
    size = ring.shape[1]
    for row in range(microvolts.shape[0]):
        for i in range(microvolts.shape[1]):
            value = ring[leads[row], (start + i * every) % size] * MICROVOLTS_PER_MV
            microvolts[row, i] = np.int16(_clip(value, LARGEST_UV))


@njit(cache=True)
def _clip(value, largest):  # type: ignore[no-untyped-def] # numba
    return min(max(value, -largest), largest)

"""Whether a signal has the shape of an ECG: narrow complexes that resemble each other, with little between them.

This decides about signals whose name says nothing. It takes three measures of some seconds of signal:

- *height*: how far the complexes rise above the signal between them, in the band of the QRS complex. EEG and muscle
  noise fill the time between their peaks (height 1.4 to 2).
- *share*: how much of a complex lies in this band. Pleth, pressures, respiration and eye movements are slower (share
  0.01 to 0.12).
- *similarity*: how much the complexes resemble their median. The peaks of noise differ from each other (0.6 to 0.8).

The thresholds were chosen on ECG of svdb and challenge-2017, on the noise of nstdb, on EEG and on pleth. With them, 94
of the 96 signals of mitdb pass, and at least one of each record. Fibrillation, wide tachycardia and artefact do not
pass. So several stretches of a recording are judged, and a third of them is enough.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wardbeat.contracts.rules import FS_RANGE_HZ

STRETCH_S: Final = 10.0
"""Length of a stretch: it has five complexes at 30/min."""
STRETCHES: Final = 12
"""Stretches of a recording, evenly spaced."""
SHORTEST_S: Final = 3.0
MIN_HEIGHT: Final = 4.0
MIN_SHARE: Final = 0.2
MIN_SIMILARITY: Final = 0.85
MIN_PROPORTION: Final = 1 / 3
"""Of the stretches that can be judged, at least this proportion has the shape of an ECG."""
MIN_VALID: Final = 0.9
"""Proportion of valid samples below which a stretch can't be judged."""
QRS_HZ: Final = (8.0, 20.0)
"""The band of the QRS complex (Elgendi 2013, doi:10.1371/journal.pone.0073557)."""
SIGNAL_HZ: Final = (0.5, 20.0)
COMPLEX_S: Final = 0.1
"""About the duration of a QRS complex."""
REFRACTORY_S: Final = 0.2
"""Complexes are at least this far apart."""
THRESHOLD: Final = 0.4
"""A peak above this part of the typical highest value of a second is a complex."""
MIN_COMPLEXES: Final = 3
_TINY: Final = 1e-12


class Shape(NamedTuple):
    """The measures of a stretch; all are 0 if it has fewer than three complexes.

    Attributes
    ----------
    height : float
        Median height of the complexes over the median of the whole stretch, both as RMS in the QRS band; above 1.
    share : float
        Amplitude of the complexes in the QRS band over their amplitude in ``SIGNAL_HZ``, 0 to about 1.
    similarity : float
        Median correlation of the complexes with their median complex, −1 to 1.
    """

    height: float
    share: float
    similarity: float

    @property
    def is_ecg(self) -> bool:
        return self.height >= MIN_HEIGHT and self.share >= MIN_SHARE and self.similarity >= MIN_SIMILARITY


def has_ecg_shape(read: Callable[[int, int], NDArray[np.float64]], n_samples: int, fs_hz: float) -> bool:
    """Whether enough stretches of a recorded signal have the shape of an ECG; False if none can be judged.

    Parameters
    ----------
    read : callable
        The samples from one index up to another, shape (samples,), as of :func:`shape_of`.
    n_samples : int
    fs_hz : float
    """
    if fs_hz < FS_RANGE_HZ.low:
        return False
    stretches = (
        read(start, min(start + int(STRETCH_S * fs_hz), n_samples)) for start in stretch_starts(n_samples, fs_hz)
    )
    shapes = [shape for stretch in stretches if (shape := shape_of(stretch, fs_hz)) is not None]
    return bool(shapes) and sum(shape.is_ecg for shape in shapes) >= MIN_PROPORTION * len(shapes)


def stretch_starts(n_samples: int, fs_hz: float) -> list[int]:
    """The first sample of each stretch of a recording: one stretch of a short recording, else ``STRETCHES``."""
    room = n_samples - int(STRETCH_S * fs_hz)
    return sorted({room * index // (STRETCHES - 1) for index in range(STRETCHES)}) if room > 0 else [0]


def shape_of(signal: NDArray[np.float64], fs_hz: float) -> Shape | None:
    """The measures of a stretch of signal; None if it is too short, invalid or flat.

    Parameters
    ----------
    signal : ndarray, shape (samples,)
        In any unit; NaN is invalid.
    fs_hz : float
        At least 50 Hz.
    """
    valid = np.isfinite(signal)
    if len(signal) < SHORTEST_S * fs_hz or valid.mean() < MIN_VALID or np.ptp(signal[valid]) == 0:
        return None
    whole = np.interp(np.arange(len(signal)), np.flatnonzero(valid), signal[valid])
    return _measure(_filtered(whole, SIGNAL_HZ, fs_hz), _filtered(whole, QRS_HZ, fs_hz), fs_hz)


def _measure(whole: NDArray[np.float64], in_band: NDArray[np.float64], fs_hz: float) -> Shape:
    half = max(1, round(COMPLEX_S * fs_hz))
    envelope = np.sqrt(np.convolve(in_band**2, np.full(half, 1 / half), "same"))
    peaks = _inside(_complexes(envelope, fs_hz), len(whole), 2 * half)
    if len(peaks) < MIN_COMPLEXES:
        return Shape(0.0, 0.0, 0.0)
    band_mv = np.ptp(_cut(in_band, peaks, half), axis=1)
    whole_mv = np.ptp(_cut(whole, peaks, 2 * half), axis=1)
    largest = peaks - half + np.abs(_cut(in_band, peaks, half)).argmax(axis=1)
    return Shape(
        height=float(np.median(envelope[peaks]) / max(float(np.median(envelope)), _TINY)),
        share=float(np.median(band_mv) / max(float(np.median(whole_mv)), _TINY)),
        similarity=_similarity(_cut(in_band, largest, half)),
    )


def _filtered(signal: NDArray[np.float64], band_hz: tuple[float, float], fs_hz: float) -> NDArray[np.float64]:
    from scipy.signal import butter, sosfiltfilt

    filtered: NDArray[np.float64] = sosfiltfilt(butter(2, band_hz, "bandpass", fs=fs_hz, output="sos"), signal)
    return filtered


def _complexes(envelope: NDArray[np.float64], fs_hz: float) -> NDArray[np.int64]:
    from scipy.signal import find_peaks

    second = int(fs_hz)
    highest = envelope[: len(envelope) // second * second].reshape(-1, second).max(axis=1)
    peaks, _ = find_peaks(envelope, height=THRESHOLD * np.median(highest), distance=round(REFRACTORY_S * fs_hz))
    return np.asarray(peaks, np.int64)


def _inside(peaks: NDArray[np.int64], n_samples: int, margin: int) -> NDArray[np.int64]:
    return peaks[(peaks >= margin) & (peaks < n_samples - margin)]


def _cut(signal: NDArray[np.float64], peaks: NDArray[np.int64], half: int) -> NDArray[np.float64]:
    """The signal around each peak, shape (peaks, 2 · half + 1)."""
    cut: NDArray[np.float64] = signal[peaks[:, None] + np.arange(-half, half + 1)]
    return cut


def _similarity(complexes: NDArray[np.float64]) -> float:
    apart = complexes - complexes.mean(axis=1, keepdims=True)
    middle = np.median(complexes, axis=0)
    middle = middle - middle.mean()
    norms = np.linalg.norm(apart, axis=1) * np.linalg.norm(middle)
    return float(np.median(apart @ middle / np.maximum(norms, _TINY)))

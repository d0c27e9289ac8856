"""Features of a 12-lead record for models that take numbers: the median beat of each lead, and the intervals.

The R peaks are those of one record of 10 s as a whole, with future samples; this is not the ward's detector, which
reads sample by sample and learns for longer than 10 s.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d
from scipy.signal import find_peaks

from training.data.ptb_xl.layout import FS_HZ

BEFORE_S, AFTER_S = 0.28, 0.48
"""A beat reaches this far around its R peak: P wave to T wave."""
INDEPENDENT_LEADS = (0, 1, 6, 7, 8, 9, 10, 11)
"""I, II, V1 to V6; the other leads are sums of these."""
SMOOTHED_S = 0.08
REFRACTORY_S = 0.28
"""Two R peaks are at least this far apart: 214 beats/min."""
PEAK_SHARE = 0.35
"""An R peak has at least this share of the energy that the highest 2 % of samples reach."""
LARGEST_MV = 5.0
_BEFORE, _AFTER = round(BEFORE_S * FS_HZ), round(AFTER_S * FS_HZ)
INTERVALS = 6
N_FEATURES = INTERVALS + (_BEFORE + _AFTER + 2) * len(INDEPENDENT_LEADS)


def r_peaks(signal_mv: NDArray[np.float32]) -> NDArray[np.intp]:
    """Samples of the R peaks of a record, from the slope of all leads together.

    Parameters
    ----------
    signal_mv : ndarray, shape (samples, leads)
        At 100 Hz.
    """
    slopes = np.gradient(np.clip(signal_mv, -LARGEST_MV, LARGEST_MV), axis=0)
    energy = uniform_filter1d((slopes**2).sum(axis=1), round(SMOOTHED_S * FS_HZ))
    height = PEAK_SHARE * np.quantile(energy, 0.98)
    peaks: NDArray[np.intp] = find_peaks(energy, height=max(height, 1e-9), distance=round(REFRACTORY_S * FS_HZ))[0]
    return peaks


def median_beat_features(signal_mv: NDArray[np.float32]) -> NDArray[np.float32]:
    """Features of a record, shape (630,).

    Parameters
    ----------
    signal_mv : ndarray, shape (1000, 12)
        At 100 Hz.

    Returns
    -------
    ndarray
        Number of beats; median, standard deviation, least and greatest RR interval (s), and the root mean square of
        their successive differences (s); then for each of the eight independent leads its median beat (mV, from its
        own median on), its greatest range (mV), and the standard deviation of the beats around the median (mV).
        Intervals and beats are 0 where there are fewer than two peaks.
    """
    peaks = r_peaks(signal_mv)
    inside = peaks[(peaks >= _BEFORE) & (peaks < len(signal_mv) - _AFTER)]
    if len(inside) == 0 or len(peaks) < 2:
        return np.zeros(N_FEATURES, np.float32)
    rr_s = np.diff(peaks) / FS_HZ
    changes = np.diff(rr_s) if len(rr_s) > 1 else np.zeros(1)
    intervals = [len(peaks), np.median(rr_s), rr_s.std(), rr_s.min(), rr_s.max(), np.sqrt(np.mean(changes**2))]
    window = inside[:, None] + np.arange(-_BEFORE, _AFTER)
    beats = np.clip(signal_mv[:, INDEPENDENT_LEADS], -LARGEST_MV, LARGEST_MV)[window]
    beats = beats - np.median(beats, axis=1, keepdims=True)
    median = np.median(beats, axis=0)
    spread = np.sqrt(np.mean((beats - median) ** 2, axis=(0, 1)))
    parts = [intervals, median.T.ravel(), np.ptp(median, axis=0), spread]
    return np.concatenate(parts).astype(np.float32)

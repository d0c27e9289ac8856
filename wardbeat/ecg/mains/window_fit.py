"""The fit of a short window of one lead by a polynomial and a sine of the mains with its harmonics.

The polynomial follows P and T waves, baseline and fibrillation. So polynomial and sine explain a window almost
completely, unless it has a QRS complex: what the fit leaves says how far its sine can be trusted.
"""

from functools import cache
from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

MAINS_HZ: Final = (50.0, 60.0)
WINDOW_S: Final = 0.1
"""Whole periods of both frequencies, and short enough for the pauses between the QRS complexes of a fast heart."""
MIN_WINDOW_SAMPLES: Final = 10
"""Below 100 Hz a window has too few samples for a fit."""
DEGREE: Final = 3
"""Degree of the polynomial: of a sine of 5 Hz, as of fibrillation, a cubic leaves 2 % in 100 ms."""
HARMONICS: Final = 3
MIN_HUM_MV: Final = 0.03
"""A window with a smaller amplitude has no hum, and the fit of its polynomial is not needed."""
QUIET_MV2: Final = 0.015**2
"""Variance that stands for what the fit would leave of such a window: between QRS complexes it is about that."""
PARTLY_INVALID: Final = -1.0
"""In place of a variance: the window has an invalid sample."""
NO_SIGNAL: Final = -2.0
"""In place of a variance: the window has no valid sample, or all its samples are the same."""


class WindowFits(NamedTuple):
    """The fits of both mains frequencies; zeros where the rate is too low for a sine.

    Attributes
    ----------
    basis : ndarray, shape (2, window, parameters)
        An orthonormal basis of polynomial, sine and harmonics.
    freedom : ndarray, shape (2,)
        Samples of a window less the parameters of its fit.
    sine : ndarray, shape (2, 4, window)
        From the samples to the cosine and the sine of the mains and those of the second harmonic, with phase 0 at the
        newest sample.
    """

    basis: NDArray[np.float64]
    freedom: NDArray[np.float64]
    sine: NDArray[np.float64]


def window_samples(fs: float) -> int:
    """Samples of a window at ``fs`` Hz."""
    return round(WINDOW_S * fs)


@cache
def window_fits(fs: float) -> WindowFits:
    """The fits at ``fs`` Hz."""
    window, parameters = window_samples(fs), DEGREE + 1 + 2 * HARMONICS
    fits = WindowFits(np.zeros((2, window, parameters)), np.full(2, float(window)), np.zeros((2, 4, window)))
    for which, mains_hz in enumerate(MAINS_HZ):
        columns = _columns(mains_hz, fs, window)
        if len(columns) == DEGREE + 1:
            continue
        u, sizes, vt = np.linalg.svd(np.array(columns).T, full_matrices=False)
        kept = sizes > 1e-3 * sizes[0]  # at half the rate of the source the sine is zero at all samples
        fits.basis[which, :, : kept.sum()] = u[:, kept]
        fits.freedom[which] = max(window - kept.sum(), 1)
        sines = (vt[kept].T / sizes[kept])[DEGREE + 1 : DEGREE + 5] @ u[:, kept].T
        fits.sine[which, : len(sines)] = sines
    return fits


def _columns(mains_hz: float, fs: float, window: int) -> list[NDArray[np.float64]]:
    """What a window without a QRS complex consists of: powers of time, and sines that the rate can show."""
    columns = [np.linspace(-1.0, 1.0, window) ** power for power in range(DEGREE + 1)]
    for harmonic in range(1, HARMONICS + 1):
        if harmonic * mains_hz <= 0.5 * fs:
            phase = 2 * np.pi * harmonic * mains_hz / fs * np.arange(1 - window, 1)
            columns += [np.cos(phase), np.sin(phase)]
    return columns


@njit(cache=True)
def amplitudes(samples, fits):  # type: ignore[no-untyped-def] # numba
    """The amplitudes of both frequencies in a window, in one pass; NaN with an invalid sample."""
    cosine_low, sine_low, cosine_high, sine_high = 0.0, 0.0, 0.0, 0.0
    for i in range(len(samples)):
        cosine_low += fits.sine[0, 0, i] * samples[i]
        sine_low += fits.sine[0, 1, i] * samples[i]
        cosine_high += fits.sine[1, 0, i] * samples[i]
        sine_high += fits.sine[1, 1, i] * samples[i]
    return complex(cosine_low, -sine_low), complex(cosine_high, -sine_high)


@njit(cache=True)
def variance_left(samples, amplitude, which, fits):  # type: ignore[no-untyped-def] # numba
    """The variance that the fit leaves of a window; ``QUIET_MV2`` if its amplitude is too small for hum."""
    square = amplitude.real**2 + amplitude.imag**2
    if np.isnan(square):
        return PARTLY_INVALID
    if square < MIN_HUM_MV**2:
        return QUIET_MV2
    return measure(samples, 0j, 0j, 0j, which, fits)[2]


@njit(cache=True)
def measure(samples, hum, second, turn, which, fits):  # type: ignore[no-untyped-def] # numba
    """Fit a window after ``hum`` and its ``second`` harmonic have been subtracted.

    ``turn`` is by what the hum turns from a sample to the next. Returns the amplitudes that are left of the sine and of
    the second harmonic (complex, phase 0 at the newest sample), and the variance that the fit leaves,
    ``PARTLY_INVALID`` or ``NO_SIGNAL``.
    """
    _, n, parameters = fits.basis.shape
    coordinates = np.zeros(parameters)
    valid, changes, newest = 0, False, samples[n - 1]
    left, cosine, sine, cosine_2, sine_2 = 0.0, 0.0, 0.0, 0.0, 0.0
    back = turn.conjugate()
    for i in range(n - 1, -1, -1):
        valid += not np.isnan(samples[i])
        changes |= samples[i] != newest
        value = samples[i] - newest - hum.real - second.real  # a large offset of the baseline would cost digits
        hum *= back
        second *= back * back
        left += value * value
        cosine += fits.sine[which, 0, i] * value
        sine += fits.sine[which, 1, i] * value
        cosine_2 += fits.sine[which, 2, i] * value
        sine_2 += fits.sine[which, 3, i] * value
        for p in range(parameters):
            coordinates[p] += fits.basis[which, i, p] * value
    if valid == 0 or not changes:
        return 0j, 0j, NO_SIGNAL
    if valid < n:
        return 0j, 0j, PARTLY_INVALID
    for p in range(parameters):
        left -= coordinates[p] * coordinates[p]
    return complex(cosine, -sine), complex(cosine_2, -sine_2), max(left, 0.0) / fits.freedom[which]

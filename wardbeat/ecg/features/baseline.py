"""A patient's baseline: the running mean of measurements of the signal, and the difference of a new one from it.

A wide complex with a giant T wave is one patient's sinus rhythm and looks like another patient's ventricular
tachycardia. The difference from the baseline shows whether the rhythm has changed.
"""

import msgspec
import numpy as np
from numba import njit
from numpy.typing import NDArray

MEMORY_S = 300
"""The mean is over all seconds so far; after this many seconds a new one counts 1/300."""


class PatientBaseline(msgspec.Struct):
    """The mean of ``seconds`` measurements; the caller chooses which seconds count."""

    mean: NDArray[np.float32]
    seconds: int = 0


def new_baseline(n: int) -> PatientBaseline:
    """The baseline of a new patient, with ``n`` values a second."""
    return PatientBaseline(np.zeros(n, np.float32))


def compare(
    baseline: PatientBaseline, features: NDArray[np.float32], columns: NDArray[np.int64], found: NDArray[np.float32]
) -> None:
    """Fill in how far the values of one second are from the baseline.

    Parameters
    ----------
    baseline : PatientBaseline
    features : ndarray
        Measurements of that second.
    columns : ndarray, shape (2, n)
        Each value is the mean of two features: these are their indices.
    found : ndarray, shape (n + 1,)
        Output: the differences (0 while there is no baseline), then the seconds in the baseline.
    """
    _compare(features, columns, baseline.mean, baseline.seconds, found)


def learn(baseline: PatientBaseline, features: NDArray[np.float32], columns: NDArray[np.int64]) -> None:
    """Add the values of one second to the baseline; the parameters are those of :func:`compare`."""
    baseline.seconds = min(baseline.seconds + 1, MEMORY_S)
    _learn(features, columns, baseline.mean, baseline.seconds)


@njit(cache=True)
def _value(features, columns, i):  # type: ignore[no-untyped-def] # numba
    return (features[columns[0, i]] + features[columns[1, i]]) / np.float32(2)


@njit(cache=True)
def _compare(features, columns, mean, seconds, found):  # type: ignore[no-untyped-def] # numba
    n = mean.shape[0]
    for i in range(n):
        found[i] = _value(features, columns, i) - mean[i] if seconds > 0 else np.float32(0)
    found[n] = seconds


@njit(cache=True)
def _learn(features, columns, mean, seconds):  # type: ignore[no-untyped-def] # numba
    for i in range(mean.shape[0]):
        mean[i] += (_value(features, columns, i) - mean[i]) / np.float32(seconds)

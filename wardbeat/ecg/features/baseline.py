"""What a patient's signal usually measures: a running mean, and how far a new measurement is from it.

A wide complex with a giant T wave is one patient's sinus rhythm and looks like another one's ventricular tachycardia;
what tells them apart is whether anything has changed.
"""

import msgspec
import numpy as np
from numba import njit
from numpy.typing import NDArray

MEMORY_S = 300
"""The mean is over all seconds so far, and once there are so many it forgets at that rate."""


class PatientBaseline(msgspec.Struct):
    """The mean of ``seconds`` measurements; it takes those in that it is given, and no others."""

    mean: NDArray[np.float32]
    seconds: int = 0


def new_baseline(n: int) -> PatientBaseline:
    """Of a patient of whom nothing is known, with ``n`` values a second."""
    return PatientBaseline(np.zeros(n, np.float32))


def compare(
    baseline: PatientBaseline, features: NDArray[np.float32], columns: NDArray[np.int64], found: NDArray[np.float32]
) -> None:
    """How far a second's values are from what is usual.

    Parameters
    ----------
    baseline : PatientBaseline
    features : ndarray
        What was measured.
    columns : ndarray, shape (2, n)
        Each value is the mean of these two of the features.
    found : ndarray, shape (n + 1,)
        Is given the differences, 0 while nothing is known, and after them the seconds that are known.
    """
    _compare(features, columns, baseline.mean, baseline.seconds, found)


def learn(baseline: PatientBaseline, features: NDArray[np.float32], columns: NDArray[np.int64]) -> None:
    """Take a second's values in, which are found as :func:`compare` finds them."""
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

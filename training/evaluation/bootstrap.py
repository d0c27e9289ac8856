"""Bootstrap confidence intervals: patients are resampled with replacement, each with all of its records."""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000
COVERAGE = 0.95


class Interval(msgspec.Struct, frozen=True):
    """A value and its 95 % percentile interval."""

    value: float
    low: float
    high: float


def resample_counts(patients: Sequence[str], seed: int, n: int = RESAMPLES) -> NDArray[np.int64]:
    """How often each record is in each resample, shape (n, records).

    Parameters
    ----------
    patients : sequence of str
        Patient of each record.
    seed : int
        The same seed gives the same resamples.
    n : int
        Number of resamples.
    """
    names, patient = np.unique(np.array(patients), return_inverse=True)
    random = np.random.default_rng(seed)
    counts = random.multinomial(len(names), np.full(len(names), 1 / len(names)), size=n)
    return counts[:, patient]


def interval(value: float, resampled: NDArray[np.float64]) -> Interval:
    """The percentile interval of a value from its values in the resamples; undefined ones (NaN) are left out."""
    defined = resampled[np.isfinite(resampled)]
    if not len(defined):
        return Interval(value, float("nan"), float("nan"))
    low, high = np.quantile(defined, [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2])
    return Interval(value, float(low), float(high))

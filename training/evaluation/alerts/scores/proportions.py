"""Proportions of counts, and their bootstrap intervals over records."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.evaluation import bootstrap
from training.evaluation.bootstrap import Interval

Statistic = Callable[[NDArray[Any]], NDArray[np.float64]]
"""A function of counts (their last axis); NaN where the counts do not define it."""


def proportion(part: NDArray[Any], whole: NDArray[Any]) -> NDArray[np.float64]:
    """``part / whole``; NaN where the whole is 0."""
    whole = np.asarray(whole, np.float64)
    divided: NDArray[np.float64] = np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)
    return divided


def proportion_of(part: int, *whole: int) -> Statistic:
    """The proportion of one count in the sum of several counts, given by their indexes in the last axis."""

    def statistic(counts: NDArray[Any]) -> NDArray[np.float64]:
        return proportion(counts[..., part], counts[..., list(whole)].sum(axis=-1))

    return statistic


def interval_of(statistic: Statistic, counts: NDArray[Any], resamples: NDArray[np.int64]) -> Interval:
    """A statistic of all records together and its interval.

    Parameters
    ----------
    statistic : callable
    counts : ndarray, shape (records, counts)
    resamples : ndarray of int64, shape (resamples, records)
        How often each record is in each resample (:func:`training.evaluation.bootstrap.resample_counts`).
    """
    return bootstrap.interval(float(statistic(counts.sum(axis=0))), statistic(resamples @ counts))


def resample_records(patients: Sequence[str], seed: int) -> NDArray[np.int64]:
    """How often each record is in each resample; all records of a patient are resampled together."""
    return bootstrap.resample_counts(patients, seed) if patients else np.zeros((1, 0), np.int64)

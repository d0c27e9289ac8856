"""Shares of counts, one or many at once, and their intervals over records."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.evaluation import bootstrap
from training.evaluation.bootstrap import Interval

Figure = Callable[[NDArray[Any]], NDArray[np.float64]]
"""A figure of counts, which are the last axis; NaN where nothing defines it."""


def proportion(part: NDArray[Any], whole: NDArray[Any]) -> NDArray[np.float64]:
    """``part / whole``; NaN where the whole is nothing."""
    whole = np.asarray(whole, np.float64)
    divided: NDArray[np.float64] = np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)
    return divided


def part_of(part: int, *whole: int) -> Figure:
    """The figure that is one count's share of the sum of several, by their places in the last axis."""

    def figure(counts: NDArray[Any]) -> NDArray[np.float64]:
        return proportion(counts[..., part], counts[..., list(whole)].sum(axis=-1))

    return figure


def interval_of(figure: Figure, counts: NDArray[Any], drawn: NDArray[np.int64]) -> Interval:
    """A figure of all records together and its interval.

    Parameters
    ----------
    figure : callable
    counts : ndarray, shape (records, counts)
    drawn : ndarray of int64, shape (draws, records)
        How often each record is in each draw, as :func:`training.evaluation.bootstrap.draws` gives it.
    """
    return bootstrap.interval(float(figure(counts.sum(axis=0))), figure(drawn @ counts))


def draw_records(patients: Sequence[str], seed: int) -> NDArray[np.int64]:
    """How often each record is in each draw, all of a patient together."""
    return bootstrap.draws(patients, seed) if patients else np.zeros((1, 0), np.int64)

"""Confidence intervals over patients: records are drawn with replacement, all of one patient together."""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

DRAWS = 2000
COVERAGE = 0.95


class Interval(msgspec.Struct, frozen=True):
    """A figure and its 95 % percentile interval."""

    value: float
    low: float
    high: float


def draws(patients: Sequence[str], seed: int, n: int = DRAWS) -> NDArray[np.int64]:
    """How often each record is in each draw, shape (n, records).

    Parameters
    ----------
    patients : sequence of str
        Whose each record is.
    seed : int
        The same seed gives the same draws.
    n : int
        Number of draws.
    """
    names, patient = np.unique(np.array(patients), return_inverse=True)
    random = np.random.default_rng(seed)
    drawn = random.multinomial(len(names), np.full(len(names), 1 / len(names)), size=n)
    return drawn[:, patient]


def interval(value: float, drawn: NDArray[np.float64]) -> Interval:
    """The percentile interval of a figure from its values over the draws; those that do not define it are left out."""
    defined = drawn[np.isfinite(drawn)]
    if not len(defined):
        return Interval(value, float("nan"), float("nan"))
    low, high = np.quantile(defined, [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2])
    return Interval(value, float(low), float(high))

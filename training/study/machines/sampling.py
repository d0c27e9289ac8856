"""The rows that a machine is fitted on, where all of them would take too long."""

from typing import NamedTuple

import numpy as np

from training.study.model import FitPart
from training.study.task import Rows


class MachineRows(NamedTuple):
    """Rows for a fit, and whether they were sampled by the weights of the task, so that rare classes are frequent."""

    rows: Rows
    by_weight: bool


def fit_rows(part: FitPart, most: int) -> MachineRows:
    """At most ``most`` rows of the fit, each once.

    They are sampled by the weights of the task if its networks are fitted so (``settings.rows``).
    """
    n = len(part.fit)
    if n <= most:
        return MachineRows(part.fit, by_weight=False)
    by_weight = part.settings.rows > 0
    random = np.random.default_rng(part.seed)
    chosen = random.choice(n, most, replace=False, p=part.task.weights(part.fit) if by_weight else None)
    return MachineRows(part.fit.take(np.sort(chosen)), by_weight)


def some_rows(rows: Rows, most: int, seed: int) -> Rows:
    """At most ``most`` rows at random, each equally likely."""
    if len(rows) <= most:
        return rows
    return rows.take(np.sort(np.random.default_rng(seed).choice(len(rows), most, replace=False)))

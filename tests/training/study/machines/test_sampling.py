"""Rows for a fit of bounded size; needs TensorFlow."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.support.toy_task import ToyTask
from training.study.task import FitSettings, Rows

pytestmark = pytest.mark.slow


class RampsTask(ToyTask):
    """Nearly all weight is on the ramps."""

    def weights(self, rows: Rows) -> NDArray[np.float64]:
        weights = np.where(rows.labels[:, 2] > 0, 1.0, 1e-6)
        return np.asarray(weights / weights.sum())


def ramps(most: int, per_epoch: int, seed: int = 0) -> tuple[int, int, bool]:
    """The number of ramps and of rows that are taken, and whether by weight."""
    from training.study.machines.sampling import fit_rows
    from training.study.model import FitPart

    task = RampsTask()
    rows = task.rows(Path(), "fit")
    part = FitPart(task, rows, rows, FitSettings(rows=per_epoch), seed, lambda *_: None, Path())
    taken = fit_rows(part, most)
    return int(taken.rows.labels[:, 2].sum()), len(taken.rows), taken.by_weight


def test_few_rows_are_all_taken() -> None:
    assert ramps(240, per_epoch=100)[1:] == (240, False)


def test_of_many_rows_rare_classes_are_taken_first_if_networks_see_them_so() -> None:
    n_ramps = ramps(240, per_epoch=0)[0]
    assert ramps(50, per_epoch=100) == (50, 50, True)
    by_chance, n, by_weight = ramps(50, per_epoch=0)
    assert (n, by_weight) == (50, False)
    assert by_chance == pytest.approx(50 * n_ramps / 240, abs=12)


def test_each_row_is_taken_once() -> None:
    from training.study.machines.sampling import some_rows

    rows = ToyTask().rows(Path(), "fit")
    taken = some_rows(rows, 200, seed=3)
    assert len(np.unique(taken.inputs["signal"], axis=0)) == len(taken) == 200
    assert some_rows(rows, 240, seed=3) is rows
    np.testing.assert_array_equal(taken.labels, some_rows(rows, 200, seed=3).labels)

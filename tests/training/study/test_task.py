"""What a task does unless it says otherwise."""

from pathlib import Path

import numpy as np

from tests.support.toy_task import ToyTask, silent


def test_rows_are_taken_as_they_are() -> None:
    task = ToyTask()
    rows = task.rows(Path(), "fit")
    chosen = np.array([3, 1])
    inputs, labels = task.batch(rows, chosen, np.random.default_rng(0))
    assert (inputs["signal"] == rows.inputs["signal"][chosen]).all()
    assert (labels == rows.labels[chosen]).all()
    assert task.answer(lambda inputs: inputs["signal"][:, :3, 0], rows).shape == (240, 3)
    assert task.shapes(rows) == {"signal": (64, 1)}
    assert task.missed(Path(), "test") is None
    assert task.extras(Path(), Path(), silent) == ((), (), ())


def test_every_row_has_the_same_chance() -> None:
    task = ToyTask()
    rows = task.rows(Path(), "validation").take(np.arange(4))
    assert (len(rows), task.weights(rows).tolist()) == (4, [0.25] * 4)

"""Who cuts rows: the task for a network, nobody for a machine that takes whole rows; needs TensorFlow."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.support.toy_task import SAMPLES, ToyTask
from training.study.task import Arrays, Predict, Rows, Task

if TYPE_CHECKING:
    from training.study.model import FitPart, Fitted

pytestmark = pytest.mark.slow


class HalvesTask(ToyTask):
    """Answers with the mean over the two halves of a row."""

    def answer(self, predict: Predict, rows: Rows) -> NDArray[np.float32]:
        signal = rows.inputs["signal"]
        halves = [predict({"signal": half}) for half in np.split(signal, 2, axis=1)]
        return np.asarray(np.mean(halves, axis=0), np.float32)


class LengthModel:
    """Answers with the number of samples that it sees."""

    purpose = source = "for the test"

    def __init__(self, *, whole_rows: bool) -> None:
        self.whole_rows = whole_rows

    def fit(self, part: "FitPart") -> "Fitted":
        from training.study.model import Fitted

        return Fitted(_length, 0, lambda _folder: None, [])

    def load(self, folder: Path, task: Task) -> Predict:
        return _length


def _length(inputs: Arrays) -> NDArray[np.float32]:
    signal = inputs["signal"]
    return np.full((len(signal), 3), signal.shape[1], np.float32)


def test_a_network_sees_cuts_and_a_machine_sees_whole_rows() -> None:
    from training.study.model import answer

    task = HalvesTask()
    rows = task.rows(Path(), "test")
    for whole, samples in ((False, SAMPLES // 2), (True, SAMPLES)):
        model = LengthModel(whole_rows=whole)
        answered = answer(model, model.load(Path(), task), task, rows)
        assert answered.shape == rows.labels.shape
        assert (answered == samples).all()

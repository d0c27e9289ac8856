"""What every machine on features must do; a test module derives its class from :class:`MachineContract`."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.support.toy_machines import (
    FeaturesTask,
    IndependentTask,
    TwoClassesTask,
    answers_and_loaded,
    figure_on_test,
    fitted,
)
from tests.support.toy_task import ToyTask

if TYPE_CHECKING:
    from training.study.model import StudyModel


class MachineContract(ABC):
    """Tests of a machine."""

    @abstractmethod
    def machine(self) -> "StudyModel":
        """The machine; its module imports TensorFlow, so it is imported here."""

    @pytest.mark.parametrize("task", [ToyTask(), TwoClassesTask(), FeaturesTask()])
    def test_it_learns_classes_that_exclude_each_other(self, task: ToyTask, tmp_path: Path) -> None:
        answered, loaded = answers_and_loaded(self.machine(), task, tmp_path)
        np.testing.assert_array_equal(answered, loaded)
        assert answered.shape[1] == len(task.classes)
        assert answered.sum(axis=1) == pytest.approx(1.0, abs=1e-5)
        assert figure_on_test(task, answered) > 0.9

    def test_it_learns_classes_of_their_own_with_uncertain_labels(self, tmp_path: Path) -> None:
        task = IndependentTask()
        answered, loaded = answers_and_loaded(self.machine(), task, tmp_path)
        np.testing.assert_array_equal(answered, loaded)
        assert figure_on_test(task, answered) > 0.95
        assert answered.min() >= 0.0
        assert answered.max() <= 1.0

    def test_a_fit_repeats_with_its_seed(self, tmp_path: Path) -> None:
        task = ToyTask(noise=1.0)
        inputs = task.rows(Path(), "test").inputs
        first, again = (fitted(self.machine(), task, tmp_path).predict(inputs) for _ in range(2))
        np.testing.assert_array_equal(first, again)

    def test_whole_rows_are_its_inputs(self) -> None:
        assert self.machine().whole_rows

"""The kernel machine on the features of rows; needs TensorFlow, by the package of fits."""

from pathlib import Path

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

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("task", [ToyTask(), TwoClassesTask(), FeaturesTask()])
def test_it_learns_classes_that_exclude_each_other(task: ToyTask, tmp_path: Path) -> None:
    from training.study.machines.kernel import KernelModel

    answered, loaded = answers_and_loaded(KernelModel(), task, tmp_path)
    np.testing.assert_array_equal(answered, loaded)
    assert answered.shape[1] == len(task.classes)
    assert answered.sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    assert figure_on_test(task, answered) > 0.9


def test_it_learns_classes_of_their_own_with_uncertain_labels(tmp_path: Path) -> None:
    from training.study.machines.kernel import KernelModel

    task = IndependentTask()
    answered, loaded = answers_and_loaded(KernelModel(), task, tmp_path)
    np.testing.assert_array_equal(answered, loaded)
    assert figure_on_test(task, answered) > 0.95
    assert answered.min() >= 0.0
    assert answered.max() <= 1.0


def test_a_fit_repeats_with_its_seed(tmp_path: Path) -> None:
    from training.study.machines.kernel import KernelModel

    task = ToyTask(noise=1.0)
    inputs = task.rows(Path(), "test").inputs
    first, again = (fitted(KernelModel(), task, tmp_path).predict(inputs) for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_whole_rows_are_its_inputs() -> None:
    from training.study.machines.kernel import KernelModel

    assert KernelModel().whole_rows


def test_a_class_without_rows_is_improbable_and_no_error(tmp_path: Path) -> None:
    from training.study.machines.kernel import KernelModel
    from training.study.task import Part, Rows

    class NoSquares(ToyTask):
        def rows(self, work: Path, part: Part) -> Rows:
            rows = super().rows(work, part)
            return rows.take(rows.labels[:, 1] == 0)

    task = NoSquares()
    answered, _ = answers_and_loaded(KernelModel(), task, tmp_path)
    assert answered[:, 1].max() < 0.5
    assert figure_on_test(task, answered) > 0.9

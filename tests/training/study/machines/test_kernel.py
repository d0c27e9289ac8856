"""The kernel machine on the features of rows; needs TensorFlow, by the package of fits."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.machine_contract import MachineContract
from tests.support.toy_machines import answers_and_loaded, figure_on_test
from tests.support.toy_task import ToyTask

if TYPE_CHECKING:
    from training.study.model import StudyModel

pytestmark = pytest.mark.slow


class TestKernel(MachineContract):
    def machine(self) -> "StudyModel":
        from training.study.machines.kernel import KernelModel

        return KernelModel()


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

"""Boosted trees on the features of rows; needs TensorFlow, by the package of fits."""

from typing import TYPE_CHECKING

import pytest

from tests.support.machine_contract import MachineContract

if TYPE_CHECKING:
    from training.study.model import StudyModel

pytestmark = pytest.mark.slow


class TestTrees(MachineContract):
    def machine(self) -> "StudyModel":
        from training.study.machines.trees import TreesModel

        return TreesModel()

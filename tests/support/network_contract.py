"""What every network of the study must do; a test module derives its class from :class:`NetworkContract`."""

from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.support.study_networks import (
    CLASSES,
    SHAPES,
    TOY,
    TWELVE_LEADS,
    WIDTH,
    Shapes,
    is_finite,
    losses,
    served_difference,
)


class NetworkContract:
    """Tests of a network with its name in the registry.

    Attributes
    ----------
    name : str
    parameters : int
        As its docstring states them, for twelve leads and five classes.
    toy : mapping
        Shapes of the inputs of the toy fit.
    """

    name: ClassVar[str]
    parameters: ClassVar[int]
    toy: ClassVar[Shapes] = TOY

    def build(self, shapes: Shapes, n_classes: int = CLASSES, **options: float) -> Any:
        from models.registry import STUDY_NETWORKS

        return STUDY_NETWORKS[self.name].build(shapes, n_classes, **options)

    def taken(self, shapes: Shapes) -> list[str]:
        """The inputs that the network takes of a task's rows."""
        return [name for name in ("signal", "features") if name in shapes]

    @pytest.mark.parametrize("shapes", SHAPES)
    def test_it_takes_the_rows_of_each_task(self, shapes: Shapes) -> None:
        network = self.build(shapes, width=WIDTH)
        assert network.name == self.name
        assert [one.name for one in network.inputs] == self.taken(shapes)
        assert is_finite(network)

    def test_it_has_the_number_of_weights_that_is_documented(self) -> None:
        assert self.build(TWELVE_LEADS, 5).count_params() == pytest.approx(self.parameters, rel=0.01)

    def test_a_few_steps_lower_the_loss(self) -> None:
        first, *_, last = losses(self.build(self.toy, width=WIDTH, dropout=0.0), 8)
        assert last < 0.6 * first

    def test_the_served_form_answers_the_same(self, tmp_path: Path) -> None:
        assert served_difference(self.build(TOY, width=WIDTH), tmp_path) < 1e-5

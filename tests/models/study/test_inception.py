"""The GoogLeNet; needs TensorFlow."""

from pathlib import Path

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

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("shapes", SHAPES)
def test_it_takes_the_rows_of_each_task(shapes: Shapes) -> None:
    from models.study.inception import build_inception

    network = build_inception(shapes, CLASSES, width=WIDTH)
    assert network.name == "inception"
    assert [one.name for one in network.inputs] == [name for name in ("signal", "features") if name in shapes]
    assert is_finite(network)


def test_it_has_the_number_of_weights_that_is_documented() -> None:
    from models.study.inception import build_inception

    assert build_inception(TWELVE_LEADS, 5).count_params() == pytest.approx(224_000, rel=0.01)


def test_a_few_steps_lower_the_loss() -> None:
    from models.study.inception import build_inception

    first, *_, last = losses(build_inception(TOY, CLASSES, width=WIDTH, dropout=0.0), 8)
    assert last < 0.6 * first


def test_the_served_form_answers_the_same(tmp_path: Path) -> None:
    from models.study.inception import build_inception

    assert served_difference(build_inception(TOY, CLASSES, width=WIDTH), tmp_path) < 1e-5

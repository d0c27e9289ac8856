"""The antialiased polyline."""

import numpy as np
import pytest
from numpy.typing import NDArray

from training.data.pictures.lines import draw_line


def drawn(x: list[float], y: list[float], width: float, shape: tuple[int, int] = (20, 30)) -> NDArray[np.float32]:
    ink = np.zeros(shape, np.float32)
    draw_line(ink, np.array(x, float), np.array(y, float), width)
    return ink


@pytest.mark.parametrize("width", [1.0, 2.0, 3.5])
def test_the_ink_of_a_level_line_is_its_width(width: float) -> None:
    ink = drawn([-5, 35], [9.3, 9.3], width)
    assert ink.sum(axis=0) == pytest.approx(np.full(30, width), abs=0.01)


def test_its_middle_lies_between_points() -> None:
    ink = drawn([-5, 35], [9.25, 9.25], 1.0)
    assert (ink[:, 5] @ np.arange(20)) / ink[:, 5].sum() == pytest.approx(9.25, abs=0.01)


def test_lines_outside_of_the_picture_are_cut_off() -> None:
    assert not drawn([-50, -10], [5, 5], 3.0).any()
    assert drawn([5, 5], [-100, 100], 1.0)[:, 5].all()


def test_lines_that_cross_are_no_darker() -> None:
    assert drawn([5, 25, 15, 15], [10, 10, 2, 18], 2.0).max() == 1.0

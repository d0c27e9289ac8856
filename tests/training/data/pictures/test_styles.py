"""Styles of pictures: in their ranges, and the same for the same random numbers."""

import numpy as np

from training.data.pictures.beats import HALF_S
from training.data.pictures.styles import EXAMPLES, random_style


def test_a_trace_is_never_longer_than_the_signal_that_is_kept() -> None:
    styles = [random_style(np.random.default_rng(seed)) for seed in range(300)]
    assert all(style.window_s / 2 + abs(style.shift_s) <= HALF_S for style in [*styles, EXAMPLES])


def test_styles_differ_from_each_other_and_repeat_with_their_seed() -> None:
    styles = [random_style(np.random.default_rng(seed)) for seed in range(100)]
    assert len(set(styles)) == 100
    assert styles == [random_style(np.random.default_rng(seed)) for seed in range(100)]
    assert {bool(style.grid_points) for style in styles} == {True, False}
    assert {bool(style.jpeg) for style in styles} == {True, False}


def test_the_public_pictures_have_their_measured_axes() -> None:
    low, high = EXAMPLES.limits_mv or (0.0, 0.0)
    top, bottom = EXAMPLES.box[1] * EXAMPLES.rows, EXAMPLES.box[3] * EXAMPLES.rows
    assert abs((bottom - top) / (high - low) - 34.7) < 0.01, "points a millivolt"

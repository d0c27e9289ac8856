"""Drawing of a trace: its place, its length and its look."""

import numpy as np
import pytest

from models.pictures import read_ink
from training.data.pictures.beats import FS_HZ, HALF
from training.data.pictures.render import draw_trace
from training.data.pictures.styles import EXAMPLES, Style, random_style


def beat() -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """A QRS complex in the middle and a T wave."""
    t_s = (np.arange(2 * HALF + 1) - HALF) / FS_HZ
    wave = np.exp(-((t_s / 0.015) ** 2)) + 0.25 * np.exp(-(((t_s - 0.25) / 0.05) ** 2))
    return np.asarray(wave, np.float32)


def random() -> np.random.Generator:
    return np.random.default_rng(0)


def test_the_r_peak_lies_in_the_middle_of_the_axes() -> None:
    picture = draw_trace(beat(), EXAMPLES, random())[..., 0]
    assert picture.shape == (128, 192)
    rows, columns = np.nonzero(picture < 200)
    assert columns[rows.argmin()] == pytest.approx((24 + 172.8) / 2, abs=1.5)
    assert (columns.min(), columns.max()) == pytest.approx((24, 172), abs=2)


def test_a_millivolt_has_its_height_and_what_leaves_the_axes_is_cut_off() -> None:
    picture = draw_trace(beat(), EXAMPLES, random())[..., 0]
    rows = np.nonzero(picture.min(axis=1) < 200)[0]
    assert rows.max() - rows.min() == pytest.approx(34.7, abs=1.5)
    tall = draw_trace(beat() * 5, EXAMPLES, random())[..., 0]
    assert np.nonzero(tall.min(axis=1) < 200)[0].min() == pytest.approx(15, abs=1)


def test_automatic_limits_fill_the_axes_whatever_the_amplitude() -> None:
    style = Style(rows=100, columns=150)
    one, other = (draw_trace(beat() * factor, style, random()) for factor in (0.2, 3.0))
    assert np.abs(one.astype(int) - other).max() <= 2


def test_the_window_decides_how_wide_the_complex_is() -> None:
    def width(window_s: float) -> int:
        ink = np.flatnonzero(draw_trace(beat(), Style(100, 200, window_s=window_s), random())[60, :, 0] < 128)
        return int(ink[-1] - ink[0])

    assert width(0.4) > 1.6 * width(0.9)


def test_in_nearly_every_style_the_trace_is_found_from_end_to_end() -> None:
    found = 0
    for seed in range(200):
        style = random_style(np.random.default_rng(seed))._replace(limits_mv=None)
        picture = draw_trace(beat(), style, np.random.default_rng(seed))
        assert picture.shape == (style.rows, style.columns, 3)
        assert picture.dtype == np.uint8
        found += read_ink(picture).columns > 0.7
    assert found >= 194, "a faint thin line under noise has gaps"


def test_the_same_random_numbers_draw_the_same_picture() -> None:
    style = random_style(np.random.default_rng(4))._replace(noise=10.0, jpeg=60)
    assert np.array_equal(draw_trace(beat(), style, random()), draw_trace(beat(), style, random()))

"""The ink of a picture: whatever paper, size and colour, the same curve gives the same input."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from models.pictures import HEIGHT, MARGIN, WIDTH, network_input, read_ink

Colour = tuple[int, int, int]
BLACK, WHITE, PINK = (0, 0, 0), (255, 255, 255), (255, 190, 190)


def curve(
    size: tuple[int, int] = (300, 200), trace: Colour = BLACK, paper: Colour = WHITE, grid: Colour | None = None
) -> NDArray[np.uint8]:
    """A flat line with a narrow peak in its middle, at three quarters of the picture's width."""
    width, height = size
    image = Image.new("RGB", size, paper)
    draw = ImageDraw.Draw(image)
    if grid:
        for at in range(0, max(size), 12):
            draw.line([(at, 0), (at, height)], fill=grid)
            draw.line([(0, at), (width, at)], fill=grid)
    corners = [(0.12, 0.7), (0.45, 0.7), (0.5, 0.2), (0.55, 0.8), (0.6, 0.7), (0.88, 0.7)]
    draw.line([(x * width, y * height) for x, y in corners], fill=trace, width=max(2, width // 100))
    return np.asarray(image)


def trace(ink: NDArray[np.float32]) -> NDArray[np.float64]:
    """The middle of the ink of each column inside the margin, in rows."""
    inside = ink[:, MARGIN + 1 : -MARGIN - 1].astype(np.float64)
    return np.asarray((inside * np.arange(HEIGHT)[:, None]).sum(axis=0) / inside.sum(axis=0))


def likeness(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


@pytest.mark.parametrize(
    "picture",
    [
        curve(trace=(31, 119, 180)),
        curve(trace=(200, 20, 20)),
        curve(trace=(60, 230, 90), paper=BLACK),
        curve(grid=PINK),
        curve(paper=(230, 225, 210)),
        curve(grid=(230, 120, 120), paper=(255, 244, 242)),
    ],
    ids=["blue", "red", "green on black", "on a red grid", "grey paper", "red grid on pink"],
)
def test_colour_paper_and_grid_make_no_difference(picture: NDArray[np.uint8]) -> None:
    assert likeness(read_ink(picture).ink, read_ink(curve()).ink) > 0.95


@given(st.integers(120, 900), st.floats(0.55, 1.0))
def test_size_and_proportions_make_no_difference(width: int, proportion: float) -> None:
    ink = read_ink(curve((width, round(width * proportion)))).ink
    assert ink.shape == (HEIGHT, WIDTH)
    assert np.median(np.abs(trace(ink) - trace(read_ink(curve()).ink))) < 1.5, "rows"


def test_light_that_falls_across_a_photograph_makes_no_difference() -> None:
    shaded = curve() * np.linspace(1.0, 0.5, 300)[None, :, None]
    photograph = np.asarray(Image.fromarray(shaded.astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.8)))
    assert likeness(read_ink(photograph).ink, read_ink(curve()).ink) > 0.9


def test_the_ink_fills_the_input_but_for_its_margin() -> None:
    ink = read_ink(curve()).ink
    rows, columns = np.flatnonzero(ink.max(axis=1) > 0.3), np.flatnonzero(ink.max(axis=0) > 0.3)
    assert rows[0] <= MARGIN + 1
    assert rows[-1] >= HEIGHT - MARGIN - 2
    assert columns[0] <= MARGIN + 1
    assert columns[-1] >= WIDTH - MARGIN - 2


def test_a_curve_is_one_piece_with_ink_in_each_column() -> None:
    found = read_ink(curve())
    assert found.pieces == 1
    assert found.columns == 1.0
    assert found.coverage < 0.2


@pytest.mark.parametrize("grey", [0, 90, 255])
def test_a_blank_picture_has_no_ink(grey: int) -> None:
    found = read_ink(np.full((80, 120), grey, np.uint8))
    assert (found.pieces, found.columns, found.ink.max()) == (0, 0.0, 0.0)


def test_specks_do_not_move_the_box() -> None:
    dirty = curve().copy()
    dirty[5:7, 4:6] = 0
    assert likeness(read_ink(dirty).ink, read_ink(curve()).ink) > 0.95


@pytest.mark.parametrize("size", [(1, 1), (2, 300), (300, 1), (3, 3)])
def test_the_smallest_pictures_are_read(size: tuple[int, int]) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (*size, 3)).astype(np.uint8)
    assert read_ink(picture).ink.shape == (HEIGHT, WIDTH)


def test_the_input_of_the_network_is_ink_from_0_to_1() -> None:
    pictures = network_input([curve(), curve(grid=PINK)])
    assert pictures.shape == (2, HEIGHT, WIDTH, 1)
    assert pictures.dtype == np.float32
    assert (pictures.min(), pictures.max()) == (0.0, 1.0)


def test_areas_of_a_chart_make_its_paper_uneven_and_light_that_falls_across_does_not() -> None:
    shaded = (curve() * np.linspace(1.0, 0.6, 300)[None, :, None]).astype(np.uint8)
    bars = curve().copy()
    bars[60:160, 40:100] = 90
    bars[100:160, 140:190] = 90
    assert read_ink(curve()).uneven < 0.03
    assert read_ink(shaded).uneven < 0.08
    assert read_ink(bars).uneven > 0.15

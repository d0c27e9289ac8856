"""Styles of pictures: at random, as people draw, print, scan and photograph a trace; and the style of the examples."""

from typing import NamedTuple

import numpy as np

Colour = tuple[int, int, int]

PAPER: tuple[Colour, ...] = ((255, 255, 255), (255, 255, 255), (252, 250, 240), (255, 244, 242), (238, 238, 238))
TRACE: tuple[Colour, ...] = (
    (0, 0, 0), (0, 0, 0), (40, 40, 40), (127, 127, 127), (31, 119, 180), (10, 30, 140), (0, 90, 30), (180, 20, 20),
)  # fmt: skip
GRIDS: tuple[Colour, ...] = ((245, 170, 170), (255, 200, 195), (230, 120, 120), (210, 210, 210), (190, 210, 190))
SCREEN: Colour = (12, 14, 16)
SCREEN_TRACE: tuple[Colour, ...] = ((60, 230, 90), (240, 240, 240), (250, 220, 60))
EXAMPLES_WINDOW_S = 192 / 360
"""192 samples of mitdb."""


class Style(NamedTuple):
    """How a trace is drawn.

    Attributes
    ----------
    rows, columns : int
        Size of the picture.
    box : tuple of float
        Left, top, right and bottom of the axes as shares of the picture.
    window_s, shift_s : float
        Length of the trace, and how far its middle is behind the R peak.
    limits_mv : tuple of float or None
        Lowest and highest value of the axes; None fits them to the trace.
    line : float
        Width in points.
    trace, paper, grid : colour
    grid_points : float
        Distance of the grid's lines, 0 without a grid.
    frame : bool
    rotation_deg, blur, noise, shade : float
        Turn of the picture, blur in points, noise in grey levels, share of light lost across the picture.
    jpeg : int
        Quality, 0 without JPEG.
    """

    rows: int
    columns: int
    box: tuple[float, float, float, float] = (0.02, 0.05, 0.98, 0.95)
    window_s: float = 0.7
    shift_s: float = 0.0
    limits_mv: tuple[float, float] | None = None
    line: float = 1.5
    trace: Colour = (0, 0, 0)
    paper: Colour = (255, 255, 255)
    grid: Colour = (245, 170, 170)
    grid_points: float = 0.0
    frame: bool = False
    rotation_deg: float = 0.0
    blur: float = 0.0
    noise: float = 0.0
    shade: float = 0.0
    jpeg: int = 0


EXAMPLES = Style(
    rows=128,
    columns=192,
    box=(24 / 192, 15.4 / 128, 172.8 / 192, 113.9 / 128),
    window_s=EXAMPLES_WINDOW_S,
    limits_mv=((52.45 - 113.9) / 34.7, (52.45 - 15.4) / 34.7),
    line=1.0,
    trace=(127, 127, 127),
)
"""The drawing of the public pictures of mitdb's beats, measured from the pictures: 34.7 points a millivolt."""


def random_style(random: np.random.Generator) -> Style:
    """A style at random; its window holds one beat at common heart rates (0.45 s to 0.95 s)."""
    columns = int(random.integers(100, 220))
    rows = round(columns * random.uniform(0.5, 0.95))
    screen = random.random() < 0.06
    colours = SCREEN_TRACE if screen else TRACE
    return Style(
        rows=rows,
        columns=columns,
        box=_box(random),
        window_s=float(random.uniform(0.45, 0.95)),
        shift_s=float(np.clip(random.normal(0.02, 0.05), -0.12, 0.16)),
        limits_mv=None
        if random.random() < 0.75
        else (-float(random.uniform(1.2, 2.5)), float(random.uniform(1.0, 2.5))),
        line=float(random.uniform(0.7, 3.2)) * columns / 200,
        trace=colours[random.integers(len(colours))],
        paper=SCREEN if screen else PAPER[random.integers(len(PAPER))],
        grid=(40, 60, 45) if screen else GRIDS[random.integers(len(GRIDS))],
        grid_points=float(random.uniform(6, 20)) if random.random() < 0.35 else 0.0,
        frame=bool(random.random() < 0.1),
        rotation_deg=float(random.normal(0, 2.0)) if random.random() < 0.3 else 0.0,
        blur=float(random.uniform(0.4, 1.2)) if random.random() < 0.3 else 0.0,
        noise=float(random.uniform(2, 14)) if random.random() < 0.35 else 0.0,
        shade=float(random.uniform(0.1, 0.4)) if random.random() < 0.2 else 0.0,
        jpeg=int(random.integers(40, 95)) if random.random() < 0.2 else 0,
    )


def _box(random: np.random.Generator) -> tuple[float, float, float, float]:
    left, top, right, bottom = random.uniform(0.0, 0.14, 4)
    return float(left), float(top), float(1 - right), float(1 - bottom)

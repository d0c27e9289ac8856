"""The style of all plots: one set of colours, sizes and fonts for reports and papers."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

DPI = 200
COLOURS = {
    "N": "#3b3b3b",
    "S": "#0072b2",
    "V": "#c8420a",
    "F": "#a64d79",
    "Q": "#8a8a8a",
    "none": "#8a8a8a",
    "QRS": "#3b3b3b",
    "combined": "#3b3b3b",
    "autoencoder": "#0072b2",
    "classifier": "#c8420a",
    "good": "#00795a",
    "wrong": "#c00000",
}
"""The colours of Okabe and Ito, which colour-blind readers can distinguish; darkened to be readable on white."""
SETTINGS: Any = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}


@contextmanager
def saved_figure(path: Path, width_in: float, height_in: float, dpi: int = DPI) -> Iterator[Figure]:
    """An empty figure; the end of the block writes it to a PNG."""
    with mpl.rc_context(SETTINGS):
        figure = Figure(figsize=(width_in, height_in), layout="constrained")
        yield figure
        figure.savefig(path, dpi=dpi, metadata={"Software": None})

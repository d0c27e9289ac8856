"""The style of all plots: one set of colours, sizes and fonts for reports and papers."""

from collections.abc import Iterator, Sequence
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
CYCLE = ("#0072b2", "#c8420a", "#00795a", "#a64d79", "#8a6d00", "#3b3b3b", "#2a9bc9", "#6a3d9a", "#5e8c31", "#b00020")
"""The colours of names that have none of their own, in order."""
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


def colours_of(names: Sequence[str]) -> dict[str, str]:
    """A colour for each name: the colours of ``COLOURS`` if every name has one there, else those of ``CYCLE``."""
    if all(name in COLOURS for name in names):
        return {name: COLOURS[name] for name in names}
    return {name: CYCLE[at % len(CYCLE)] for at, name in enumerate(names)}


@contextmanager
def saved_figure(path: Path, width_in: float, height_in: float, dpi: int = DPI) -> Iterator[Figure]:
    """An empty figure; the end of the block writes it to a PNG."""
    with mpl.rc_context(SETTINGS):
        figure = Figure(figsize=(width_in, height_in), layout="constrained")
        yield figure
        figure.savefig(path, dpi=dpi, metadata={"Software": None})

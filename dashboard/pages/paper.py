"""ECG paper for Plotly: the colours, an empty figure with one row a lead, and the component that shows a figure."""

from collections.abc import Sequence
from html import escape
from typing import Final

import plotly.graph_objects as go
from dash import dcc
from plotly.subplots import make_subplots

BACKGROUND: Final = "#0b1016"
GRID: Final = "#22303c"
INK: Final = "#b8c7d4"
TRACE: Final = "#57e389"
PX_PER_S: Final = 75
"""Nearly the 25 mm/s of the live leads."""
LEAD_HEIGHT_PX: Final = 130
MARGIN_PX: Final = 64
LEFT_PX: Final = 40
RIGHT_PX: Final = 8


def empty_paper(
    leads: Sequence[str],
    begin_s: float,
    end_s: float,
    *,
    px_per_s: int = PX_PER_S,
    lead_height_px: int = LEAD_HEIGHT_PX,
    spacing: float = 0.03,
) -> go.Figure:
    """An empty figure: one row a lead, seconds, millivolts, grid lines every 0.2 s and 0.5 mV.

    Parameters
    ----------
    leads : sequence of str
        Their names, from the top.
    begin_s, end_s : float
    px_per_s, lead_height_px : int
        The size: a long strip is scrolled instead of compressed.
    spacing : float
        Between two rows, as a part of the figure's height.
    """
    drawing = make_subplots(rows=len(leads), cols=1, shared_xaxes=True, vertical_spacing=spacing)
    drawing.update_xaxes(
        range=[begin_s, end_s],
        dtick=1.0,
        tick0=0.0,
        ticksuffix=" s",
        gridcolor=GRID,
        minor={"dtick": 0.2, "tick0": 0.0, "gridcolor": GRID, "showgrid": True},
        zeroline=False,
        fixedrange=True,
    )
    drawing.update_yaxes(dtick=0.5, gridcolor=GRID, zeroline=False, fixedrange=True, showticklabels=False)
    for row, lead in enumerate(leads, start=1):
        drawing.update_yaxes(title_text=escape(lead, quote=False), row=row, col=1)  # Plotly reads titles as markup
    drawing.update_layout(
        width=round(px_per_s * (end_s - begin_s)) + LEFT_PX + RIGHT_PX,
        height=lead_height_px * len(leads) + MARGIN_PX,
        margin={"l": LEFT_PX, "r": RIGHT_PX, "t": 40, "b": 24},
        paper_bgcolor=BACKGROUND,
        plot_bgcolor=BACKGROUND,
        font={"color": INK, "family": "system-ui, sans-serif"},
        showlegend=False,
        hovermode=False,
    )
    return drawing


def graph(drawing: go.Figure) -> dcc.Graph:
    """A figure in its own size, without Plotly's buttons."""
    size = {"width": f"{drawing.layout.width}px", "height": f"{drawing.layout.height}px"}
    return dcc.Graph(figure=drawing, config={"displayModeBar": False}, style=size)

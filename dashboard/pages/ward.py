"""The ward's page: a place for the tiles, which the browser fills from what :mod:`dashboard.feed.live` sends."""

from dash import html
from dash.development.base_component import Component


def layout() -> Component:
    """All beds, sorted by name; a tile never changes its place while beds neither come nor go."""
    return html.Main(
        [
            html.H1("Ward", className="unseen"),
            html.Div(id="beds", role="list"),
            html.P("Waiting for the first bed. Start a replay, or connect a monitor.", id="no-beds", hidden=True),
        ],
        id="ward",
    )

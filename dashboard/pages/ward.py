"""The ward page: an empty grid. The browser fills it with tiles from the frames of :mod:`dashboard.feed.live`."""

from dash import html
from dash.development.base_component import Component


def layout() -> Component:
    """The grid of all beds. The browser sorts the tiles by name; a tile keeps its place while the beds are the same."""
    return html.Main(
        [
            html.H1("Ward", className="unseen"),
            html.Div(id="beds", role="list"),
            html.P("Waiting for the first bed. Start a replay, or connect a monitor.", id="no-beds", hidden=True),
        ],
        id="ward",
    )

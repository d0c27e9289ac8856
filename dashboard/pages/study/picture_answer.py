"""The answer about a picture: the category, the probabilities, and the saliency map over the picture."""

from typing import Final

import plotly.graph_objects as go
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.classify_client import PictureReply
from dashboard.pages.study.parts import bars, percent, refusal
from dashboard.pages.study.words import in_words

_HEAT: Final = [[0.0, "rgba(255, 80, 0, 0)"], [0.35, "rgba(255, 110, 0, 0.18)"], [1.0, "rgba(255, 30, 60, 0.72)"]]
"""Clear where the answer does not depend on the picture, so that the curve stays visible."""


def frame() -> list[Component]:
    """The place of the picture with its saliency map. The browser fills in the picture itself."""
    return [
        html.H2("Your picture"),
        html.Div(
            [
                html.Img(id="study-picture", alt="the picture that you sent"),
                html.Div(
                    dcc.Graph(
                        id="study-saliency",
                        figure=_empty(),
                        config={"staticPlot": True, "displayModeBar": False},
                        responsive=True,
                    ),
                    id="study-saliency-layer",
                ),
            ],
            className="picture",
        ),
        html.Div(
            dcc.Checklist(
                [
                    {
                        "label": "Saliency map: the redder a part is, the more the category depends on it",
                        "value": "on",
                    }
                ],
                ["on"],
                id="study-show-saliency",
            ),
            id="study-saliency-choice",
        ),
    ]


def panel(reply: PictureReply) -> Component:
    """The category with the probabilities of all categories, or the refusal."""
    rows = sorted(reply.probabilities.items(), key=lambda row: -row[1])
    parts: list[Component] = [_headline(reply)]
    if rows:
        parts.append(bars("Probabilities", [(in_words(name), probability) for name, probability in rows]))
    parts += [html.P(note, className="quiet") for note in reply.notes]
    return html.Section(parts, className="answer")


def saliency_figure(reply: PictureReply) -> go.Figure:
    """The saliency map, which lies over the picture; empty without one."""
    drawing = _empty()
    if reply.saliency:
        drawing.add_trace(
            go.Heatmap(
                z=reply.saliency, zmin=0, zmax=1, colorscale=_HEAT, showscale=False, zsmooth="best", hoverinfo="skip"
            )
        )
    return drawing


def _headline(reply: PictureReply) -> Component:
    if reply.refused is not None or reply.beat is None:
        return refusal(reply.file, reply.refused or "The service gives no category.")
    probability = reply.probabilities.get(reply.beat)
    sure = "" if probability is None else f"The network gives this category {percent(probability)}."
    words = [html.H2(in_words(reply.beat)), html.P(sure), html.P(reply.file, className="quiet")]
    return html.Div(words, className="headline category")


def _empty() -> go.Figure:
    """A figure without margins, axes and background: it has the size of the picture below it."""
    drawing = go.Figure(layout={"template": None})
    hidden = {"visible": False, "fixedrange": True}
    drawing.update_layout(
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        paper_bgcolor="rgba(0, 0, 0, 0)",
        plot_bgcolor="rgba(0, 0, 0, 0)",
        xaxis=hidden,
        yaxis=hidden | {"autorange": "reversed"},
        hovermode=False,
    )
    return drawing

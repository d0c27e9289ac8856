"""What both kinds of answers show: bars of probabilities, and a refusal."""

from collections.abc import Iterable

from dash import html
from dash.development.base_component import Component


def bars(title: str, rows: Iterable[tuple[str, float]]) -> Component:
    """Probabilities as bars, each with its name and its number.

    Parameters
    ----------
    title : str
        The caption of the table.
    rows : iterable of (str, float)
        Name and probability, in the order in which they are shown.
    """
    return html.Table(
        [html.Caption(title), html.Tbody([_bar(name, probability) for name, probability in rows])], className="bars"
    )


def percent(probability: float) -> str:
    """A probability for people. Neither 0 nor 100 is shown if it is not exact. The space does not break."""
    if 0 < probability < 0.001:
        return "< 0.1\u00a0%"
    if 0.999 < probability < 1:
        return "> 99.9\u00a0%"
    return f"{100 * probability:.1f}\u00a0%"


def refusal(what: str, reason: str) -> Component:
    """No answer, and why."""
    return html.Div(
        [html.H2("No answer"), html.P(capital(reason)), html.P(what, className="quiet")], className="refusal"
    )


def capital(words: str) -> str:
    """The words with a capital at the beginning."""
    return words[:1].upper() + words[1:]


def _bar(name: str, probability: float) -> Component:
    width = f"{100 * min(1.0, max(0.0, probability)):.2f}%"
    return html.Tr(
        [
            html.Th(name, scope="row"),
            html.Td(html.Div(style={"width": width}), className="bar"),
            html.Td(percent(probability), className="number"),
        ]
    )

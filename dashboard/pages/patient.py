"""The patient page: empty sections, which the browser fills with live data, and the evidence of the chosen alert."""

from typing import Any

from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component
from redis.exceptions import RedisError

from dashboard.pages import evidence
from dashboard.views import VERDICT_WORDS
from wardbeat.store.alert_store import AlertStore

CHOSEN_ALERT = "chosen-alert"
"""The browser writes ``{"alert_id", "version"}`` into this store; the callback answers with the evidence."""


def layout() -> Component:
    """Vital signs, settings of the bed, leads, verdicts, alerts with their history, and the evidence."""
    return html.Main(
        [
            html.Div(id="vitals"),
            html.Section(id="bedside"),
            html.Div(id="leads"),
            html.Section([_verdict_head(), html.Div(id="verdicts")], id="windows"),
            html.Section(
                [
                    html.H2("Alerts"),
                    html.Div(id="alerts"),
                    html.Section(id="alert-history"),
                    html.Details(
                        [html.Summary("Earlier alerts"), html.Div(id="earlier-alerts")], id="earlier", open=True
                    ),
                    html.Details([html.Summary("Who did what at this bed")], id="bed-log"),
                ],
                id="alert-lists",
            ),
            html.Section(id="evidence", role="status"),
            dcc.Store(id=CHOSEN_ALERT),
        ],
        id="patient",
    )


def _verdict_head() -> Component:
    """The heading of the verdicts, with the shape, the colour and the words of each."""
    shapes: dict[str, dict[str, Any]] = {verdict: {"data-verdict": verdict} for verdict in VERDICT_WORDS}
    key = [html.Li([html.I(className="verdict", **shapes[one]), words]) for one, words in VERDICT_WORDS.items()]
    return html.Div([html.H2("Verdict on each 5 seconds"), html.Ul(key, className="key")], className="head")


def register(app: Dash, store: AlertStore) -> None:
    """Add the callback of the page to a Dash app."""

    @app.callback(Output("evidence", "children"), Input(CHOSEN_ALERT, "data"))
    async def show_evidence(chosen: dict[str, object] | None) -> Component:
        alert_id = chosen.get("alert_id") if isinstance(chosen, dict) else None
        if not isinstance(alert_id, str):
            return html.P("Choose an alert to see why it was raised.", className="quiet")
        try:
            record = await store.get(alert_id)
        except (RedisError, OSError):
            return html.P(
                "The evidence can't be read now: Wardbeat's data store (Redis) does not answer.", className="problem"
            )
        if record is None:
            return html.P("This alert is deleted.", className="quiet")
        return evidence.panel(record)

"""Why an alert was raised, for staff: the rule in words, the value against its threshold, the ECG with its beats."""

from collections import Counter

import numpy as np
import plotly.graph_objects as go
from dash import dcc, html
from dash.development.base_component import Component
from plotly.subplots import make_subplots

from dashboard.views import alert_view, signal_of
from wardbeat.alerts import AlertRecord
from wardbeat.messages import INVALID_SAMPLE, SYMBOLS, Evidence, Symbol

BEAT_WORDS: dict[Symbol, str] = {
    "N": "normal",
    "S": "supraventricular",
    "V": "ventricular",
    "F": "fusion",
    "Q": "unclassified",
}
BEAT_COLOURS: dict[Symbol, str] = {"N": "#8fa3b5", "S": "#4fd1ff", "V": "#ff6b6b", "F": "#ffb454", "Q": "#8fa3b5"}
_BACKGROUND = "#0b1016"
_GRID = "#22303c"
_INK = "#b8c7d4"
_TRACE = "#57e389"
_REBUILT = "#ffb454"
_RESIDUAL = "rgba(255, 107, 107, 0.35)"
_LEAD_HEIGHT_PX = 130
_MARGIN_PX = 48


def panel(record: AlertRecord) -> Component:
    """Everything that is known of why an alert was raised."""
    evidence = record.alert.evidence
    facts = [
        ("Rule", evidence.rule),
        ("Measured", f"{_figure(evidence.value)} {evidence.unit}".strip()),
        ("Threshold", f"{_figure(evidence.threshold)} {evidence.unit}".strip()),
    ]
    if evidence.p_abnormal is not None:
        facts.append(("Detector", f"{evidence.p_abnormal:.0%} abnormal"))
    if evidence.reconstruction_error is not None:
        facts.append(("Unlike this patient's usual ECG", _figure(evidence.reconstruction_error)))
    if evidence.beats:
        facts.append(("Beats", beats_in_words(evidence)))
    return html.Div(
        [
            html.H2(f"Why: {alert_view(record).words}"),
            html.Dl([html.Div([html.Dt(name), html.Dd(value)]) for name, value in facts]),
            _strip(evidence),
        ]
    )


def beats_in_words(evidence: Evidence) -> str:
    """``12 normal, 3 ventricular``."""
    counts = Counter(symbol for _, symbol in evidence.beats)
    return ", ".join(f"{counts[symbol]} {BEAT_WORDS[symbol]}" for symbol in SYMBOLS if counts[symbol])


def figure(evidence: Evidence) -> go.Figure:
    """The strip as on paper: seconds from its start, millivolts, a grid line each 0.2 s and 0.5 mV."""
    strip = signal_of(evidence, evidence.strip)
    leads = evidence.strip_sig_name
    seconds = np.arange(strip.shape[1]) / evidence.strip_fs_hz
    drawing = make_subplots(rows=len(leads), cols=1, shared_xaxes=True, vertical_spacing=0.03)
    for row, (lead, samples) in enumerate(zip(leads, strip, strict=True), start=1):
        millivolts = np.where(samples == INVALID_SAMPLE, np.nan, samples / 1000)
        drawing.add_trace(
            go.Scatter(x=seconds, y=millivolts, name=lead, mode="lines", line={"color": _TRACE, "width": 1.2}),
            row=row,
            col=1,
        )
        drawing.update_yaxes(title_text=lead, row=row, col=1)
    _draw_window(drawing, evidence)
    for t_s, symbol in evidence.beats:
        if not 0 <= t_s - evidence.strip_start_s <= strip.shape[1] / evidence.strip_fs_hz:
            continue
        drawing.add_annotation(
            x=t_s - evidence.strip_start_s,
            y=1.0,
            yref="paper",
            yanchor="bottom",
            text=symbol,
            showarrow=False,
            font={"color": BEAT_COLOURS[symbol], "size": 14},
        )
    drawing.update_xaxes(
        range=[0, max(strip.shape[1] - 1, 1) / evidence.strip_fs_hz],
        dtick=1.0,
        ticksuffix=" s",
        gridcolor=_GRID,
        minor={"dtick": 0.2, "gridcolor": _GRID, "showgrid": True},
        zeroline=False,
        fixedrange=True,
    )
    drawing.update_yaxes(dtick=0.5, gridcolor=_GRID, zeroline=False, fixedrange=True, showticklabels=False)
    drawing.update_layout(
        height=_LEAD_HEIGHT_PX * len(leads) + _MARGIN_PX,
        margin={"l": 40, "r": 8, "t": 24, "b": 24},
        paper_bgcolor=_BACKGROUND,
        plot_bgcolor=_BACKGROUND,
        font={"color": _INK, "family": "system-ui, sans-serif"},
        showlegend=False,
        hovermode=False,
    )
    return drawing


def _draw_window(drawing: go.Figure, evidence: Evidence) -> None:
    """The autoencoder's picture of the window over the ECG, and the difference of the two about 0 mV."""
    if not evidence.reconstruction:
        return
    pictures = signal_of(evidence, evidence.reconstruction)
    residuals = signal_of(evidence, evidence.residual)
    for row, (rebuilt, residual) in enumerate(zip(pictures, residuals, strict=True), start=1):
        seconds = evidence.window_start_s - evidence.strip_start_s + np.arange(rebuilt.size) / evidence.strip_fs_hz
        traces = (
            go.Scatter(
                x=seconds, y=residual / 1000, name="difference", mode="lines", fill="tozeroy", fillcolor=_RESIDUAL,
                line={"width": 0},
            ),
            go.Scatter(
                x=seconds, y=rebuilt / 1000, name="rebuilt", mode="lines",
                line={"color": _REBUILT, "width": 1.2, "dash": "dot"},
            ),
        )  # fmt: skip
        for trace in traces:
            drawing.add_trace(trace, row=row, col=1)


def _strip(evidence: Evidence) -> Component:
    if not signal_of(evidence, evidence.strip).size or evidence.strip_fs_hz <= 0:
        return html.P("No ECG was kept with this alert.", className="quiet")
    graph = dcc.Graph(figure=figure(evidence), config={"displayModeBar": False, "responsive": True})
    if not evidence.reconstruction:
        return graph
    words = "Dotted: the window as the autoencoder rebuilds it from this patient's usual beats. Red: the difference."
    return html.Div([graph, html.P(words, className="quiet")])


def _figure(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"

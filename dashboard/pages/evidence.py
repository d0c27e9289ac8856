"""The evidence of an alert for staff: the rule, the value and its threshold, and the ECG with its beats."""

from collections import defaultdict
from typing import Any

import numpy as np
import plotly.graph_objects as go
from dash import html
from dash.development.base_component import Component
from numpy.typing import NDArray

from dashboard.pages.paper import INK, LEFT_PX, PX_PER_S, TRACE, empty_paper, graph
from dashboard.views import alert_view, signal_of
from wardbeat.care.alert_lifecycle import AlertRecord
from wardbeat.contracts.evidence_signals import signals_expired
from wardbeat.contracts.messages import INVALID_SAMPLE, SYMBOLS, Alert, Evidence, Symbol
from wardbeat.store import redis_keys

BEAT_WORDS: dict[Symbol, str] = {
    "N": "normal",
    "S": "supraventricular",
    "V": "ventricular",
    "F": "fusion",
    "Q": "unclassified",
}
BEAT_COLOURS: dict[Symbol, str] = {"N": "#8fa3b5", "S": "#4fd1ff", "V": "#ff6b6b", "F": "#ffb454", "Q": "#8fa3b5"}
_REBUILT = "#ffb454"
_RESIDUAL = "rgba(255, 107, 107, 0.35)"
_EPISODE = "rgba(255, 255, 255, 0.07)"


def panel(record: AlertRecord) -> Component:
    """The panel with the whole evidence of an alert."""
    evidence = record.alert.evidence
    facts = [
        ("Rule", evidence.rule),
        ("Measured", f"{_figure(evidence.value)} {evidence.unit}".strip()),
        ("Threshold", f"{_figure(evidence.threshold)} {evidence.unit}".strip()),
    ]
    if evidence.p_abnormal is not None:
        facts.append(("Detector, the 5 s around the alert", f"{evidence.p_abnormal:.0%} abnormal"))
    if evidence.reconstruction_error is not None:
        facts.append(("Difference from this patient's baseline", difference_in_words(evidence.reconstruction_error)))
    if evidence.beats:
        facts.append(("Beats", beats_in_words(evidence)))
    return html.Div(
        [
            html.H2(f"Why: {alert_view(record).words}"),
            html.Dl([html.Div([html.Dt(name), html.Dd(value)]) for name, value in facts]),
            *_signals(record.alert),
        ]
    )


def difference_in_words(error: float) -> str:
    """The detector's ``reconstruction_error`` in words. One normal window in 1000 is above 1 (ADR 012)."""
    if error >= 1.0:
        return f"{_figure(error)}: above 1, as 1 of 1000 normal windows is"
    return f"{_figure(error)}: below 1, as 999 of 1000 normal windows are"


def beats_in_words(evidence: Evidence) -> str:
    """``12 normal, 3 ventricular (88% sure)``: counts, and the mean probability of each class but the normal one."""
    probabilities: dict[Symbol, list[float]] = defaultdict(list)
    known = len(evidence.beat_probabilities) == len(evidence.beats)
    for index, (_, symbol) in enumerate(evidence.beats):
        probabilities[symbol].append(
            evidence.beat_probabilities[index][SYMBOLS.index(symbol)] if known else float("nan")
        )
    parts = []
    for symbol in SYMBOLS:
        if not probabilities[symbol]:
            continue
        mean = "" if symbol == "N" or not known else f" ({float(np.mean(probabilities[symbol])):.0%} sure)"
        parts.append(f"{len(probabilities[symbol])} {BEAT_WORDS[symbol]}{mean}")
    return ", ".join(parts)


def strip_figure(alert: Alert) -> go.Figure:
    """The strip on ECG paper with its beats, the time of the decision and the time in which the condition held."""
    evidence = alert.evidence
    strip = signal_of(evidence, evidence.strip)
    begin_s = evidence.strip_start_s - alert.raised_s
    end_s = begin_s + strip.shape[1] / evidence.strip_fs_hz
    drawing = empty_paper(evidence.strip_sig_name, begin_s, end_s)
    _draw_leads(drawing, strip, begin_s, evidence.strip_fs_hz)
    _draw_beats(drawing, alert, begin_s, end_s)
    over_s = end_s if alert.ended_s is None else min(end_s, alert.ended_s - alert.raised_s)
    onset_s = max(begin_s, alert.onset_s - alert.raised_s)
    if over_s > onset_s:
        drawing.add_vrect(x0=onset_s, x1=over_s, fillcolor=_EPISODE, line_width=0, layer="below")
    drawing.add_vline(x=0, line={"color": INK, "width": 1, "dash": "dash"})
    drawing.add_annotation(
        x=0, y=1.0, yref="paper", yanchor="bottom", yshift=16, text="alert", showarrow=False, font={"color": INK}
    )
    return drawing


def window_figure(alert: Alert) -> go.Figure:
    """The detector's window of 5 s: the ECG, the autoencoder's reconstruction, and the difference around 0 mV."""
    evidence = alert.evidence
    rebuilt, residual = signal_of(evidence, evidence.reconstruction), signal_of(evidence, evidence.residual)
    fs_hz = evidence.strip_fs_hz
    begin_s = evidence.window_start_s - alert.raised_s
    end_s = begin_s + rebuilt.shape[1] / fs_hz
    drawing = empty_paper(evidence.strip_sig_name, begin_s, end_s)
    _draw_leads(drawing, rebuilt.astype(np.int32) + residual, begin_s, fs_hz)
    seconds = begin_s + np.arange(rebuilt.shape[1]) / fs_hz
    for row, (rebuilt_uv, residual_uv) in enumerate(zip(rebuilt, residual, strict=True), start=1):
        traces = (
            go.Scatter(
                x=seconds, y=residual_uv / 1000, name="difference", mode="lines", fill="tozeroy", fillcolor=_RESIDUAL,
                line={"width": 0},
            ),
            go.Scatter(
                x=seconds, y=rebuilt_uv / 1000, name="rebuilt", mode="lines",
                line={"color": _REBUILT, "width": 1.2, "dash": "dot"},
            ),
        )  # fmt: skip
        for trace in traces:
            drawing.add_trace(trace, row=row, col=1)
    _draw_beats(drawing, alert, begin_s, end_s)
    return drawing


def _draw_leads(drawing: go.Figure, leads_uv: NDArray[Any], begin_s: float, fs_hz: int) -> None:
    seconds = begin_s + np.arange(leads_uv.shape[1]) / fs_hz
    for row, samples in enumerate(leads_uv, start=1):
        millivolts = np.where(samples == INVALID_SAMPLE, np.nan, samples / 1000)
        line = {"color": TRACE, "width": 1.2}
        drawing.add_trace(go.Scatter(x=seconds, y=millivolts, name="ECG", mode="lines", line=line), row=row, col=1)


def _draw_beats(drawing: go.Figure, alert: Alert, begin_s: float, end_s: float) -> None:
    for t_s, symbol in alert.evidence.beats:
        at_s = t_s - alert.raised_s
        if begin_s <= at_s <= end_s:
            font = {"color": BEAT_COLOURS[symbol], "size": 14}
            drawing.add_annotation(
                x=at_s, y=1.0, yref="paper", yanchor="bottom", text=symbol, showarrow=False, font=font
            )


def _signals(alert: Alert) -> list[Component]:
    evidence = alert.evidence
    if not signal_of(evidence, evidence.strip).size or evidence.strip_fs_hz <= 0:
        days = redis_keys.SIGNALS_TTL_S // 86_400
        words = f"Its ECG was kept for {days} days." if signals_expired(evidence) else "No ECG came with this alert."
        return [html.P(words, className="quiet")]
    drawing = strip_figure(alert)
    decision_px = LEFT_PX + round(PX_PER_S * (alert.raised_s - evidence.strip_start_s))
    place: dict[str, Any] = {
        "data-strip-of": alert.alert_id, "data-decision-px": decision_px, "data-width-px": drawing.layout.width,
    }  # fmt: skip
    strip = html.Div(graph(drawing), className="strip", **place)
    parts: list[Component] = [strip, html.P("Lighter: while the condition held.", className="quiet")]
    if evidence.reconstruction:
        words = "Dotted: the reconstruction by the network. Red: the difference from the ECG."
        rebuilt = html.Div(graph(window_figure(alert)), className="strip")
        shown = [html.Summary("Reconstruction by the network"), rebuilt, html.P(words)]
        parts.append(html.Details(shown, open=alert.code == "anomaly"))  # an anomaly has no rule to show
    return parts


def _figure(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"

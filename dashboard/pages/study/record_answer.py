"""The answer about a record: what the 12-lead networks and the ward's monitor find, with strips."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go
from dash import html
from dash.development.base_component import Component
from numpy.typing import NDArray

from dashboard.classify_client import AlertReply, MonitorReply, RecordReply, StripReply
from dashboard.pages.paper import TRACE, empty_paper, graph
from dashboard.pages.study.parts import bars, capital
from dashboard.pages.study.words import in_words, rhythm_in_words

_LEAD_HEIGHT_PX: Final = 96
_PX_PER_S: Final = 100
"""Ten seconds fill a wide screen."""
_SMALLEST_SPAN_MV: Final = 1.0
"""A flat lead must not show its noise as an ECG."""
_MARKS: Final = {"high": "!!!", "medium": "!!", "low": "!"}
"""As on the ward's pages."""
_MOST_LINES: Final = 200
"""Of rhythms and of alerts; a long record has hundreds."""


def panel(reply: RecordReply) -> Component:
    """Facts of the record, the networks' and the monitor's findings, and its strips."""
    leads = "lead" if len(reply.leads) == 1 else "leads"
    facts = f"{len(reply.leads)} {leads} ({', '.join(reply.leads)}), {reply.fs_hz:g} Hz, {_duration(reply.duration_s)}"
    if reply.left_out:
        facts += f"; {len(reply.left_out)} left out: {', '.join(reply.left_out)}"
    parts: list[Component] = [
        html.Div([html.H2(reply.record), html.P(facts, className="quiet")], className="headline"),
        html.Div([_networks(reply), _monitor(reply.monitor)], className="findings"),
    ]
    if reply.strips:
        parts.append(
            html.Section(
                [
                    html.H3(_shown(reply)),
                    html.P("Grid: 0.2 s and 0.5 mV. All leads in the same scale.", className="quiet"),
                    html.Div(graph(strips_figure(reply.strips)), className="strip", tabIndex=0),
                ]
            )
        )
    return html.Section(parts, className="answer record")


def _shown(reply: RecordReply) -> str:
    """What the strips show of the record."""
    shown_s = max(len(strip.mv) / strip.fs_hz for strip in reply.strips)
    return "The record" if shown_s > reply.duration_s - 0.5 else f"The first {shown_s:.0f} s"


def strips_figure(strips: Sequence[StripReply]) -> go.Figure:
    """All leads on ECG paper, one below the other, on one time axis and in one scale."""
    leads = [np.array(strip.mv, dtype=np.float64) for strip in strips]  # None becomes NaN, a gap in the line
    end_s = max(lead.size / strip.fs_hz for lead, strip in zip(leads, strips, strict=True))
    drawing = empty_paper(
        [strip.lead for strip in strips], 0.0, end_s, px_per_s=_PX_PER_S, lead_height_px=_LEAD_HEIGHT_PX, spacing=0.006
    )
    drawing.update_layout(margin_t=10)
    bounds = [_bounds_mv(lead) for lead in leads]
    half_mv = max(_SMALLEST_SPAN_MV, *(high - low for low, high in bounds)) * 0.55
    for row, (lead, strip, (low, high)) in enumerate(zip(leads, strips, bounds, strict=True), start=1):
        seconds = np.arange(lead.size) / strip.fs_hz
        line = {"color": TRACE, "width": 1.2}
        drawing.add_trace(go.Scatter(x=seconds, y=lead, name="ECG", mode="lines", line=line), row=row, col=1)
        middle = (low + high) / 2
        drawing.update_yaxes(range=[middle - half_mv, middle + half_mv], row=row, col=1)
    return drawing


def _bounds_mv(lead: NDArray[np.float64]) -> tuple[float, float]:
    """The lowest and the highest value of a lead, without the last thousandth at each side; 0 without valid samples."""
    valid = lead[np.isfinite(lead)]
    if not valid.size:
        return 0.0, 0.0
    low, high = np.quantile(valid, (0.001, 0.999))
    return float(low), float(high)


def _networks(reply: RecordReply) -> Component:
    parts: list[Component] = [html.H3("12-lead networks")]
    if reply.reason:
        parts.append(html.P(capital(reply.reason)))
    if reply.abnormal is not None:
        parts.append(bars("Normal or abnormal", [("abnormal", reply.abnormal), ("normal", 1 - reply.abnormal)]))
    if reply.superclasses:
        parts.append(bars("Superclasses; a record may have several", _rows(reply.superclasses, in_words)))
        found = ", ".join(map(in_words, reply.found or ())) or "none"
        parts.append(html.P(f"Above their thresholds: {found}."))
    if reply.rhythm:
        parts.append(bars("Rhythm", _rows(reply.rhythm, rhythm_in_words)))
    return html.Section(parts)


def _rows(probabilities: dict[str, float], words: Callable[[str], str]) -> list[tuple[str, float]]:
    """The most probable first."""
    rows = sorted(probabilities.items(), key=lambda row: -row[1])
    return [(words(name), probability) for name, probability in rows]


def _monitor(found: MonitorReply) -> Component:
    rate = "not measured" if found.mean_hr_bpm is None else f"{found.mean_hr_bpm:.0f} /min"
    beats = ", ".join(f"{count} {in_words(name)}" for name, count in found.beats.items() if count)
    facts = [("Mean heart rate", rate), ("Beats", beats or "none")]
    rhythms = [html.Li([html.Time(time_of(one.start_s)), rhythm_in_words(one.rhythm)]) for one in found.rhythms]
    alerts = [_alert(alert) for alert in found.alerts]
    return html.Section(
        [
            html.H3("The ward's monitor"),
            html.Dl([html.Div([html.Dt(name), html.Dd(value)]) for name, value in facts]),
            html.H4(_counted("Rhythms, from when on", rhythms)),
            _lines(rhythms, "None: the monitor needs some seconds of ECG to name one."),
            html.H4(_counted("Alerts that it would raise", alerts)),
            _lines(alerts, "None."),
        ]
    )


def _alert(alert: AlertReply) -> Component:
    until = "to the end" if alert.ended_s is None else f"to {time_of(alert.ended_s)}"
    mark = html.B(_MARKS.get(alert.priority, ""), className="mark")
    priority: dict[str, Any] = {"data-priority": alert.priority}
    return html.Li([html.Time(time_of(alert.onset_s)), mark, f" {alert.words}, {until}"], **priority)


def _counted(title: str, lines: Sequence[Component]) -> str:
    """The title with the number of lines, of which only the first are in sight."""
    return f"{title}: {len(lines)}" if lines else title


def _lines(lines: Sequence[Component], none: str) -> Component:
    if not lines:
        return html.P(none, className="quiet")
    shown = list(lines[:_MOST_LINES])
    if len(lines) > _MOST_LINES:
        shown.append(html.Li(f"and {len(lines) - _MOST_LINES} more", className="quiet"))
    return html.Ul(shown, className="timed", tabIndex=0)


def time_of(second: float) -> str:
    """``0:07``, ``12:30``: minutes and seconds of the record."""
    return f"{int(second) // 60}:{int(second) % 60:02d}"


def _duration(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 120 else f"{seconds / 60:.1f} min"

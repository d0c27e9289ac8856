"""The geometry of the overview: heart rate, ectopic beats and rhythms over the whole record, in mm."""

from collections.abc import Sequence
from math import ceil, floor
from typing import NamedTuple

import msgspec

from processors.offline.annotate import Annotations
from processors.offline.holter.ecg_strip import Label
from processors.offline.holter.ectopy import ECTOPIC
from processors.offline.holter.heart_rate import TrendPoint, trend
from processors.offline.holter.spans import NOT_ANALYSED, Span, rhythm_spans, state_spans
from processors.offline.holter.words import clock
from wardbeat.contracts.messages import Symbol

WIDTH_MM, LEFT_MM = 185.0, 14.0
PLOT_MM = WIDTH_MM - LEFT_MM - 1.0
RATE_MM, BARS_MM = 38.0, 11.0
POINTS = 340
"""The heart rate has at most this many points: one for each half mm."""
TREND_STEPS_S = (2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0)
TICKS_S = (10.0, 30.0, 60.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0, 14400.0, 28800.0, 86400.0)
MOST_TICKS = 12
MINUTE_S, LONG_BAR_S, LONG_RECORD_S = 60.0, 600.0, 6 * 3600.0
"""Ectopic beats are counted by minute, in records of more than six hours by ten minutes."""


class Box(msgspec.Struct, frozen=True):
    """A rectangle, its name and its value."""

    x_mm: float
    width_mm: float
    y_mm: float
    height_mm: float
    name: str
    value: float = 0.0


class Bars(msgspec.Struct, frozen=True):
    """Ectopic beats of a class over time: one bar for each part of the record, the largest count, the seconds a bar."""

    symbol: Symbol
    largest: int
    bar_s: float
    boxes: list[Box]


class DrawnTrend(msgspec.Struct, frozen=True):
    """The overview.

    Attributes
    ----------
    step_s : float
        Seconds of one point of the heart rate.
    bands : list of str
        Polygons from the least to the largest heart rate; a gap where none was displayed.
    means : list of str
        Polylines of the mean heart rate.
    rates, times : list of Label
        Ticks of the axes; of the rates ``x_mm`` is the height.
    bars : list of Bars
    rhythms, not_analysed : list of Box
    """

    step_s: float
    bands: list[str]
    means: list[str]
    rates: list[Label]
    times: list[Label]
    bars: list[Bars]
    rhythms: list[Box]
    not_analysed: list[Box]


class _Axis(NamedTuple):
    """The axis of time."""

    duration_s: float

    def x(self, t_s: float) -> float:
        return round(LEFT_MM + PLOT_MM * t_s / max(self.duration_s, 1e-9), 2)

    def box(self, span: Span) -> Box:
        x = self.x(span.start_s)
        return Box(x, max(0.15, round(self.x(span.end_s) - x, 2)), 0.0, 0.0, span.name, span.duration_s)


def drawn_trend(found: Annotations, duration_s: float) -> DrawnTrend:
    """Draw the overview of a record."""
    axis = _Axis(duration_s)
    step_s = next((step for step in TREND_STEPS_S if duration_s / step <= POINTS), duration_s / POINTS)
    points = trend(found.status, duration_s, step_s)
    low, high = _limits(points)
    bands, means = [], []
    for run in _runs(points):
        middles = [axis.x((point.start_s + point.end_s) / 2) for point in run]
        lows, averages, highs = (
            [round(RATE_MM * (high - bpm) / (high - low), 2) for bpm in part]
            for part in zip(*(point.range_bpm for point in run if point.range_bpm), strict=True)
        )
        means.append(_points(middles, averages))
        bands.append(_points(middles + middles[::-1], highs + lows[::-1]))
    tick_s = next((tick for tick in TICKS_S if duration_s / tick <= MOST_TICKS), TICKS_S[-1])
    return DrawnTrend(
        step_s=step_s,
        bands=bands,
        means=means,
        rates=[Label(round(RATE_MM * (high - bpm) / (high - low), 2), str(bpm)) for bpm in _ticks(low, high)],
        times=[Label(axis.x(at * tick_s), clock(at * tick_s)) for at in range(int(duration_s // tick_s) + 1)],
        bars=[_bars(found, symbol, axis) for symbol in ECTOPIC],
        rhythms=[axis.box(span) for span in rhythm_spans(found.rhythms, duration_s) if span.name != "(N"],
        not_analysed=[axis.box(span) for span in state_spans(found.status) if span.name == NOT_ANALYSED],
    )


def _limits(points: Sequence[TrendPoint]) -> tuple[int, int]:
    """The limits of the axis: at least 40 to 120, and tens that include all rates."""
    rates = [bpm for point in points if point.range_bpm for bpm in point.range_bpm]
    return 10 * floor(min([40.0, *rates]) / 10), 10 * ceil(max([120.0, *rates]) / 10)


def _ticks(low: int, high: int) -> range:
    step = 20 if high - low <= 140 else 50
    return range(step * ceil(low / step), high + 1, step)


def _runs(points: Sequence[TrendPoint]) -> list[list[TrendPoint]]:
    """The points with a rate, in runs without a gap."""
    runs: list[list[TrendPoint]] = [[]]
    for point in points:
        if point.range_bpm:
            runs[-1].append(point)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _points(x: Sequence[float], y: Sequence[float]) -> str:
    return " ".join(f"{across:g},{down:g}" for across, down in zip(x, y, strict=True))


def _bars(found: Annotations, symbol: Symbol, axis: _Axis) -> Bars:
    bar_s = LONG_BAR_S if axis.duration_s > LONG_RECORD_S else MINUTE_S
    counts = [0] * max(1, ceil(axis.duration_s / bar_s))
    for beat in found.beats:
        if beat.symbol == symbol:
            counts[min(int(beat.t_s // bar_s), len(counts) - 1)] += 1
    largest = max(counts)
    boxes = []
    for index, count in enumerate(counts):
        if count:
            start_s, end_s = index * bar_s, min((index + 1) * bar_s, axis.duration_s)
            height = round((BARS_MM - 1.5) * count / largest, 2)
            x = axis.x(start_s)
            boxes.append(Box(x, round(0.9 * (axis.x(end_s) - x), 2), round(BARS_MM - height, 2), height, symbol, count))
    return Bars(symbol, largest, bar_s, boxes)

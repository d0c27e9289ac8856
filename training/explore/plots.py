"""The plots of an exploration, one PNG each, in the style of all reports."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from training.evaluation.style import COLOURS, saved_figure
from training.explore.data_set import ClassRow, DataSet, Distribution
from training.explore.examples import BEATS, ExampleSignal

WIDTH_IN = 8.6
BAR_IN = 0.24
DPI = 110
UNITS = {"beat": "beats", "rhythm": "hours", "record": "records"}
MOST_LEADS = 14
LEAST_AXIS_PERCENT = 10.0
LEAST_RANGE_MV = 0.6
"""A strip shows at least this much, so that noise does not look like an ECG."""


def draw_classes(path: Path, rows: Sequence[ClassRow]) -> None:
    """Bars of the classes of one kind, on a logarithmic axis, with the number of patients beside each."""
    kind = rows[0].kind
    values = np.array([row.count for row in rows]) / (3600.0 if kind == "rhythm" else 1.0)
    with saved_figure(path, WIDTH_IN, 0.9 + BAR_IN * len(rows), DPI) as figure:
        axis = figure.subplots()
        at = np.arange(len(rows))
        colours = [COLOURS.get(row.aami or "", COLOURS["autoencoder"]) for row in rows]
        axis.barh(at, values, color=colours, height=0.7)
        axis.set_yticks(at, [row.name for row in rows])
        axis.invert_yaxis()
        axis.set_xscale("log")
        axis.set_xlim(min(values.min() / 2, 1.0), values.max() * 12)
        for y, (value, row) in enumerate(zip(values, rows, strict=True)):
            words = f"{row.patients} patient" + ("s" if row.patients != 1 else "")
            axis.annotate(words, (value, y), (3, 0), textcoords="offset points", va="center", fontsize=7)
        axis.set_xlabel(f"{UNITS[kind]}, logarithmic")
        axis.set_title({"beat": "Beats", "rhythm": "Annotated rhythms", "record": "Labels of records"}[kind])
        axis.grid(axis="y", visible=False)


def draw_spreads(path: Path, found: DataSet) -> None:
    """Histograms of RR intervals, of the median rates of records, and of the lengths of records."""
    panels: list[tuple[Distribution | None, str, str, str]] = [
        (found.rr, "RR intervals", "s", f"intervals ({found.rr_source})"),
        (found.rates, "Median rate of each record", "per minute", "records"),
        (found.lengths_s, "Length of each record", "s", "records"),
    ]
    with saved_figure(path, WIDTH_IN, 2.5, DPI) as figure:
        for axis, (one, title, x_name, y_name) in zip(figure.subplots(1, len(panels)), panels, strict=True):
            _draw_spread(axis, one)
            axis.set_title(title)
            axis.set_xlabel(x_name)
            axis.set_ylabel(y_name, fontsize=8)


def draw_leads(path: Path, found: DataSet) -> None:
    """The proportion of the time in which each lead is unusable or poor, and its amplitude."""
    rows = found.leads[:MOST_LEADS]
    with saved_figure(path, WIDTH_IN, 1.0 + BAR_IN * len(rows), DPI) as figure:
        quality, amplitude = figure.subplots(1, 2, width_ratios=(3, 2), sharey=True)
        at = np.arange(len(rows))
        quality.barh(at, [100 * row.poor for row in rows], color=COLOURS["S"], label="poor")
        quality.barh(at, [100 * row.unusable for row in rows], color=COLOURS["wrong"], label="off, or full of noise")
        quality.set_yticks(at, [f"{row.name} ({row.records})" for row in rows])
        quality.invert_yaxis()
        quality.set_xlim(0, max(LEAST_AXIS_PERCENT, 105 * max(row.poor for row in rows)))
        quality.set_xlabel("% of the time")
        quality.set_title("Signal quality by lead (records)")
        quality.legend(loc="lower right", fontsize=7)
        amplitude.barh(at, [row.amplitude_mv or 0.0 for row in rows], color=COLOURS["Q"])
        amplitude.set_xlabel("mV")
        amplitude.set_title("Amplitude, median of the records")
        for axis in (quality, amplitude):
            axis.grid(axis="y", visible=False)


def draw_beats(path: Path, examples: Mapping[str, Sequence[ExampleSignal]], names: Mapping[str, str]) -> None:
    """A row of example beats for each class; ``names`` has the words for a symbol."""
    with saved_figure(path, WIDTH_IN, 0.3 + 1.05 * len(examples), DPI) as figure:
        grid = figure.subplots(len(examples), BEATS, squeeze=False)
        for axes, (symbol, beats) in zip(grid, examples.items(), strict=True):
            for axis in axes:
                axis.set_axis_off()
            for axis, beat in zip(axes, beats, strict=False):
                axis.plot(beat.t_s, beat.signal_mv, color="black", linewidth=0.8)
                axis.axvline(0.0, color=COLOURS["wrong"], linewidth=0.5, alpha=0.6)
                low, high = _limits(beat)
                axis.set_ylim(low, high)
                axis.set_title(f"{beat.record}, {beat.lead}", fontsize=6.5, fontweight="normal", pad=1)
                axis.plot([-0.38, -0.38], [low, low + 0.5], color=COLOURS["S"], linewidth=1.5, solid_capstyle="butt")
            words = f"{symbol}\n{names.get(symbol, '')}"
            axes[0].text(-0.12, 0.5, words, transform=axes[0].transAxes, ha="right", va="center", fontsize=8)


def draw_strips(path: Path, examples: Mapping[str, Sequence[ExampleSignal]]) -> None:
    """The strips of each class, one below the other."""
    strips = [strip for of_class in examples.values() for strip in of_class]
    with saved_figure(path, WIDTH_IN, 0.4 + 0.85 * len(strips), DPI) as figure:
        axes = figure.subplots(len(strips), 1, sharex=True, squeeze=False)[:, 0]
        for axis, strip in zip(axes, strips, strict=True):
            axis.plot(strip.t_s, strip.signal_mv, color="black", linewidth=0.7)
            axis.set_ylim(*_limits(strip))
            axis.set_title(f"{strip.label}   record {strip.record}, lead {strip.lead}", fontsize=7.5, pad=1)
            axis.tick_params(labelsize=6)
            axis.set_ylabel("mV", fontsize=6)
        axes[-1].set_xlim(0, max(strip.t_s[-1] for strip in strips if len(strip.t_s)))
        axes[-1].set_xlabel("s", fontsize=7)


def _draw_spread(axis: Any, one: Distribution | None) -> None:
    same = one is not None and one.n and min(one.quantiles.values()) == max(one.quantiles.values())
    if one is None or not one.n or same:
        words = f"all {one.n}: {one.quantiles['0.5']:g}" if one is not None and same else "none"
        axis.text(0.5, 0.5, words, transform=axis.transAxes, ha="center")
        axis.set_xticks([])
        axis.set_yticks([])
        return
    edges = np.array(one.edges)
    axis.bar(edges[:-1], one.counts, width=np.diff(edges), align="edge", color=COLOURS["autoencoder"], linewidth=0)
    if "0.5" in one.quantiles:
        axis.axvline(one.quantiles["0.5"], color=COLOURS["wrong"], linewidth=1)
    shown = np.flatnonzero(one.counts)
    axis.set_xlim(edges[max(shown[0] - 1, 0)], edges[min(shown[-1] + 2, len(edges) - 1)])


def _limits(example: ExampleSignal) -> tuple[float, float]:
    valid = example.signal_mv[np.isfinite(example.signal_mv)]
    if not len(valid):
        return -LEAST_RANGE_MV, LEAST_RANGE_MV
    low, high = float(valid.min()), float(valid.max())
    more = max(0.08 * (high - low), (LEAST_RANGE_MV - (high - low)) / 2)
    return low - more, high + more

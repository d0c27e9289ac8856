"""Draws a strip of ECG: all leads in mV over seconds, the reference's marks above and the monitor's marks below."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from training.evaluation.style import COLOURS, saved_figure
from wardbeat.contracts.messages import INVALID_SAMPLE
from wardbeat.ecg.chunking import EcgSource

STRIP_S = 10.0
WIDTH_IN, HEIGHT_IN = 7.2, 2.7
DPI = 120
INK = COLOURS["N"]
LEAST_HALF_HEIGHT_MV = 0.5
"""A lead's axis shows at least ±0.5 mV around its median, so that noise does not look like beats."""


class Mark(NamedTuple):
    """A beat, rhythm or alert: its time, its class or name, and whether it is drawn as an error."""

    t_s: float
    symbol: str
    wrong: bool = False


def draw_strip(
    path: Path,
    source: EcgSource,
    at_s: float,
    *,
    reference: Sequence[Mark],
    findings: Sequence[Mark],
    title: str,
    duration_s: float = STRIP_S,
    before_s: float | None = None,
) -> None:
    """Draw a strip of a source into a PNG and highlight one time in it.

    Parameters
    ----------
    path : Path
    source : EcgSource
    at_s : float
        The time to highlight.
    reference, findings : sequence of Mark
        Marks above the signal: the reference in the upper row, the monitor's in the lower row.
    title : str
    duration_s : float, optional
        Duration of the strip.
    before_s : float, optional
        Seconds of the strip before ``at_s``; half of the strip by default.

    Raises
    ------
    RecordError
        If the source can't be read there.
    """
    end_s = source.n_samples / source.fs
    start_s = min(max(0.0, at_s - (duration_s / 2 if before_s is None else before_s)), max(0.0, end_s - duration_s))
    stop_s = min(start_s + duration_s, end_s)
    start, stop = int(start_s * source.fs), int(stop_s * source.fs)
    p_signal = _millivolts(source, start, stop)
    t_s = np.arange(start, stop) / source.fs
    with saved_figure(path, WIDTH_IN, HEIGHT_IN, DPI) as figure:
        axes = figure.subplots(len(p_signal), 1, sharex=True, squeeze=False)[:, 0]
        for lead, axis in enumerate(axes):
            axis.plot(t_s, p_signal[lead], color="black", linewidth=0.7)
            axis.set_ylabel(f"{source.sig_name[lead]}\nmV")
            axis.axvspan(at_s - 0.3, at_s + 0.3, color=COLOURS["wrong"], alpha=0.12, linewidth=0)
            middle = np.nanmedian(p_signal[lead]) if np.isfinite(p_signal[lead]).any() else 0.0
            low, high = axis.get_ylim()
            axis.set_ylim(min(low, middle - LEAST_HALF_HEIGHT_MV), max(high, middle + LEAST_HALF_HEIGHT_MV))
        for marks, name, above_pt in ((reference, "reference", 13), (findings, "wardbeat", 3)):
            axes[0].annotate(name, (0, 1), (-4, above_pt), "axes fraction", "offset points", ha="right", fontsize=7)
            for mark in marks:
                if start_s <= mark.t_s < stop_s:
                    _draw_mark(axes[0], mark, above_pt, _side(mark, start_s + duration_s / 2))
        axes[0].set_title(title, pad=24)
        axes[-1].set_xlim(start_s, start_s + duration_s)
        axes[-1].set_xlabel("time from the start of the record, s")


def _draw_mark(axis: Axes, mark: Mark, above_pt: float, side: str) -> None:
    axis.annotate(
        mark.symbol,
        (mark.t_s, 1),
        (0, above_pt),
        axis.get_xaxis_transform(),
        "offset points",
        ha=side,
        fontsize=8,
        fontweight="bold" if mark.wrong or mark.symbol != "N" else "normal",
        color=COLOURS["wrong"] if mark.wrong else COLOURS.get(mark.symbol, INK),
    )


def _side(mark: Mark, middle_s: float) -> str:
    """A letter is centred over its time; a name begins or ends there, so that it stays within the strip."""
    if len(mark.symbol) == 1:
        return "center"
    return "left" if mark.t_s < middle_s else "right"


def _millivolts(source: EcgSource, start: int, stop: int) -> NDArray[np.float64]:
    """The samples in mV, shape (leads, samples); NaN for invalid samples."""
    d_signal = source.read(start, stop)
    scaled = (d_signal - np.array(source.baseline)[:, None]) / np.array(source.gain)[:, None]
    return np.where(d_signal == INVALID_SAMPLE, np.nan, scaled)

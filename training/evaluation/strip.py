"""A strip of ECG as a picture: all leads in mV over seconds, with what the reference has above and our own below."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.evaluation.style import COLOURS, drawn
from wardbeat.contracts.messages import INVALID_SAMPLE
from wardbeat.ecg.chunking import EcgSource

STRIP_S = 10.0
WIDTH_IN, HEIGHT_IN = 7.2, 2.7
DPI = 120
INK = COLOURS["N"]
SHOWN_MV = 0.5
"""A lead is given at least this much height, so that noise is not blown up to look like beats."""


class Mark(NamedTuple):
    """A beat, rhythm or alert: when, of which class or name, and whether it is marked as an error."""

    t_s: float
    symbol: str
    wrong: bool = False


def draw_strip(
    path: Path,
    source: EcgSource,
    at_s: float,
    reference: Sequence[Mark],
    found: Sequence[Mark],
    title: str,
    seconds: float = STRIP_S,
    before_s: float | None = None,
) -> None:
    """Draw some seconds into a PNG, with ``at_s`` marked in their middle, or so long behind their start.

    Raises
    ------
    RecordError
        If the source can't be read there.
    """
    duration_s = source.n_samples / source.fs
    start_s = min(max(0.0, at_s - (seconds / 2 if before_s is None else before_s)), max(0.0, duration_s - seconds))
    stop_s = min(start_s + seconds, duration_s)
    start, stop = int(start_s * source.fs), int(stop_s * source.fs)
    p_signal = _millivolts(source, start, stop)
    t_s = np.arange(start, stop) / source.fs
    with drawn(path, WIDTH_IN, HEIGHT_IN, DPI) as figure:
        axes = figure.subplots(len(p_signal), 1, sharex=True, squeeze=False)[:, 0]
        for lead, axis in enumerate(axes):
            axis.plot(t_s, p_signal[lead], color="black", linewidth=0.7)
            axis.set_ylabel(f"{source.sig_name[lead]}\nmV")
            axis.axvspan(at_s - 0.3, at_s + 0.3, color=COLOURS["wrong"], alpha=0.12, linewidth=0)
            middle = np.nanmedian(p_signal[lead]) if np.isfinite(p_signal[lead]).any() else 0.0
            low, high = axis.get_ylim()
            axis.set_ylim(min(low, middle - SHOWN_MV), max(high, middle + SHOWN_MV))
        for marks, name, above_pt in ((reference, "reference", 13), (found, "wardbeat", 3)):
            axes[0].annotate(name, (0, 1), (-4, above_pt), "axes fraction", "offset points", ha="right", fontsize=7)
            for mark in marks:
                if start_s <= mark.t_s < stop_s:
                    axes[0].annotate(
                        mark.symbol,
                        (mark.t_s, 1),
                        (0, above_pt),
                        axes[0].get_xaxis_transform(),
                        "offset points",
                        ha=_side(mark, start_s + seconds / 2),
                        fontsize=8,
                        fontweight="bold" if mark.wrong or mark.symbol != "N" else "normal",
                        color=COLOURS["wrong"] if mark.wrong else COLOURS.get(mark.symbol, INK),
                    )
        axes[0].set_title(title, pad=24)
        axes[-1].set_xlim(start_s, start_s + seconds)
        axes[-1].set_xlabel("time from the start of the record, s")


def _side(mark: Mark, middle_s: float) -> str:
    """A letter stands over its place; a name begins or ends there, whichever has room."""
    if len(mark.symbol) == 1:
        return "center"
    return "left" if mark.t_s < middle_s else "right"


def _millivolts(source: EcgSource, start: int, stop: int) -> NDArray[np.float64]:
    """Shape (leads, samples); NaN where a sample is invalid."""
    d_signal = source.read(start, stop)
    scaled = (d_signal - np.array(source.baseline)[:, None]) / np.array(source.gain)[:, None]
    return np.where(d_signal == INVALID_SAMPLE, np.nan, scaled)

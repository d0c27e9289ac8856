"""A strip of ECG as a picture: all leads in mV over seconds, with the reference's beats above and our own below."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from training.evaluation.style import COLOURS, drawn
from wardbeat.ecg.records import Record, read_mv

STRIP_S = 10.0
WIDTH_IN, HEIGHT_IN = 7.2, 2.7
DPI = 120
SHOWN_MV = 0.5
"""A lead is given at least this much height, so that noise is not blown up to look like beats."""


class Mark(NamedTuple):
    """A beat: when, of which class, and whether it is marked as an error."""

    t_s: float
    symbol: str
    wrong: bool = False


def draw_strip(
    path: Path, record: Record, at_s: float, reference: Sequence[Mark], found: Sequence[Mark], title: str
) -> None:
    """Draw ten seconds round ``at_s`` into a PNG.

    Raises
    ------
    RecordError
        If the record can't be read there.
    """
    start_s = min(max(0.0, at_s - STRIP_S / 2), max(0.0, record.duration_s - STRIP_S))
    stop_s = min(start_s + STRIP_S, record.duration_s)
    start, stop = int(start_s * record.fs), int(stop_s * record.fs)
    p_signal = read_mv(record, start, stop)
    t_s = np.arange(start, stop) / record.fs
    with drawn(path, WIDTH_IN, HEIGHT_IN, DPI) as figure:
        axes = figure.subplots(len(p_signal), 1, sharex=True, squeeze=False)[:, 0]
        for lead, axis in enumerate(axes):
            axis.plot(t_s, p_signal[lead], color="black", linewidth=0.7)
            axis.set_ylabel(f"{record.sig_name[lead]}\nmV")
            axis.axvspan(at_s - 0.3, at_s + 0.3, color=COLOURS["wrong"], alpha=0.12, linewidth=0)
            middle = np.nanmedian(p_signal[lead]) if np.isfinite(p_signal[lead]).any() else 0.0
            low, high = axis.get_ylim()
            axis.set_ylim(min(low, middle - SHOWN_MV), max(high, middle + SHOWN_MV))
        for row, (name, marks) in enumerate((("reference", reference), ("wardbeat", found))):
            height = 1.19 - 0.14 * row
            axes[0].text(-0.005, height, name, transform=axes[0].transAxes, ha="right", va="center", fontsize=7)
            for mark in marks:
                if start_s <= mark.t_s < stop_s:
                    axes[0].text(
                        mark.t_s,
                        height,
                        mark.symbol,
                        transform=axes[0].get_xaxis_transform(),
                        ha="center",
                        va="center",
                        fontsize=8,
                        fontweight="bold" if mark.wrong or mark.symbol != "N" else "normal",
                        color=COLOURS["wrong"] if mark.wrong else COLOURS[mark.symbol],
                    )
        axes[0].set_title(title, pad=24)
        axes[-1].set_xlim(start_s, start_s + STRIP_S)
        axes[-1].set_xlabel("time from the start of the record, s")

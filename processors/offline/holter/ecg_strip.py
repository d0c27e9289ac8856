"""The geometry of a strip of ECG on paper: 25 mm/s and 10 mm/mV. The template of the page draws it as SVG.

All lengths are in mm from the top left corner of a row; paths count hundredths of a mm.
"""

from collections.abc import Sequence
from math import ceil

import msgspec
import numpy as np
from numpy.typing import NDArray

from processors.offline.holter.events import StripEvent
from processors.offline.holter.words import tenths
from wardbeat.contracts.messages import Beat
from wardbeat.ecg.io.records import Record, read_mv
from wardbeat.ecg.leads import choose_leads

MM_PER_S = 25.0
MM_PER_MV = 10.0
ROW_S = 7.0
"""Seven seconds are 175 mm: with the names of the leads they fit the width of A4."""
MAX_ROWS = 3
LEFT_MM = 11.0
"""Space for the name of the lead and the calibration pulse."""
MARKS_MM = 8.0
"""Space for the classes and the RR intervals, above the signal."""
SECONDS_MM = 4.0
NUMBER_MM = 6.0
"""The width of an RR interval as a number."""
BEFORE_S = 1.0
LEAST_MM, MOST_MM = 7.0, 25.0
"""A lead has at least 7 mm and at most 25 mm above its median, and the same below; what goes further is cut."""
DRAWN_HZ = 250.0
"""A faster record is thinned to about this rate: 0.1 mm a sample."""
SCALE = 100
"""Units of a path in a mm."""


class Trace(msgspec.Struct, frozen=True):
    """One lead in a row: its name, the height of its median, its path, and whether parts of it are cut off."""

    name: str
    middle_mm: float
    path: str
    is_cut: bool


class Label(msgspec.Struct, frozen=True):
    """A text at a horizontal place."""

    x_mm: float
    text: str


class PaperRow(msgspec.Struct, frozen=True):
    """Seven seconds of the strip: its traces; classes, RR intervals in ms and seconds as labels."""

    height_mm: float
    traces: list[Trace]
    beats: list[Label]
    intervals: list[Label]
    seconds: list[Label]


class DrawnStrip(msgspec.Struct, frozen=True):
    """A strip: its event, its start in the record, and its rows."""

    event: StripEvent
    start_s: float
    rows: list[PaperRow]


def drawn_strip(record: Record, beats: Sequence[Beat], event: StripEvent) -> DrawnStrip:
    """Draw the ECG of an event: whole if it fits into three rows, else its begin.

    Parameters
    ----------
    record : Record
    beats : sequence of Beat
        All beats of the record, in order.
    event : StripEvent

    Raises
    ------
    RecordError
        If the signal can't be read there.
    """
    needed_s = event.end_s - event.start_s + 2 * BEFORE_S
    n_rows = min(MAX_ROWS, max(1, ceil(needed_s / ROW_S)))
    length_s = n_rows * ROW_S
    fits = needed_s <= length_s
    start_s = (event.start_s + event.end_s - length_s) / 2 if fits else event.start_s - BEFORE_S
    start_s = max(0.0, min(start_s, record.duration_s - length_s))
    first, end = round(start_s * record.fs), min(record.n_samples, round((start_s + length_s) * record.fs))
    leads = [lead for lead in choose_leads(record.sig_name) if lead >= 0]
    p_signal = read_mv(record, first, end)[leads]
    places = [_Place.of(lead_mv) for lead_mv in p_signal]
    row_samples = round(ROW_S * record.fs)
    rows = []
    for row in range(n_rows):
        part = p_signal[:, row * row_samples : (row + 1) * row_samples]
        names = [record.sig_name[lead] for lead in leads]
        rows.append(_row(names, part, places, record.fs, start_s + row * ROW_S, beats))
    return DrawnStrip(event, start_s, rows)


class _Place(msgspec.Struct, frozen=True):
    """The median of a lead in a strip, and the space that it needs above and below."""

    median_mv: float
    above_mm: float
    below_mm: float

    @classmethod
    def of(cls, p_signal: NDArray[np.float64]) -> "_Place":
        if not np.isfinite(p_signal).any():
            return cls(0.0, LEAST_MM, LEAST_MM)
        median = float(np.nanmedian(p_signal))
        reach = float(np.nanmax(p_signal)) - median, median - float(np.nanmin(p_signal))
        above, below = (min(max(ceil(MM_PER_MV * mv + 1), LEAST_MM), MOST_MM) for mv in reach)
        return cls(median, above, below)


def _row(
    names: Sequence[str],
    p_signal: NDArray[np.float64],
    places: Sequence[_Place],
    fs: float,
    start_s: float,
    beats: Sequence[Beat],
) -> PaperRow:
    top_mm = MARKS_MM
    traces = []
    for name, lead_mv, place in zip(names, p_signal, places, strict=True):
        middle = top_mm + place.above_mm
        mm = MM_PER_MV * (lead_mv - place.median_mv)
        drawn = np.clip(mm, -place.below_mm, place.above_mm)
        is_cut = bool((np.abs(drawn - mm) > 0).any())
        traces.append(Trace(name, middle, _path(middle - drawn, fs), is_cut))
        top_mm = middle + place.below_mm
    shown = [beat for beat in beats if start_s <= beat.t_s < start_s + ROW_S]
    x_mm = [_x(beat.t_s - start_s) for beat in shown]
    return PaperRow(
        height_mm=top_mm + SECONDS_MM,
        traces=traces,
        beats=[Label(x, beat.symbol) for x, beat in zip(x_mm, shown, strict=True)],
        intervals=[
            Label(x - MM_PER_S * beat.rr_s / 2, f"{1000 * beat.rr_s:.0f}")
            for x, beat in zip(x_mm, shown, strict=True)
            if beat.rr_s is not None and x - MM_PER_S * beat.rr_s / 2 > LEFT_MM + NUMBER_MM / 2
        ],
        seconds=[Label(_x(at), tenths(start_s + at)) for at in range(int(ROW_S))],
    )


def _x(t_s: float) -> float:
    return round(LEFT_MM + MM_PER_S * t_s, 2)


def _path(y_mm: NDArray[np.float64], fs: float) -> str:
    """The path of a lead over a row; invalid samples are gaps."""
    step = max(1, int(fs // DRAWN_HZ))
    y = y_mm[::step]
    x = np.round(SCALE * (LEFT_MM + MM_PER_S * step / fs * np.arange(len(y)))).astype(np.int64)
    valid = np.isfinite(y)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], valid, [False]]).astype(np.int8)))
    parts = []
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        heights = np.round(SCALE * y[begin:end]).astype(np.int64)
        steps = zip(np.diff(x[begin:end]), np.diff(heights), strict=True)
        parts.append(f"M{x[begin]} {heights[0]}l" + " ".join(f"{dx} {dy}" for dx, dy in steps))
    return "".join(part.removesuffix("l") for part in parts)

"""The table by hour: heart rate, ectopic beats and atrial fibrillation in each part of the record."""

from collections.abc import Sequence
from math import ceil

import msgspec

from processors.offline.annotate import Annotations
from processors.offline.holter.ectopy import ECTOPIC, BeatSequence, Ectopy, count
from processors.offline.holter.heart_rate import rate_figures
from processors.offline.holter.spans import Span, analysed_spans, cut, overlap_s, total_s
from wardbeat.contracts.messages import Beat, Symbol

HOUR_S = 3600.0
SHORT_PERIOD_S = 600.0
SHORT_RECORD_S = 2 * HOUR_S
"""A record of at most two hours is tabulated in periods of ten minutes, because an hour would be one row."""

SHORTEST = 0.1
"""A rest of less than a tenth of a period is no row of its own: it belongs to the last one."""


class Period(msgspec.Struct, frozen=True):
    """One row of the table by hour.

    Attributes
    ----------
    start_s, end_s : float
    analysed_s, af_s : float
        Seconds with a usable lead; of these, seconds in atrial fibrillation.
    beats : int
    mean_bpm : float or None
        Mean of the displayed heart rate.
    ectopy : dict of str to Ectopy
        By class.
    """

    start_s: float
    end_s: float
    analysed_s: float
    af_s: float
    beats: int
    mean_bpm: float | None
    ectopy: dict[Symbol, Ectopy]


def periods(
    found: Annotations, duration_s: float, ectopic: dict[Symbol, list[BeatSequence]], af: Sequence[Span]
) -> list[Period]:
    """The record in hours, or in ten minutes if it is short. A beat counts where its R peak is."""
    step_s = SHORT_PERIOD_S if duration_s <= SHORT_RECORD_S else HOUR_S
    n = max(1, ceil(duration_s / step_s - SHORTEST))
    beats: list[list[Beat]] = [[] for _ in range(n)]
    for beat in found.beats:
        beats[_row(beat.t_s, step_s, n)].append(beat)
    begun: dict[Symbol, list[list[BeatSequence]]] = {symbol: [[] for _ in range(n)] for symbol in ECTOPIC}
    for symbol in ECTOPIC:
        for one in ectopic[symbol]:
            begun[symbol][_row(one.start_s, step_s, n)].append(one)
    analysed = analysed_spans(found.status)
    rows = []
    for index in range(n):
        start_s, end_s = index * step_s, (index + 1) * step_s if index < n - 1 else duration_s
        rate = rate_figures([one for one in found.status if start_s < one.t_s <= end_s])
        own = cut(analysed, start_s, end_s)
        rows.append(
            Period(
                start_s=start_s,
                end_s=end_s,
                analysed_s=total_s(own),
                af_s=overlap_s(af, own),
                beats=len(beats[index]),
                mean_bpm=rate.mean_bpm if rate else None,
                ectopy={symbol: count(beats[index], begun[symbol][index], symbol) for symbol in ECTOPIC},
            )
        )
    return rows


def _row(t_s: float, step_s: float, n: int) -> int:
    return min(int(t_s // step_s), n - 1)

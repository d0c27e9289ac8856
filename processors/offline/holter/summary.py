"""All figures of the report. Each one can be counted again from the three files of ``wardbeat annotate``."""

from collections import Counter

import msgspec

from processors.offline.annotate import Annotations
from processors.offline.holter.ectopy import ECTOPIC, BeatSequence, Ectopy, count, sequences
from processors.offline.holter.heart_rate import RateFigures, rate_figures
from processors.offline.holter.periods import Period, periods
from processors.offline.holter.spans import (
    Span,
    SpanGroup,
    alert_spans,
    analysed_spans,
    grouped,
    overlap_s,
    rhythm_spans,
    total_s,
)
from wardbeat.contracts.alert_codes import CODES
from wardbeat.contracts.messages import SYMBOLS, Symbol

LONG_RR_S = 2.0
"""The report counts RR intervals of at least 2 s; the alert ``pause`` has its own limit."""
AF = "(AFIB"
NORMAL = "(N"
PAUSE_CODES = ("asystole", "pause")
RATE_CODES = ("extreme_bradycardia", "bradycardia", "tachycardia", "extreme_tachycardia")


class RrInterval(msgspec.Struct, frozen=True):
    """An RR interval: its length and the time of the beat that ends it."""

    rr_s: float
    end_s: float


class HolterSummary(msgspec.Struct, frozen=True):
    """The figures of one record; times in seconds from its start.

    Attributes
    ----------
    duration_s, analysed_s, noisy_s : float
        Length of the record; time with a usable lead; time of ``noisy_signal`` alerts.
    beats : dict of str to int
        By AAMI class.
    rate : RateFigures or None
    sequences : dict of str to list of BeatSequence
        Of V and of S.
    ectopy : dict of str to Ectopy
        Of V and of S, over the record.
    periods : list of Period
    longest_rr : RrInterval or None
    long_rr : int
        RR intervals of at least ``LONG_RR_S``.
    pauses, rate_episodes : list of Span
        Alerts of pause and asystole, and of the heart rate, by onset.
    af_s, af_burden : float
        Analysed time in atrial fibrillation, and its proportion of the analysed time.
    af_episodes : list of Span
    rhythms, alerts : list of SpanGroup
        All rhythms but the normal one; the alerts of each code, the most urgent first.
    hr_limits_bpm : tuple of int
        Limits of the alerts of the heart rate.
    """

    duration_s: float
    analysed_s: float
    noisy_s: float
    beats: dict[Symbol, int]
    rate: RateFigures | None
    sequences: dict[Symbol, list[BeatSequence]]
    ectopy: dict[Symbol, Ectopy]
    periods: list[Period]
    longest_rr: RrInterval | None
    long_rr: int
    pauses: list[Span]
    rate_episodes: list[Span]
    af_s: float
    af_burden: float
    af_episodes: list[Span]
    rhythms: list[SpanGroup]
    alerts: list[SpanGroup]
    hr_limits_bpm: tuple[int, int] | None

    @property
    def total_beats(self) -> int:
        return sum(self.beats.values())


def summarise(found: Annotations, duration_s: float) -> HolterSummary:
    """All figures of a record of this length."""
    rhythms = rhythm_spans(found.rhythms, duration_s)
    alerts = alert_spans(found.alerts.values(), duration_s)
    analysed = analysed_spans(found.status)
    af = [span for span in rhythms if span.name == AF]
    af_s = overlap_s(af, analysed)
    by_class = Counter(beat.symbol for beat in found.beats)
    ectopic = {symbol: sequences(found.beats, symbol) for symbol in ECTOPIC}
    intervals = [RrInterval(beat.rr_s, beat.t_s) for beat in found.beats if beat.rr_s is not None]
    by_code = grouped(alerts)
    last = found.status[-1] if found.status else None
    return HolterSummary(
        duration_s=duration_s,
        analysed_s=total_s(analysed),
        noisy_s=total_s(span for span in alerts if span.name == "noisy_signal"),
        beats={symbol: by_class[symbol] for symbol in SYMBOLS},
        rate=rate_figures(found.status),
        sequences=ectopic,
        ectopy={symbol: count(found.beats, ectopic[symbol], symbol) for symbol in ECTOPIC},
        periods=periods(found, duration_s, ectopic, af),
        longest_rr=max(intervals, key=lambda interval: interval.rr_s, default=None),
        long_rr=sum(interval.rr_s >= LONG_RR_S for interval in intervals),
        pauses=[span for span in alerts if span.name in PAUSE_CODES],
        rate_episodes=[span for span in alerts if span.name in RATE_CODES],
        af_s=af_s,
        af_burden=af_s / total_s(analysed) if analysed else 0.0,
        af_episodes=af,
        rhythms=sorted(
            (group for name, group in grouped(rhythms).items() if name != NORMAL), key=lambda group: -group.total_s
        ),
        alerts=[by_code[code] for code in CODES if code in by_code],
        hr_limits_bpm=(last.hr_low_bpm, last.hr_high_bpm) if last else None,
    )

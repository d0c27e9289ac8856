"""Scores the displayed heart rate at each second against the heart rate of the reference beats."""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from training.evaluation.alerts.findings import MonitorFindings
from training.evaluation.alerts.scores.intervals import RhythmInterval, TimeInterval, union
from training.evaluation.alerts.scores.lethal_rhythms import FIBRILLATION, KIND_OF
from training.evaluation.alerts.scores.proportions import interval_of, proportion_of
from training.evaluation.bootstrap import Interval

WINDOW_S, INTERVALS = 12.0, 8
"""The reference is the mean over the same beats as the monitor's rate: the last 8 RR intervals within 12 s."""
TOLERANCE_RATIO, TOLERANCE_BPM = 0.10, 5.0
"""IEC 60601-2-27 (and EC13): a rate is right within 10 % or 5/min, whichever is larger."""


class HeartRateRecord(msgspec.Struct, frozen=True):
    """Seconds of a record in which the reference has a heart rate.

    Attributes
    ----------
    record : str
    seconds, shown, right : int
        All seconds, those with a displayed rate, and those with a right one.
    withheld_with_alert : int
        Seconds without a displayed rate, but with an alert of asystole or a technical alert.
    worst_s : float or None
        Time of the largest error.
    """

    record: str
    seconds: int
    shown: int
    right: int
    withheld_with_alert: int
    worst_s: float | None

    @property
    def right_share(self) -> float:
        """Proportion of the seconds with a displayed rate at which it was right."""
        return self.right / self.shown if self.shown else float("nan")


class HeartRateScores(msgspec.Struct, frozen=True):
    """The displayed heart rate in the records of a folder; proportions from 0 to 1."""

    seconds: int
    shown: Interval
    right_of_shown: Interval
    shown_or_alert: Interval
    records: list[HeartRateRecord]


def within_tolerance(shown_bpm: float, reference_bpm: float) -> bool:
    """Whether a displayed heart rate is within the tolerance of the reference."""
    return abs(shown_bpm - reference_bpm) <= max(TOLERANCE_RATIO * reference_bpm, TOLERANCE_BPM)


def reference_rates(
    beats_s: Sequence[float], seconds: Sequence[float], unscored: Sequence[TimeInterval]
) -> list[float | None]:
    """The heart rate of the reference beats at given times; None where the reference has none.

    It has none before the third beat, after the last beat, and if the intervals that count touch a part of the record
    without annotated beats.

    Parameters
    ----------
    beats_s : sequence of float
        Times of the beats, in order.
    seconds : sequence of float
        Times of the rates.
    unscored : sequence of TimeInterval
        Parts of the record without annotated beats.
    """
    beats = np.array(beats_s)
    return [_rate_at(beats, t_s, unscored) for t_s in seconds]


def score_rate(
    name: str, findings: MonitorFindings, beats_s: Sequence[float], rhythms: Sequence[RhythmInterval]
) -> HeartRateRecord:
    """Score the displayed heart rate of a record. Ventricular flutter has no annotated beats and is not scored."""
    unscored = [rhythm.interval for rhythm in rhythms if KIND_OF.get(rhythm.rhythm) == FIBRILLATION]
    alerted = union(
        findings.shown(alert) for alert in findings.alerts if alert.kind == "technical" or alert.code == "asystole"
    )
    seconds = shown = right = withheld = 0
    worst, worst_s = 0.0, None
    references = reference_rates(beats_s, [t_s for t_s, _ in findings.hr_bpm], unscored)
    for (t_s, bpm), reference_bpm in zip(findings.hr_bpm, references, strict=True):
        if reference_bpm is None:
            continue
        seconds += 1
        if bpm is None:
            withheld += any(interval.start_s <= t_s <= interval.stop_s for interval in alerted)
            continue
        shown += 1
        right += within_tolerance(bpm, reference_bpm)
        if abs(bpm - reference_bpm) > worst:
            worst, worst_s = abs(bpm - reference_bpm), t_s
    return HeartRateRecord(name, seconds, shown, right, withheld, worst_s)


def heart_rate(records: Sequence[HeartRateRecord], resamples: NDArray[np.int64]) -> HeartRateScores:
    """The figures of all records together; ``resamples`` is how often each record is in each resample."""
    cells = np.array(
        [(one.seconds, one.shown, one.right, one.shown + one.withheld_with_alert) for one in records], np.int64
    )
    return HeartRateScores(
        sum(record.seconds for record in records),
        shown=interval_of(proportion_of(1, 0), cells, resamples),
        right_of_shown=interval_of(proportion_of(2, 1), cells, resamples),
        shown_or_alert=interval_of(proportion_of(3, 0), cells, resamples),
        records=list(records),
    )


def _rate_at(beats: NDArray[np.float64], t_s: float, unscored: Sequence[TimeInterval]) -> float | None:
    known = int(np.searchsorted(beats, t_s, side="right"))
    recent = beats[max(0, known - INTERVALS - 1) : known]
    recent = recent[max(0, int(np.searchsorted(recent, t_s - WINDOW_S)) - 1) :]
    if known == len(beats) or len(recent) < 3:
        return None
    used = TimeInterval(float(recent[0]), t_s)
    if any(interval.overlap_s(used) > 0 for interval in unscored):
        return None
    return 60.0 * (len(recent) - 1) / float(recent[-1] - recent[0])

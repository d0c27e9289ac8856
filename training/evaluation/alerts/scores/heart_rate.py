"""The heart rate shown at each second, against that of the reference beats."""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from training.evaluation.alerts.observations import MonitorFindings
from training.evaluation.alerts.scores.intervals import RhythmInterval, TimeInterval, union
from training.evaluation.alerts.scores.lethal_rhythms import FIBRILLATION, KIND_OF
from training.evaluation.alerts.scores.proportions import interval_of, part_of
from training.evaluation.bootstrap import Interval

WINDOW_S, INTERVALS = 12.0, 8
"""The reference is the mean over as many beats as the monitor takes: the last eight intervals within twelve seconds."""
RIGHT_SHARE, RIGHT_BPM = 0.10, 5.0
"""IEC 60601-2-27 (and EC13): a rate is right within 10 % or 5/min, whichever is more."""


class HeartRateRecord(msgspec.Struct, frozen=True):
    """Seconds of a record in which the reference has a heart rate.

    Attributes
    ----------
    record : str
    seconds, shown, right : int
        All of them, those at which one was shown, and those at which it was right.
    withheld_with_alert : int
        At which none was shown, but an alert of asystole or a technical one stood instead.
    worst_s : float or None
        Where it was shown farthest off.
    """

    record: str
    seconds: int
    shown: int
    right: int
    withheld_with_alert: int
    worst_s: float | None

    @property
    def right_share(self) -> float:
        """Share of the seconds shown."""
        return self.right / self.shown if self.shown else float("nan")


class HeartRateScores(msgspec.Struct, frozen=True):
    """The heart rate shown in the records of a folder; shares of 1."""

    seconds: int
    shown: Interval
    right_of_shown: Interval
    shown_or_alert: Interval
    records: list[HeartRateRecord]


def is_right(shown_bpm: float, true_bpm: float) -> bool:
    """Whether a heart rate is near enough to what is true."""
    return abs(shown_bpm - true_bpm) <= max(RIGHT_SHARE * true_bpm, RIGHT_BPM)


def reference_rates(
    beats_s: Sequence[float], seconds: Sequence[float], unscored: Sequence[TimeInterval]
) -> list[float | None]:
    """The heart rate of reference beats at each of these times; None where there is none.

    There is none before the third beat, behind the last one, and where the beats looked back on touch what nobody
    annotated.

    Parameters
    ----------
    beats_s : sequence of float
        Times of the beats, in order.
    seconds : sequence of float
        When the rate is asked.
    unscored : sequence of TimeInterval
        Where beats were not annotated.
    """
    beats = np.array(beats_s)
    return [_rate_at(beats, t_s, unscored) for t_s in seconds]


def score_rate(
    name: str, findings: MonitorFindings, beats_s: Sequence[float], rhythms: Sequence[RhythmInterval]
) -> HeartRateRecord:
    """The heart rate shown in a record beside its reference; flutter has no beats, so it is not scored."""
    unscored = [rhythm.span for rhythm in rhythms if KIND_OF.get(rhythm.rhythm) == FIBRILLATION]
    alerted = union(
        findings.shown(alert) for alert in findings.alerts if alert.kind == "technical" or alert.code == "asystole"
    )
    seconds = shown = right = withheld = 0
    worst, worst_s = 0.0, None
    true = reference_rates(beats_s, [t_s for t_s, _ in findings.hr_bpm], unscored)
    for (t_s, bpm), true_bpm in zip(findings.hr_bpm, true, strict=True):
        if true_bpm is None:
            continue
        seconds += 1
        if bpm is None:
            withheld += any(span.start_s <= t_s <= span.stop_s for span in alerted)
            continue
        shown += 1
        right += is_right(bpm, true_bpm)
        if abs(bpm - true_bpm) > worst:
            worst, worst_s = abs(bpm - true_bpm), t_s
    return HeartRateRecord(name, seconds, shown, right, withheld, worst_s)


def heart_rate(records: Sequence[HeartRateRecord], drawn: NDArray[np.int64]) -> HeartRateScores:
    """The figures of all records together; intervals from how often each is in each draw."""
    cells = np.array(
        [(one.seconds, one.shown, one.right, one.shown + one.withheld_with_alert) for one in records], np.int64
    )
    return HeartRateScores(
        sum(record.seconds for record in records),
        shown=interval_of(part_of(1, 0), cells, drawn),
        right_of_shown=interval_of(part_of(2, 1), cells, drawn),
        shown_or_alert=interval_of(part_of(3, 0), cells, drawn),
        records=list(records),
    )


def _rate_at(beats: NDArray[np.float64], t_s: float, unscored: Sequence[TimeInterval]) -> float | None:
    known = int(np.searchsorted(beats, t_s, side="right"))
    recent = beats[max(0, known - INTERVALS - 1) : known]
    recent = recent[max(0, int(np.searchsorted(recent, t_s - WINDOW_S)) - 1) :]
    if known == len(beats) or len(recent) < 3:
        return None
    looked_at = TimeInterval(float(recent[0]), t_s)
    if any(span.overlap_s(looked_at) > 0 for span in unscored):
        return None
    return 60.0 * (len(recent) - 1) / float(recent[-1] - recent[0])

"""The PhysioNet/CinC Challenge 2015: which alarms of bedside monitors are true (doi:10.1088/0967-3334/37/8/E5).

The alarm sounds at 300.0 s; the monitor receives the signal up to there. AAMI EC13 requires an alarm within 10 s of its
event, so the event began at most 10 s before. We predict "true" if an alert of the alarm's kind was displayed at some
time in these 10 s.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from training.evaluation.alerts.findings import MonitorFindings
from training.evaluation.alerts.scores.intervals import TimeInterval
from training.evaluation.alerts.scores.proportions import interval_of, proportion, proportion_of, resample_records
from training.evaluation.bootstrap import Interval
from training.evaluation.provenance import Scorer

ALARM_S = 300.0
EVENT_WITHIN_S = 10.0
ALARMS_OF: Mapping[str, tuple[str, ...]] = {
    "Asystole": ("asystole",),
    "Bradycardia": ("bradycardia", "extreme_bradycardia", "asystole"),
    "Tachycardia": ("tachycardia", "extreme_tachycardia", "ventricular_tachycardia", "ventricular_fibrillation"),
    "Ventricular_Tachycardia": ("ventricular_tachycardia", "ventricular_fibrillation"),
    "Ventricular_Flutter_Fib": ("ventricular_fibrillation",),
}
"""The alert codes that confirm an alarm: its own kind, and the more urgent kinds that replace it on a bed."""
BY_DEFINITION = dict(ALARMS_OF) | {
    "Bradycardia": ("extreme_bradycardia", "asystole"),
    "Tachycardia": ("extreme_tachycardia", "ventricular_tachycardia", "ventricular_fibrillation"),
}
"""The same with the Challenge's own limits only: below 40/min over 5 beats, above 140/min over 17."""
MISS_WEIGHT = 5
"""Weight of a false negative in the Challenge's score; every other alarm has the weight 1."""
ALL = "all"
_OUTCOMES = {(True, True): 0, (False, True): 1, (True, False): 2, (False, False): 3}
"""Index of TP, FP, FN and TN in the counts, by (reference, prediction)."""


class Alarm(NamedTuple):
    """An alarm of a bedside monitor: its record, its type in the Challenge, and whether it is true."""

    record: str
    alarm: str
    true: bool


class AlarmRow(msgspec.Struct, frozen=True):
    """One alarm: its reference (``true``), our prediction (``called``), and the alerts that confirm it (``codes``)."""

    record: str
    alarm: str
    true: bool
    called: bool
    codes: list[str]
    other_codes: list[str]
    """Codes of other alerts at the same time."""
    seen: str
    fold: int | None


class AlarmTypeRow(msgspec.Struct, frozen=True):
    """All alarms of a type: counts, proportions from 0 to 1, and the Challenge's score (at most 100)."""

    alarm: str
    records: int
    tp: int
    fp: int
    fn: int
    tn: int
    tpr: Interval
    tnr: Interval
    score: Interval
    score_if_all_true: float
    """The score if we predicted "true" for every alarm."""


class Challenge2015(msgspec.Struct, frozen=True):
    """Alarms by type (the last row has all of them), and each alarm.

    ``types`` counts alerts at the patient's heart rate limits and at the Challenge's own limits; ``by_definition``
    counts alerts at the Challenge's own limits only.
    """

    types: list[AlarmTypeRow]
    by_definition: list[AlarmTypeRow]
    alarms: list[AlarmRow]


def alarm_row(alarm: Alarm, findings: MonitorFindings, scorer: Scorer) -> AlarmRow:
    """Predict from the monitor's alerts whether an alarm is true."""
    window = TimeInterval(ALARM_S - EVENT_WITHIN_S, ALARM_S)
    codes = {alert.code for alert in findings.alerts if _touches(findings.shown(alert), window)}
    confirming = codes & set(ALARMS_OF[alarm.alarm])
    return AlarmRow(
        alarm.record,
        alarm.alarm,
        alarm.true,
        bool(confirming),
        sorted(confirming),
        sorted(codes - confirming),
        scorer.seen,
        scorer.fold,
    )


def score_alarms(rows: Sequence[AlarmRow], seed: int) -> Challenge2015:
    """All figures of the Challenge.

    Parameters
    ----------
    rows : sequence of AlarmRow
    seed : int
        Seed of the bootstrap over records.
    """
    rows = sorted(rows, key=lambda row: row.record)
    resamples = resample_records([row.record for row in rows], seed)
    by_definition = [bool(set(row.codes) & set(BY_DEFINITION[row.alarm])) for row in rows]
    return Challenge2015(
        _type_rows(rows, [row.called for row in rows], resamples),
        _type_rows(rows, by_definition, resamples),
        list(rows),
    )


def score_of(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """The Challenge's score from TP, FP, FN and TN (the last axis), at most 100; NaN without any alarm."""
    tp, fp, fn, tn = np.moveaxis(counts, -1, 0)
    return proportion(100.0 * (tp + tn), tp + tn + fp + MISS_WEIGHT * fn)


def _type_rows(
    rows: Sequence[AlarmRow], predictions: Sequence[bool], resamples: NDArray[np.int64]
) -> list[AlarmTypeRow]:
    outcomes = [_OUTCOMES[row.true, prediction] for row, prediction in zip(rows, predictions, strict=True)]
    cells = np.eye(len(_OUTCOMES), dtype=np.int64)[outcomes]
    kinds = np.array([row.alarm for row in rows])
    masks = {alarm: kinds == alarm for alarm in ALARMS_OF if alarm in kinds} | {ALL: np.ones(len(rows), np.bool_)}
    return [_type_row(alarm, cells[mask], resamples[:, mask]) for alarm, mask in masks.items()]


def _type_row(alarm: str, cells: NDArray[np.int64], resamples: NDArray[np.int64]) -> AlarmTypeRow:
    tp, fp, fn, tn = (int(count) for count in cells.sum(axis=0))
    return AlarmTypeRow(
        alarm, len(cells), tp, fp, fn, tn,
        tpr=interval_of(proportion_of(0, 0, 2), cells, resamples),
        tnr=interval_of(proportion_of(3, 1, 3), cells, resamples),
        score=interval_of(score_of, cells, resamples),
        score_if_all_true=float(score_of(np.array([tp + fn, fp + tn, 0, 0]))),
    )  # fmt: skip


def _touches(interval: TimeInterval, window: TimeInterval) -> bool:
    """Whether an interval, even one of length 0, has a time in common with another."""
    return interval.start_s <= window.stop_s and interval.stop_s >= window.start_s

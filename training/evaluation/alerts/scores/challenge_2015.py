"""The PhysioNet/CinC Challenge 2015: which alarms of bedside monitors are true (doi:10.1088/0967-3334/37/8/E5).

The alarm sounds at 300.0 s; what follows is not heard. Its event began at most 10 s before that, as AAMI EC13 asks of
a monitor, so an alarm is called true if an alert of its kind was held to be the case at some time in those 10 s.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from training.evaluation.alerts.observations import MonitorFindings
from training.evaluation.alerts.scores.intervals import TimeInterval
from training.evaluation.alerts.scores.proportions import draw_records, interval_of, part_of, proportion
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
"""The alert codes that say that an alarm is true: its own kind, and what hides that kind in the one chain of a bed."""
BY_DEFINITION = dict(ALARMS_OF) | {
    "Bradycardia": ("extreme_bradycardia", "asystole"),
    "Tachycardia": ("extreme_tachycardia", "ventricular_tachycardia", "ventricular_fibrillation"),
}
"""The same where only the Challenge's own limits count: below 40/min over 5 beats, above 140/min over 17."""
MISSED_COSTS = 5
"""The Challenge weighs a true alarm that is called false so much more than any other call."""
ALL = "all"
_OUTCOMES = {(True, True): 0, (False, True): 1, (True, False): 2, (False, False): 3}
"""Place of TP, FP, FN and TN in counts, by (true, called)."""


class Alarm(NamedTuple):
    """An alarm of a bedside monitor: its record, its type as the Challenge calls it, and whether it is true."""

    record: str
    alarm: str
    true: bool


class AlarmRow(msgspec.Struct, frozen=True):
    """One alarm: what it is, what it was called, and because of which alerts."""

    record: str
    alarm: str
    true: bool
    called: bool
    codes: list[str]
    other_codes: list[str]
    """Alerts of other kinds at the same time."""
    seen: str
    fold: int | None


class AlarmTypeRow(msgspec.Struct, frozen=True):
    """All alarms of a type: how many were called what, shares of 1 and the Challenge's score of 100."""

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
    """What calling every alarm true would score."""


class Challenge2015(msgspec.Struct, frozen=True):
    """Alarms by type, the last row all together, and one by one.

    ``by_definition`` is the same as ``types`` with alerts at the Challenge's own limits of the heart rate alone, where
    ``types`` takes those at the patient's limits as well.
    """

    types: list[AlarmTypeRow]
    by_definition: list[AlarmTypeRow]
    alarms: list[AlarmRow]


def call_alarm(alarm: Alarm, findings: MonitorFindings, scorer: Scorer) -> AlarmRow:
    """Whether the live monitor says that an alarm is true."""
    about = TimeInterval(ALARM_S - EVENT_WITHIN_S, ALARM_S)
    codes = {alert.code for alert in findings.alerts if _holds(findings.shown(alert), about)}
    own = codes & set(ALARMS_OF[alarm.alarm])
    return AlarmRow(
        alarm.record, alarm.alarm, alarm.true, bool(own), sorted(own), sorted(codes - own), scorer.seen, scorer.fold
    )


def score_alarms(rows: Sequence[AlarmRow], seed: int) -> Challenge2015:
    """All figures of the Challenge.

    Parameters
    ----------
    rows : sequence of AlarmRow
    seed : int
        Of the bootstrap over records.
    """
    rows = sorted(rows, key=lambda row: row.record)
    drawn = draw_records([row.record for row in rows], seed)
    strictly = [bool(set(row.codes) & set(BY_DEFINITION[row.alarm])) for row in rows]
    return Challenge2015(
        _type_rows(rows, [row.called for row in rows], drawn), _type_rows(rows, strictly, drawn), list(rows)
    )


def score_of(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """The Challenge's score of TP, FP, FN and TN (the last axis), at most 100; NaN where there are none."""
    tp, fp, fn, tn = np.moveaxis(counts, -1, 0)
    return proportion(100.0 * (tp + tn), tp + tn + fp + MISSED_COSTS * fn)


def _type_rows(rows: Sequence[AlarmRow], called: Sequence[bool], drawn: NDArray[np.int64]) -> list[AlarmTypeRow]:
    outcomes = [_OUTCOMES[row.true, own] for row, own in zip(rows, called, strict=True)]
    cells = np.eye(len(_OUTCOMES), dtype=np.int64)[outcomes]
    kinds = np.array([row.alarm for row in rows])
    chosen = {alarm: kinds == alarm for alarm in ALARMS_OF if alarm in kinds} | {ALL: np.ones(len(rows), np.bool_)}
    return [_type_row(alarm, cells[mask], drawn[:, mask]) for alarm, mask in chosen.items()]


def _type_row(alarm: str, cells: NDArray[np.int64], drawn: NDArray[np.int64]) -> AlarmTypeRow:
    tp, fp, fn, tn = (int(count) for count in cells.sum(axis=0))
    return AlarmTypeRow(
        alarm, len(cells), tp, fp, fn, tn,
        tpr=interval_of(part_of(0, 0, 2), cells, drawn),
        tnr=interval_of(part_of(3, 1, 3), cells, drawn),
        score=interval_of(score_of, cells, drawn),
        score_if_all_true=float(score_of(np.array([tp + fn, fp + tn, 0, 0]))),
    )  # fmt: skip


def _holds(span: TimeInterval, about: TimeInterval) -> bool:
    """Whether a span, even of no length, holds at some time within another."""
    return span.start_s <= about.stop_s and span.stop_s >= about.start_s

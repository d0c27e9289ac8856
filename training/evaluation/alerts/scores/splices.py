"""Scores splices: which alert the monitor raises, how soon, and whether it displays a heart rate without an alert."""

import math
from collections import Counter
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from training.evaluation.alerts.findings import MonitorFindings
from training.evaluation.alerts.scores.intervals import TimeInterval, union
from training.evaluation.alerts.scores.proportions import interval_of, proportion_of
from training.evaluation.bootstrap import Interval
from training.evaluation.splices import EXPECTED, WITHIN_S, Splice


class SpliceRow(msgspec.Struct, frozen=True):
    """One splice of a record.

    Attributes
    ----------
    record, kind : str
    start_s : float
    raised_s : float or None
        Seconds from the start until one of the expected alerts was displayed; None if there was none.
    code : str or None
        Code of that alert.
    other_codes : list of str
        Other codes of alerts of high priority in the splice.
    rate_s : float
        Seconds with a displayed heart rate and without a high or technical alert, later than ``WITHIN_S`` after the
        start.
    early_rate_s : float
        The same, up to ``WITHIN_S`` after the start.
    """

    record: str
    kind: str
    start_s: float
    raised_s: float | None
    code: str | None
    other_codes: list[str]
    rate_s: float
    early_rate_s: float


class SpliceKindRow(msgspec.Struct, frozen=True):
    """All splices of a kind; times in s, proportions from 0 to 1."""

    kind: str
    expected: list[str]
    splices: int
    in_time: Interval
    longest_s: float
    by_code: dict[str, int]
    other_codes: dict[str, int]
    with_rate: int
    """Splices in which a heart rate was displayed without an alert after an alert was due."""
    rate_s: float


def score_splice(name: str, splice: Splice, findings: MonitorFindings) -> SpliceRow:
    """Score the monitor's findings in one splice of a record."""
    place = TimeInterval(splice.start_s, splice.end_s)
    active = [(findings.shown(alert), alert) for alert in findings.alerts if findings.shown(alert).overlap_s(place) > 0]
    expected = EXPECTED[splice.kind]
    raised = min(
        ((max(0.0, shown.start_s - place.start_s), alert.code) for shown, alert in active if alert.code in expected),
        default=None,
    )
    alerted = union(shown for shown, alert in active if alert.priority == "high" or alert.kind == "technical")
    rates_without_alert = [
        t_s - place.start_s
        for t_s, bpm in findings.hr_bpm
        if bpm is not None
        and place.start_s < t_s <= place.stop_s
        and not any(interval.start_s <= t_s <= interval.stop_s for interval in alerted)
    ]
    return SpliceRow(
        name,
        splice.kind,
        splice.start_s,
        raised_s=round(raised[0], 3) if raised else None,
        code=raised[1] if raised else None,
        other_codes=sorted({a.code for _, a in active if a.priority == "high" and a.code not in expected}),
        rate_s=sum(after_s > WITHIN_S for after_s in rates_without_alert),
        early_rate_s=sum(after_s <= WITHIN_S for after_s in rates_without_alert),
    )


def splice_rows(records: Sequence[Sequence[SpliceRow]], resamples: NDArray[np.int64]) -> list[SpliceKindRow]:
    """The figures of each kind of splice over several records."""
    return [
        _kind_row(kind, [[row for row in record if row.kind == kind] for record in records], resamples)
        for kind in EXPECTED
    ]


def splice_passes(row: SpliceRow) -> bool:
    """Whether an expected alert was displayed in time, and no heart rate without an alert after that."""
    return row.raised_s is not None and row.raised_s <= WITHIN_S and not row.rate_s


def _kind_row(kind: str, records: Sequence[Sequence[SpliceRow]], resamples: NDArray[np.int64]) -> SpliceKindRow:
    rows = [row for record in records for row in record]
    in_time = [[row.raised_s is not None and row.raised_s <= WITHIN_S for row in record] for record in records]
    cells = np.array([(sum(of_record), len(of_record)) for of_record in in_time], np.int64).reshape(-1, 2)
    longest_s = max((math.inf if row.raised_s is None else row.raised_s for row in rows), default=math.nan)
    return SpliceKindRow(
        kind,
        list(EXPECTED[kind]),
        len(rows),
        in_time=interval_of(proportion_of(0, 1), cells, resamples),
        longest_s=longest_s,
        by_code=dict(Counter(row.code for row in rows if row.code)),
        other_codes=dict(Counter(code for row in rows for code in row.other_codes)),
        with_rate=sum(row.rate_s > 0 for row in rows),
        rate_s=sum(row.rate_s for row in rows),
    )

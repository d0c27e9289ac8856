"""Alert burden: the number of alerts in 24 patient-hours by code and by priority, and how many of them are false."""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from training.evaluation.alerts.findings import DetectedAlert, MonitorFindings
from training.evaluation.alerts.scores.proportions import interval_of, proportion
from training.evaluation.alerts.scores.reference_agreement import ReferenceConditions, agrees_with_reference
from training.evaluation.bootstrap import Interval
from wardbeat.contracts.alert_codes import CODES

URGENT, LOW, TECHNICAL = "high or medium, physiological", "low, physiological", "technical"
GROUPS = (URGENT, LOW, TECHNICAL)


class BurdenRow(msgspec.Struct, frozen=True):
    """Alerts of a code or of a group of codes: their number, and their number in 24 patient-hours.

    ``false`` counts the alerts that the reference contradicts. It is None for technical alerts: the reference has no
    such conditions.
    """

    name: str
    alerts: int
    a_day: Interval
    false: int | None
    false_a_day: Interval | None


class Burden(msgspec.Struct, frozen=True):
    """Alerts of a folder by group, by code and by record."""

    records: int
    hours: float
    groups: list[BurdenRow]
    codes: list[BurdenRow]
    by_record: dict[str, dict[str, int]]


def burden_of(
    records: Sequence[MonitorFindings], conditions: Sequence[ReferenceConditions], resamples: NDArray[np.int64]
) -> Burden:
    """Count the alerts of records.

    Parameters
    ----------
    records : sequence of MonitorFindings
    conditions : sequence of ReferenceConditions
        The conditions of each record by its reference.
    resamples : ndarray, shape (resamples, records)
        How often each record is in each resample of the bootstrap, for the intervals.
    """
    counts = [_counts(record.alerts) for record in records]
    false = [
        _counts([alert for alert in record.alerts if not agrees_with_reference(alert, of_record)])
        for record, of_record in zip(records, conditions, strict=True)
    ]
    hours = [record.duration_s / 3600 for record in records]
    raised = [code for code in CODES if any(code in by for by in counts)]
    return Burden(
        len(records),
        round(sum(hours), 3),
        [
            _row(name, [_grouped(by) for by in counts], [_grouped(by) for by in false], hours, resamples)
            for name in GROUPS
        ],
        [_row(code, counts, false, hours, resamples) for code in raised],
        {record.name: by for record, by in zip(records, counts, strict=True)},
    )


def _row(
    name: str,
    counts: Sequence[Mapping[str, int]],
    false: Sequence[Mapping[str, int]],
    hours: Sequence[float],
    resamples: NDArray[np.int64],
) -> BurdenRow:
    alerts, a_day = _per_day([by.get(name, 0) for by in counts], hours, resamples)
    if TECHNICAL in (name, name in CODES and group_of(name)):
        return BurdenRow(name, alerts, a_day, None, None)
    return BurdenRow(name, alerts, a_day, *_per_day([by.get(name, 0) for by in false], hours, resamples))


def _per_day(numbers: Sequence[int], hours: Sequence[float], resamples: NDArray[np.int64]) -> tuple[int, Interval]:
    cells = np.column_stack((np.array(numbers, np.float64), np.array(hours, np.float64)))
    return sum(numbers), interval_of(lambda cells: proportion(24.0 * cells[..., 0], cells[..., 1]), cells, resamples)


def _counts(alerts: Sequence[DetectedAlert]) -> dict[str, int]:
    codes = [alert.code for alert in alerts]
    return {code: codes.count(code) for code in CODES if code in codes}


def _grouped(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: sum(number for code, number in counts.items() if group_of(code) == name) for name in GROUPS}


def group_of(code: str) -> str:
    """The group of ``GROUPS`` to which a code belongs."""
    kind, priority = CODES[code].kind, CODES[code].priority
    if kind == "technical":
        return TECHNICAL
    return LOW if priority == "low" else URGENT

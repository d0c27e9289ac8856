"""How many alerts a bed gets in a day, by code and by priority; how many of them the reference does not bear out."""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from training.evaluation.alerts.observations import FoundAlert, MonitorFindings
from training.evaluation.alerts.scores.proportions import interval_of, proportion
from training.evaluation.alerts.scores.reference_agreement import Holding, agrees_with_reference
from training.evaluation.bootstrap import Interval
from wardbeat.contracts.alert_codes import CODES

URGENT, LOW, TECHNICAL = "high or medium, physiological", "low, physiological", "technical"
GROUPS = (URGENT, LOW, TECHNICAL)


class BurdenRow(msgspec.Struct, frozen=True):
    """Alerts of a code, or of a group of them: how many, and how many in 24 patient-hours.

    ``false`` are those that the reference does not bear out; None of technical ones, of which it says nothing.
    """

    name: str
    alerts: int
    a_day: Interval
    false: int | None
    false_a_day: Interval | None


class Burden(msgspec.Struct, frozen=True):
    """Alerts of a folder: by group, by code and record by record."""

    records: int
    hours: float
    groups: list[BurdenRow]
    codes: list[BurdenRow]
    by_record: dict[str, dict[str, int]]


def burden_of(records: Sequence[MonitorFindings], holding: Sequence[Holding], drawn: NDArray[np.int64]) -> Burden:
    """Count the alerts of records.

    Parameters
    ----------
    records : sequence of MonitorFindings
    holding : sequence of Holding
        When which condition holds in each, by its reference.
    drawn : ndarray
        How often each record is in each draw: intervals come of that.
    """
    counts = [_counts(record.alerts) for record in records]
    false = [
        _counts([alert for alert in record.alerts if not agrees_with_reference(alert, own)])
        for record, own in zip(records, holding, strict=True)
    ]
    hours = [record.duration_s / 3600 for record in records]
    found = [code for code in CODES if any(code in by for by in counts)]
    return Burden(
        len(records),
        round(sum(hours), 3),
        [_row(name, [_grouped(by) for by in counts], [_grouped(by) for by in false], hours, drawn) for name in GROUPS],
        [_row(code, counts, false, hours, drawn) for code in found],
        {record.name: by for record, by in zip(records, counts, strict=True)},
    )


def _row(
    name: str,
    counts: Sequence[Mapping[str, int]],
    false: Sequence[Mapping[str, int]],
    hours: Sequence[float],
    drawn: NDArray[np.int64],
) -> BurdenRow:
    alerts, a_day = _a_day([by.get(name, 0) for by in counts], hours, drawn)
    if TECHNICAL in (name, name in CODES and group_of(name)):
        return BurdenRow(name, alerts, a_day, None, None)
    return BurdenRow(name, alerts, a_day, *_a_day([by.get(name, 0) for by in false], hours, drawn))


def _a_day(numbers: Sequence[int], hours: Sequence[float], drawn: NDArray[np.int64]) -> tuple[int, Interval]:
    cells = np.column_stack((np.array(numbers, np.float64), np.array(hours, np.float64)))
    return sum(numbers), interval_of(lambda cells: proportion(24.0 * cells[..., 0], cells[..., 1]), cells, drawn)


def _counts(alerts: Sequence[FoundAlert]) -> dict[str, int]:
    found = [alert.code for alert in alerts]
    return {code: found.count(code) for code in CODES if code in found}


def _grouped(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: sum(number for code, number in counts.items() if group_of(code) == name) for name in GROUPS}


def group_of(code: str) -> str:
    """Which of ``GROUPS`` a code belongs to."""
    kind, priority = CODES[code].kind, CODES[code].priority
    if kind == "technical":
        return TECHNICAL
    return LOW if priority == "low" else URGENT

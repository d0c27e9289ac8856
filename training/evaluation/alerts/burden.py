"""How many alerts a bed gets in a day, by code and by priority; on healthy hearts every one of them is false."""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from training.evaluation.alerts.heard import Heard
from training.evaluation.alerts.shares import interval_of, share
from training.evaluation.bootstrap import Interval
from wardbeat.alerts import CODES

URGENT, LOW, TECHNICAL = "high or medium, physiological", "low, physiological", "technical"
GROUPS = (URGENT, LOW, TECHNICAL)


class BurdenRow(msgspec.Struct, frozen=True):
    """Alerts of a code, or of a group of them: how many, and how many in 24 patient-hours."""

    name: str
    alerts: int
    a_day: Interval


class Burden(msgspec.Struct, frozen=True):
    """Alerts of a folder: by group, by code and record by record."""

    records: int
    hours: float
    groups: list[BurdenRow]
    codes: list[BurdenRow]
    by_record: dict[str, dict[str, int]]


def burden_of(records: Sequence[Heard], drawn: NDArray[np.int64]) -> Burden:
    """Count the alerts of records; intervals from how often each record is in each draw."""
    counts = [_counts(record) for record in records]
    hours = [record.duration_s / 3600 for record in records]
    grouped = [_grouped(by) for by in counts]
    found = [code for code in CODES if any(code in by for by in counts)]
    return Burden(
        len(records),
        round(sum(hours), 3),
        [_row(name, grouped, hours, drawn) for name in GROUPS],
        [_row(code, counts, hours, drawn) for code in found],
        {record.name: by for record, by in zip(records, counts, strict=True)},
    )


def _row(name: str, counts: Sequence[Mapping[str, int]], hours: Sequence[float], drawn: NDArray[np.int64]) -> BurdenRow:
    cells = np.array([(by.get(name, 0), own) for by, own in zip(counts, hours, strict=True)], np.float64)
    a_day = interval_of(lambda cells: share(24.0 * cells[..., 0], cells[..., 1]), cells, drawn)
    return BurdenRow(name, int(cells[:, 0].sum()), a_day)


def _counts(record: Heard) -> dict[str, int]:
    found = [alert.code for alert in record.alerts]
    return {code: found.count(code) for code in CODES if code in found}


def _grouped(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: sum(number for code, number in counts.items() if group_of(code) == name) for name in GROUPS}


def group_of(code: str) -> str:
    """Which of ``GROUPS`` a code belongs to."""
    kind, priority = CODES[code].kind, CODES[code].priority
    if kind == "technical":
        return TECHNICAL
    return LOW if priority == "low" else URGENT

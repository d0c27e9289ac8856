"""The tables of EC57: a row for each record, and rows for groups of records with gross and average figures."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from training.data.splits import DS1, DS2, MITDB, PACED
from training.evaluation import bootstrap
from training.evaluation.detector.ec57 import Counts, Rates, class_rates, count, qrs_rates
from training.evaluation.detector.scored_records import ScoredRecord
from training.evaluation.provenance import Scorer, patient_of

UNSEEN = "all not fitted on"
"""The group of records whose networks were not fitted on the patient, if these are not all records."""


class _Named(Protocol):
    @property
    def name(self) -> str: ...


Row = TypeVar("Row", bound=_Named)


class Rate(msgspec.Struct, frozen=True):
    """A figure over several records.

    Attributes
    ----------
    gross : float
        All beats have the same weight.
    low, high : float
        95 % interval of ``gross`` over patients.
    average : float
        All records have the same weight; records that do not define the figure are left out.
    """

    gross: float
    low: float
    high: float
    average: float


class RecordRow(msgspec.Struct, frozen=True):
    """The counts (see :mod:`training.evaluation.detector.ec57`), the figures and the scorer of a record."""

    record: str
    seen: str
    fold: int | None
    from_s: float
    to_s: float
    counts: list[list[int]]
    rates: dict[str, float]


class GroupRow(msgspec.Struct, frozen=True):
    """A group of records."""

    name: str
    records: int
    patients: int
    counts: list[list[int]]
    rates: dict[str, Rate]


def record_row(record: ScoredRecord, scorer: Scorer) -> RecordRow:
    """The row of one record."""
    counts = count(record.beats)
    rates = {name: float(value) for name, value in (qrs_rates(counts) | class_rates(counts)).items()}
    return RecordRow(record.name, scorer.seen, scorer.fold, record.from_s, record.duration_s, counts.tolist(), rates)


def group_rows(
    rows: Sequence[RecordRow], groups: Mapping[str, Sequence[str]], rates: Callable[[Counts], Rates], seed: int
) -> list[GroupRow]:
    """A row for each group of records.

    Parameters
    ----------
    rows : sequence of RecordRow
    groups : mapping
        Names of records by the group's name.
    rates : callable
        Function from counts to figures.
    seed : int
        Seed of the bootstrap.
    """
    by_name = {row.record: row for row in rows}
    return [_group_row(name, [by_name[record] for record in records], rates, seed) for name, records in groups.items()]


def qrs_groups(rows: Sequence[RecordRow]) -> dict[str, list[str]]:
    """The groups for QRS figures: all records, those not fitted on, and the two halves of mitdb."""
    return {"all": [row.record for row in rows], **_unseen(rows), **_halves(rows)}


def class_groups(rows: Sequence[RecordRow]) -> dict[str, list[str]]:
    """The groups for class figures.

    Of mitdb the paced records are left out. There are also groups of DS2 without 202 (the same person as 201 of DS1)
    and without 232 (which has three quarters of the S beats of DS2).
    """
    not_paced = [row for row in rows if row.record not in PACED]
    if not is_mitdb(rows) or not not_paced:
        return {"all": [row.record for row in rows], **_unseen(rows)}
    halves = _halves(not_paced)
    without = {
        f"DS2 without {name}": [record for record in halves["DS2"] if record != name]
        for name in ("202", "232")
        if {name} < set(halves.get("DS2", []))
    }
    return {"all but paced": [row.record for row in not_paced], **_unseen(not_paced), **halves, **without}


def headline_group(groups: Mapping[str, Sequence[str]]) -> str:
    """The group for plots and matrices: DS2, or else the records not fitted on, or else the first group."""
    return next((name for name in ("DS2", UNSEEN) if name in groups), next(iter(groups)))


def row_named(name: str, rows: Sequence[Row]) -> Row:
    """The row of a group, or the first row if there is no such group."""
    return next((row for row in rows if row.name == name), rows[0])


def is_mitdb(rows: Sequence[RecordRow]) -> bool:
    """Whether all rows are records of the MIT-BIH Arrhythmia Database, by their names."""
    return bool(rows) and all(row.record in MITDB for row in rows)


def _group_row(name: str, rows: Sequence[RecordRow], rates: Callable[[Counts], Rates], seed: int) -> GroupRow:
    counts = np.array([row.counts for row in rows], np.int64)
    patients = [patient_of(row.record) for row in rows]
    resampled = rates(np.tensordot(bootstrap.resample_counts(patients, seed), counts, axes=1))
    by_record, gross = rates(counts), rates(counts.sum(axis=0))
    return GroupRow(
        name,
        len(rows),
        len(set(patients)),
        counts.sum(axis=0).tolist(),
        {key: _rate(bootstrap.interval(float(value), resampled[key]), by_record[key]) for key, value in gross.items()},
    )


def _rate(gross: bootstrap.Interval, by_record: NDArray[np.float64]) -> Rate:
    defined = by_record[np.isfinite(by_record)]
    average = float(defined.mean()) if len(defined) else float("nan")
    return Rate(gross.value, gross.low, gross.high, average)


def _halves(rows: Sequence[RecordRow]) -> dict[str, list[str]]:
    if not is_mitdb(rows):
        return {}
    halves = {name: [row.record for row in rows if row.record in half] for name, half in (("DS1", DS1), ("DS2", DS2))}
    return {name: records for name, records in halves.items() if records}


def _unseen(rows: Sequence[RecordRow]) -> dict[str, list[str]]:
    """The group of records that were not fitted on, if these are some of the records but not all."""
    unseen = [row.record for row in rows if row.seen in {"unseen", "held out"}]
    return {UNSEEN: unseen} if 0 < len(unseen) < len(rows) else {}

"""EC57's tables: a row a record, and rows of records together with gross and average figures and their intervals."""

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
"""The group of records that no networks scored who had seen the patient, where that is not all."""


class _Named(Protocol):
    @property
    def name(self) -> str: ...


Row = TypeVar("Row", bound=_Named)


class Rate(msgspec.Struct, frozen=True):
    """A figure over several records.

    Attributes
    ----------
    gross : float
        All beats count the same.
    low, high : float
        95 % interval of ``gross`` over patients.
    average : float
        All records count the same; those that do not define it are left out.
    """

    gross: float
    low: float
    high: float
    average: float


class RecordRow(msgspec.Struct, frozen=True):
    """A record's counts (see :mod:`training.evaluation.detector.ec57`) and figures, and what its networks had seen."""

    record: str
    seen: str
    fold: int | None
    from_s: float
    to_s: float
    counts: list[list[int]]
    rates: dict[str, float]


class GroupRow(msgspec.Struct, frozen=True):
    """Several records together."""

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
        The figures of counts.
    seed : int
        Of the bootstrap.
    """
    by_name = {row.record: row for row in rows}
    return [_group_row(name, [by_name[record] for record in records], rates, seed) for name, records in groups.items()]


def qrs_groups(rows: Sequence[RecordRow]) -> dict[str, list[str]]:
    """What to give QRS figures of together: everything, and of mitdb its two halves."""
    return {"all": [row.record for row in rows], **_unseen(rows), **_halves(rows)}


def class_groups(rows: Sequence[RecordRow]) -> dict[str, list[str]]:
    """What to give class figures of together; of mitdb, paced records are left out, and DS2 is also given without 202,
    who is 201 of DS1, and without 232, who has three quarters of its S beats.
    """  # noqa: D205 # one sentence
    beating = [row for row in rows if row.record not in PACED]
    if not is_mitdb(rows) or not beating:
        return {"all": [row.record for row in rows], **_unseen(rows)}
    halves = _halves(beating)
    without = {
        f"DS2 without {name}": [record for record in halves["DS2"] if record != name]
        for name in ("202", "232")
        if {name} < set(halves.get("DS2", []))
    }
    return {"all but paced": [row.record for row in beating], **_unseen(beating), **halves, **without}


def headline_group(groups: Mapping[str, Sequence[str]]) -> str:
    """The group that figures and matrices are drawn of: DS2, or else who was not fitted on, or else the first."""
    return next((name for name in ("DS2", UNSEEN) if name in groups), next(iter(groups)))


def row_named(name: str, rows: Sequence[Row]) -> Row:
    """The row of a group, or the first where that group is none of its own."""
    return next((row for row in rows if row.name == name), rows[0])


def is_mitdb(rows: Sequence[RecordRow]) -> bool:
    """Whether the rows are of the MIT-BIH Arrhythmia Database, by their names."""
    return bool(rows) and all(row.record in MITDB for row in rows)


def _group_row(name: str, rows: Sequence[RecordRow], rates: Callable[[Counts], Rates], seed: int) -> GroupRow:
    counts = np.array([row.counts for row in rows], np.int64)
    patients = [patient_of(row.record) for row in rows]
    drawn = rates(np.tensordot(bootstrap.draws(patients, seed), counts, axes=1))
    own, gross = rates(counts), rates(counts.sum(axis=0))
    return GroupRow(
        name,
        len(rows),
        len(set(patients)),
        counts.sum(axis=0).tolist(),
        {key: _rate(bootstrap.interval(float(value), drawn[key]), own[key]) for key, value in gross.items()},
    )


def _rate(gross: bootstrap.Interval, each: NDArray[np.float64]) -> Rate:
    defined = each[np.isfinite(each)]
    average = float(defined.mean()) if len(defined) else float("nan")
    return Rate(gross.value, gross.low, gross.high, average)


def _halves(rows: Sequence[RecordRow]) -> dict[str, list[str]]:
    if not is_mitdb(rows):
        return {}
    halves = {name: [row.record for row in rows if row.record in half] for name, half in (("DS1", DS1), ("DS2", DS2))}
    return {name: records for name, records in halves.items() if records}


def _unseen(rows: Sequence[RecordRow]) -> dict[str, list[str]]:
    """Who was not fitted on, where that is neither everybody nor nobody."""
    unseen = [row.record for row in rows if row.seen in {"unseen", "held out"}]
    return {UNSEEN: unseen} if 0 < len(unseen) < len(rows) else {}

"""Tables of classified beats by ANSI/AAMI EC57: by record, and for groups of records with intervals over patients.

Unlike the figures of rows, V on a fusion beat (F) counts as no error here, and missed beats count by record.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.evaluation.detector.ec57 import NONE, Counts, class_rates
from training.evaluation.detector.tables import GroupRow, RecordRow, class_groups, group_rows
from training.study.results import Cell, ExtraTable, defined
from training.study.task import Rows

CLASSES = ("N", "S", "V", "F")
"""Of the tasks on beats, in the order of ``SYMBOLS``. Q has no examples to fit on."""
RATES = {"V Se": "v_se", "V +P": "v_ppv", "V F1": "v_f1", "V F1 strict": "v_f1_strict", "S Se": "s_se", "S +P": "s_ppv"}
RATES |= {"S F1": "s_f1"}
ERRORS = {
    f"{one} as {other}": (row, column)
    for row, one in enumerate(CLASSES)
    for column, other in enumerate(CLASSES)
    if row != column
}
ERRORS |= {f"{one} missed": (row, NONE) for row, one in enumerate(CLASSES)}
ERRORS |= {f"false {one}": (NONE, column) for column, one in enumerate(CLASSES)}
"""Cells of the counts: beats that are taken for another class, missed beats, false detections."""


def record_rows(rows: Rows, probabilities: NDArray[np.float32], missed: Rows) -> list[RecordRow]:
    """The counts of each record.

    Parameters
    ----------
    rows : Rows
        Detected beats; a row without any class is a false detection.
    probabilities : ndarray, shape (rows, classes)
    missed : Rows
        Reference beats that were not detected.
    """
    reference = np.where(rows.labels.sum(axis=1) > 0, rows.labels.argmax(axis=1), NONE)
    predicted = probabilities.argmax(axis=1)
    return [
        _record_row(
            str(name),
            np.concatenate([reference[rows.record == name], missed.labels[missed.record == name].argmax(axis=1)]),
            np.concatenate([predicted[rows.record == name], np.full((missed.record == name).sum(), NONE)]),
        )
        for name in np.unique(np.concatenate([rows.record, missed.record]))
    ]


def pooled(by_seed: Sequence[Sequence[RecordRow]]) -> list[RecordRow]:
    """The counts of several fits together, by record: each beat counts once for each fit."""
    return [
        _with_counts(rows[0].record, np.sum([np.array(row.counts) for row in rows], axis=0))
        for rows in zip(*by_seed, strict=True)
    ]


def groups_of(records: Sequence[RecordRow], seed: int = 0) -> list[GroupRow]:
    """The figures of groups of records: of mitdb DS2, also without 202 and without 232."""
    groups = class_groups(records)
    groups.pop("all but paced", None)
    return group_rows(records, groups, class_rates, seed)


def group_table(title: str, records_of: dict[str, list[RecordRow]], seed: int = 0) -> ExtraTable:
    """The figures of groups of records for several models.

    Parameters
    ----------
    title : str
    records_of : dict
        Counts by record, by model.
    seed : int
        Of the bootstrap.
    """
    rows: list[list[Cell]] = []
    for model, records in records_of.items():
        for group in groups_of(records, seed):
            cells: list[Cell] = [model, group.name, group.patients]
            for key in RATES.values():
                rate = group.rates[key]
                cells += [defined(rate.gross), defined(rate.low), defined(rate.high)]
            rows.append(cells)
    columns = [column for name in RATES for column in (name, f"{name} low", f"{name} high")]
    note = (
        "ANSI/AAMI EC57: the first 5 minutes of a record are not scored, missed beats and false detections count as "
        "errors, V on F is no error (it is one in 'V F1 strict'). 95 % intervals by bootstrap over patients. Record "
        "202 is the same person as 201, on whom the models are fitted; 232 has three of four S beats."
    )
    return ExtraTable(title, ["model", "records", "patients", *columns], rows, note)


def record_table(title: str, records: Sequence[RecordRow]) -> ExtraTable:
    """Beats of each class, all errors and the figures of one model by record."""
    rows: list[list[Cell]] = []
    for record in records:
        counts = np.array(record.counts)
        beats = [int(counts[at].sum()) for at in range(len(CLASSES))]
        errors = [int(counts[cell]) for cell in ERRORS.values()]
        rates = [defined(record.rates[key]) for key in ("s_f1", "v_f1")]
        rows.append([record.record, *beats, *errors, *rates])
    return ExtraTable(title, ["record", *CLASSES, *ERRORS, "S F1", "V F1"], rows)


def _record_row(name: str, reference: NDArray[np.int64], predicted: NDArray[np.int64]) -> RecordRow:
    size = NONE + 1
    counts = np.bincount(reference * size + predicted, minlength=size * size).reshape(size, size)
    return _with_counts(name, counts)


def _with_counts(name: str, counts: Counts) -> RecordRow:
    rates = {key: float(value) for key, value in class_rates(counts).items()}
    return RecordRow(name, "unseen", None, 0.0, 0.0, counts.tolist(), rates)

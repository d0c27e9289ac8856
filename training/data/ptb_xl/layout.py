"""Reads the tables of PTB-XL: which records there are, of whom, in which fold, with which statements.

Two layouts are read:

=========================  ==========================================================================================
table                      content
=========================  ==========================================================================================
``ptbxl_database.csv``     the published table (PhysioNet, version 1.0.3): every record has its SCP-ECG statements
``labels.csv``             a part of it: five folds, and a third of the patients have a number. Every record has the
                           codes of the Challenge of 2021 (Reyna et al. 2021, doi:10.23919/CinC53138.2021.9662687);
                           all records of folds 9 and 10 and a part of the others have SCP-ECG statements too
``scp_statements.csv``     the superclass of each statement, in both layouts
=========================  ==========================================================================================
"""

import ast
import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from wardbeat.errors import RecordError, TrainingError

LEADS = ("I", "II", "III", "AVR", "AVL", "AVF", "V1", "V2", "V3", "V4", "V5", "V6")
FS_HZ = 100
SAMPLES = 1000
"""Of each lead: 10 s."""
DATABASE = "ptbxl_database.csv"
LABELS = "labels.csv"
STATEMENTS = "scp_statements.csv"
VALIDATION_FOLD, TEST_FOLD = 9, 10
"""The folds that the authors recommend; a cardiologist has checked nearly all records in them."""
Part = Literal["fit", "validation", "test"]


class PtbRecord(msgspec.Struct, frozen=True):
    """One record of PTB-XL.

    Attributes
    ----------
    ecg_id : int
    patient : str
        The number of the patient. A record without one counts as a patient of its own.
    fold : int
        1 to 10.
    file_100_hz, file_500_hz : str
        Path of the WFDB record in the data set's folder, without suffix; empty if the table names none.
    statements : tuple of str or None
        SCP-ECG statements, whatever their likelihood; None if they are unknown.
    codes : tuple of str
        Codes of the Challenge of 2021; empty in the published table.
    """

    ecg_id: int
    patient: str
    fold: int
    file_100_hz: str
    file_500_hz: str
    statements: tuple[str, ...] | None
    codes: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name of the record as in its files, such as ``00001``."""
        return f"{self.ecg_id:05d}"

    @property
    def part(self) -> Part:
        """Fold 9 validates, fold 10 tests, and all others are for the fit."""
        return {VALIDATION_FOLD: "validation", TEST_FOLD: "test"}.get(self.fold, "fit")  # type: ignore[return-value]


def read_records(folder: Path) -> list[PtbRecord]:
    """The records in the table of a folder, in its order.

    Raises
    ------
    RecordError
        If there is no table, or a row of it can't be read.
    TrainingError
        If a patient is in two parts.
    """
    table = next((folder / name for name in (DATABASE, LABELS) if (folder / name).is_file()), None)
    if table is None:
        raise RecordError(f"{folder}: PTB-XL needs {DATABASE} or {LABELS}, and there is neither; download it first")
    read = _published if table.name == DATABASE else _labelled
    records = []
    for row in _rows(table):
        try:
            records.append(read(row))
        except (KeyError, ValueError, SyntaxError) as error:
            raise RecordError(f"{table}: a row can't be read ({error!r}: {row}); download the table again") from error
    _check_patients(records)
    return records


def read_superclasses(folder: Path) -> dict[str, str]:
    """The superclass of each diagnostic statement in ``scp_statements.csv``: NORM, MI, STTC, CD or HYP.

    Raises
    ------
    RecordError
        If there is no such table.
    """
    table = folder / STATEMENTS
    if not table.is_file():
        raise RecordError(f"{table}: PTB-XL needs this table, and it is not there; download it first")
    return {row[""]: row["diagnostic_class"] for row in _rows(table) if row["diagnostic"]}


def _rows(table: Path) -> list[dict[str, str]]:
    with table.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _published(row: Mapping[str, str]) -> PtbRecord:
    return PtbRecord(
        ecg_id=int(row["ecg_id"]),
        patient=_patient(row),
        fold=int(row["strat_fold"]),
        file_100_hz=row["filename_lr"],
        file_500_hz=row["filename_hr"],
        statements=tuple(ast.literal_eval(row["scp_codes"])),
        codes=(),
    )


def _labelled(row: Mapping[str, str]) -> PtbRecord:
    return PtbRecord(
        ecg_id=int(row["ecg_id"]),
        patient=_patient(row),
        fold=int(float(row["strat_fold"])),
        file_100_hz=row["filename_lr"],
        file_500_hz="",
        statements=tuple(row["scp_statements"].split(";")) if row["scp_statements"] else None,
        codes=tuple(row["dx_cinc2021"].split(";")) if row["dx_cinc2021"] else (),
    )


def _patient(row: Mapping[str, str]) -> str:
    return str(int(float(row["patient_id"]))) if row["patient_id"] else f"record {int(row['ecg_id']):05d}"


def _check_patients(records: Iterable[PtbRecord]) -> None:
    parts: dict[str, set[str]] = defaultdict(set)
    for record in records:
        parts[record.patient].add(record.part)
    for patient, found in parts.items():
        if len(found) > 1:
            raise TrainingError(
                f"patient {patient} of PTB-XL is in the parts {', '.join(sorted(found))}, and may be in one only; "
                "use the folds of the published table"
            )

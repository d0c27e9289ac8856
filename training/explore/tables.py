"""Labels and patients of records from the tables that data sets bring along.

==========================  ========================================================================================
table                       label of a record
==========================  ========================================================================================
``REFERENCE-v3.csv``        challenge-2017: rhythm N, A, O or ~
``ALARMS``                  challenge-2015: type of the alarm, and whether it is true
``ptbxl_database.csv``,     PTB-XL: superclasses of its statements (with ``scp_statements.csv``), and its patient
``labels.csv``
==========================  ========================================================================================

The tables lie in the folder of the records or above it, as those of PTB-XL do.
"""

from collections.abc import Callable
from pathlib import Path

import msgspec

from training.data.challenge_2017 import REFERENCE, read_record_rhythms
from training.data.ptb_xl.layout import DATABASE, LABELS, STATEMENTS, read_records, read_superclasses
from training.data.splits import MITDB
from training.evaluation.alerts.folders import ALARMS, read_alarms
from training.evaluation.detector.noise_stress import NOISE_RECORD
from training.evaluation.provenance import NOISE_STRESS, patient_of

UNKNOWN = "not known: each record counts as a patient"
OF_MITDB = "known: 201 and 202 of mitdb are one person; nstdb has 118 and 119 of mitdb"
OF_PTB_XL = "known from the table of PTB-XL; a record without a number counts as a patient"
NOISE_RECORDS = frozenset(("bw", NOISE_RECORD, "ma"))


class RecordTable(msgspec.Struct, frozen=True):
    """What the tables of a data set state.

    Attributes
    ----------
    name : str
        Name of the table; empty without one.
    labels : dict of str to tuple of str
        Labels of each record; a record may have several.
    patients : dict of str to str
        Patient of each record, if they are known; unique over all data sets.
    patient_source : str
        How they are known.
    """

    name: str = ""
    labels: dict[str, tuple[str, ...]] = {}
    patients: dict[str, str] = {}
    patient_source: str = UNKNOWN


def read_table(folder: Path, records: list[str]) -> RecordTable:
    """The tables of a data set.

    Parameters
    ----------
    folder : Path
        Folder of the records.
    records : list of str
        Names of the records, without their folders.

    Raises
    ------
    RecordError, EvaluationError
        If a line of a table has another form.
    """
    for above in (folder, *list(folder.resolve().parents)[:2]):
        for name, read in _READERS.items():
            table = read(above) if (above / name).is_file() else RecordTable()
            if not table.labels.keys().isdisjoint(records):
                return table
    if records and all(name in MITDB or NOISE_STRESS.fullmatch(name) or name in NOISE_RECORDS for name in records):
        return RecordTable(patients={name: f"mitdb {patient_of(name)}" for name in records}, patient_source=OF_MITDB)
    return RecordTable()


def _challenge_2017(folder: Path) -> RecordTable:
    return RecordTable(REFERENCE, {name: (rhythm,) for name, rhythm in read_record_rhythms(folder).items()})


def _challenge_2015(folder: Path) -> RecordTable:
    words = {True: "true", False: "false"}
    alarms = read_alarms(folder)
    return RecordTable(ALARMS, {one.record: (f"{one.alarm.replace('_', ' ')}, {words[one.true]}",) for one in alarms})


def _ptb_xl(folder: Path) -> RecordTable:
    if not (folder / DATABASE).is_file() and not (folder / LABELS).read_text(encoding="utf-8").startswith("ecg_id"):
        return RecordTable()  # other data sets have a table of this name, too
    records = read_records(folder)
    superclasses = read_superclasses(folder) if (folder / STATEMENTS).is_file() else {}
    labels, patients = {}, {}
    for record in records:
        if record.statements is None:
            found: tuple[str, ...] = ("statements unknown",)
        else:
            known = {superclasses[statement] for statement in record.statements if statement in superclasses}
            found = tuple(sorted(known)) or ("no superclass",)
        for file in (record.file_100_hz, record.file_500_hz):
            if file:
                labels[Path(file).name] = found
                patients[Path(file).name] = f"ptb-xl {record.patient}"
    return RecordTable(DATABASE if (folder / DATABASE).is_file() else LABELS, labels, patients, OF_PTB_XL)


_READERS: dict[str, Callable[[Path], RecordTable]] = {
    REFERENCE: _challenge_2017,
    ALARMS: _challenge_2015,
    DATABASE: _ptb_xl,
    LABELS: _ptb_xl,
}

"""The split of the patients: those to fit on, the folds of the cross-validation, and the test set.

mitdb is split by patient after de Chazal, O'Dwyer and Reilly 2004 (doi:10.1109/TBME.2004.827359): DS1 for the fit, DS2
for the test, which we score once for each release. The four paced records are in neither. Records 201 (DS1) and 202
(DS2) of the published split are the same person, so we also report results on DS2 without 202.
"""

from collections.abc import Sequence
from pathlib import Path

DS1 = (
    "101", "106", "108", "109", "112", "114", "115", "116", "118", "119", "122",
    "124", "201", "203", "205", "207", "208", "209", "215", "220", "223", "230",
)  # fmt: skip
DS2 = (
    "100", "103", "105", "111", "113", "117", "121", "123", "200", "202", "210",
    "212", "213", "214", "219", "221", "222", "228", "231", "232", "233", "234",
)  # fmt: skip
PACED = ("102", "104", "107", "217")
MITDB = frozenset((*DS1, *DS2, *PACED))
SAME_PERSON = {"201": "202", "202": "201"}
FOLDS = 4
"""Four-fold cross-validation by patient: networks fitted on three quarters of the patients score the others."""


def default_records(paths: Sequence[Path]) -> list[Path]:
    """The records of a folder for the fit: DS1 of mitdb, all records of another folder."""
    if not is_mitdb(paths):
        return list(paths)
    return [path for path in paths if path.name in DS1]


def qrs_records(paths: Sequence[Path]) -> list[Path]:
    """The records of a folder for the fit of the QRS network: of mitdb also the paced ones."""
    if not is_mitdb(paths):
        return list(paths)
    return [path for path in paths if path.name in (*DS1, *PACED)]


def is_mitdb(paths: Sequence[Path]) -> bool:
    """Whether all records are from the MIT-BIH Arrhythmia Database, by their names."""
    return bool(paths) and all(path.name in MITDB for path in paths)


def patient_folds(paths: Sequence[Path]) -> dict[str, int]:
    """The fold that holds out each record of a folder; DS2 is in no fold, except 202.

    Record 202 of DS2 is held out together with 201, because they are the same person.
    """
    if not is_mitdb(paths):
        return {path.name: index % FOLDS for index, path in enumerate(sorted(paths))}
    folds = {name: index % FOLDS for index, name in enumerate(sorted((*DS1, *PACED)))}
    folds |= {name: folds[same] for name, same in SAME_PERSON.items() if same in folds}
    return {path.name: folds[path.name] for path in paths if path.name in folds}

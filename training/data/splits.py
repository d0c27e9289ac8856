"""Which patients networks are fitted on, who is held out of which fold, and which nobody may look at before the end.

mitdb is cut as by de Chazal, O'Dwyer and Reilly 2004 (doi:10.1109/TBME.2004.827359), by patient: DS1 to fit, DS2 to
score once a release; the four paced records are in neither. Records 201 (DS1) and 202 (DS2) are the same person: the
published split is like that, so results on DS2 are also to be given without 202.
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
"""Cross-validation is four-fold, by patient: three quarters of the patients fit what the others are scored by."""


def default_records(paths: Sequence[Path]) -> list[Path]:
    """The records of a folder that may be fitted on: of mitdb DS1, of anything else all."""
    if not is_mitdb(paths):
        return list(paths)
    return [path for path in paths if path.name in DS1]


def qrs_records(paths: Sequence[Path]) -> list[Path]:
    """The records of a folder that a QRS network may be fitted on: of mitdb the paced ones as well."""
    if not is_mitdb(paths):
        return list(paths)
    return [path for path in paths if path.name in (*DS1, *PACED)]


def is_mitdb(paths: Sequence[Path]) -> bool:
    """Whether a folder holds the MIT-BIH Arrhythmia Database, or a part of it, by the names of its records."""
    return bool(paths) and all(path.name in MITDB for path in paths)


def patient_folds(paths: Sequence[Path]) -> dict[str, int]:
    """The fold in which each record of a folder is held out of the fit; the rest of DS2 is in none.

    Record 202 of DS2 is held out with 201, who is the same person.
    """
    if not is_mitdb(paths):
        return {path.name: index % FOLDS for index, path in enumerate(sorted(paths))}
    folds = {name: index % FOLDS for index, name in enumerate(sorted((*DS1, *PACED)))}
    folds |= {name: folds[twin] for name, twin in SAME_PERSON.items() if twin in folds}
    return {path.name: folds[path.name] for path in paths if path.name in folds}

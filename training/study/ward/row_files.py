"""Rows of a task as one file."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.study.task import Rows
from wardbeat.atomic_files import atomic_file

INPUT = "inputs/"


def save_rows(file: Path, rows: Rows) -> None:
    """Write rows; the file is complete or not there at all."""
    arrays: dict[str, NDArray[Any]] = {f"{INPUT}{name}": array for name, array in rows.inputs.items()}
    arrays |= {"labels": rows.labels, "record": rows.record, "patient": rows.patient}
    file.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(file) as temporary, temporary.open("wb") as stream:
        np.savez(stream, allow_pickle=False, **arrays)


def load_rows(file: Path) -> Rows:
    """Read rows."""
    with np.load(file) as stored:
        inputs = {name.removeprefix(INPUT): stored[name] for name in stored.files if name.startswith(INPUT)}
        return Rows(inputs, stored["labels"], stored["record"], stored["patient"])

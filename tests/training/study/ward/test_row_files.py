"""Rows are read as they were written."""

from pathlib import Path

import numpy as np

from training.study.task import Rows
from training.study.ward.row_files import load_rows, save_rows


def test_rows_are_read_as_they_were_written(tmp_path: Path) -> None:
    signal = np.arange(12, dtype=np.float32).reshape(2, 3, 2)
    rows = Rows({"signal": signal}, np.eye(2, dtype=np.float32), np.array(["a", "b"]), np.array(["p", "q"]))
    file = tmp_path / "new" / "fit.npz"
    save_rows(file, rows)
    read = load_rows(file)
    assert list(read.inputs) == ["signal"]
    assert np.array_equal(read.inputs["signal"], signal)
    assert np.array_equal(read.labels, rows.labels)
    assert (read.record.tolist(), read.patient.tolist()) == (["a", "b"], ["p", "q"])
    assert [path.name for path in file.parent.iterdir()] == ["fit.npz"]


def test_rows_may_have_no_inputs(tmp_path: Path) -> None:
    save_rows(tmp_path / "missed.npz", Rows({}, np.zeros((0, 4), np.float32), np.zeros(0, "U3"), np.zeros(0, "U3")))
    assert len(load_rows(tmp_path / "missed.npz")) == 0

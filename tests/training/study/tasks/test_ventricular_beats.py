"""Beats of DS1 for the fit and of svdb for validation, at the rate of the 12-lead networks."""

from pathlib import Path

import numpy as np
import pytest

from tests.support.toy_task import silent
from tests.support.ward_study import write_small_study
from training.data.splits import DS1
from training.study.task import Part, Rows
from training.study.tasks.ventricular_beats import VentricularBeatsTask, _at_most

PARTS: tuple[Part, ...] = ("fit", "validation")
TASK = VentricularBeatsTask()


def rows(counts: dict[str, int]) -> Rows:
    record = np.concatenate([np.repeat(name, n) for name, n in counts.items()])
    signal = np.arange(len(record), dtype=np.float32)[:, None, None]
    return Rows({"signal": signal}, np.eye(2, dtype=np.float32)[np.arange(len(record)) % 2], record, record)


def test_a_record_gives_at_most_so_many_rows() -> None:
    kept = _at_most(rows({"a": 50, "b": 7, "c": 20}), 20)
    names, counts = np.unique(kept.record, return_counts=True)
    assert dict(zip(names.tolist(), counts.tolist(), strict=True)) == {"a": 20, "b": 7, "c": 20}
    assert len(np.unique(kept.inputs["signal"])) == 47
    assert kept.inputs["signal"][:20].max() > 20  # drawn from the whole record


def test_v_are_sampled_more_often_than_they_are() -> None:
    equal = rows({"a": 90})
    labels = np.eye(2, dtype=np.float32)[(np.arange(90) < 9).astype(int)]
    unequal = Rows(equal.inputs, labels, equal.record, equal.patient)
    weights = TASK.weights(unequal)
    assert weights[:9].sum() == pytest.approx(0.25)  # √9 to √81
    assert weights.sum() == pytest.approx(1)


def test_the_beats_of_ds1_are_fitted_and_those_of_svdb_validate(tmp_path: Path) -> None:
    data, work = write_small_study(tmp_path)
    TASK.prepare(data, work / TASK.name, silent)
    fit, validation = (TASK.rows(work / TASK.name, part) for part in PARTS)
    assert set(fit.record) <= set(DS1)
    assert {name[0] for name in validation.record} == {"S"}
    assert fit.inputs["signal"].shape[1:] == validation.inputs["signal"].shape[1:] == (105, 2)
    assert fit.labels.shape == (len(fit), 2)
    before = (work / TASK.name / "fit.npz").stat().st_mtime_ns
    TASK.prepare(tmp_path / "no data", work / TASK.name, silent)
    assert (work / TASK.name / "fit.npz").stat().st_mtime_ns == before

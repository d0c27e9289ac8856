"""The ward's records are split by patient and captured from the live monitor once."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.support.ward_study import write_small_study, write_ward_data
from training.data.splits import DS1, DS2
from training.study.ward import records
from training.study.ward.records import part_records, ward_records
from wardbeat.errors import RecordError


def no_progress(stage: str, done: int, total: int, note: str = "") -> None:
    """Report nothing."""


def test_parts_are_split_by_patient(shared_data: Path) -> None:
    parts = {part: {path.name for path in paths} for part, paths in part_records(shared_data).items()}
    assert parts["test"] == set(DS2)
    assert set(DS1) < parts["fit"] | parts["validation"]
    assert not parts["fit"] & parts["validation"]
    assert len(parts["fit"]) + len(parts["validation"]) == 22 + 39
    assert len(parts["validation"]) == 14
    assert "201" in parts["fit"], "who is 202 of the test part, and so may not be chosen by"


def test_a_missing_data_set_is_an_error(tmp_path: Path) -> None:
    data, _ = write_small_study(tmp_path)
    shutil.rmtree(data / "svdb")
    with pytest.raises(RecordError, match="svdb"):
        part_records(data)


def test_finished_records_are_not_captured_again(tmp_path: Path) -> None:
    data, work = write_small_study(tmp_path)
    before = {file: file.stat().st_mtime_ns for file in work.rglob("*.npz")}
    records.prepare(data, work, no_progress)
    assert {file: file.stat().st_mtime_ns for file in work.rglob("*.npz")} == before
    assert not records.has_resampled(work)


def test_short_records_are_scored_from_their_start_and_long_ones_after_five_minutes(tmp_path: Path) -> None:
    _, work = write_small_study(tmp_path)
    short = ward_records(work, "fit")
    assert short.names == ["119", "S001"]
    assert short.from_s.tolist() == [0, 0]
    assert short.is_scored(np.array([0, 1], np.int32), np.array([0.1, 20.0])).all()
    long = short._replace(from_s=np.array([0.0, 300.0]))
    assert long.is_scored(np.array([0, 1, 1], np.int32), np.array([0.1, 299.0, 300.0])).tolist() == [True, False, True]


def test_a_resampled_record_has_the_patient_of_its_source_and_202_is_201(tmp_path: Path) -> None:
    _, work = write_small_study(tmp_path)
    named = ward_records(work, "fit")._replace(names=["119m", "202"])
    index = np.array([1, 0, 0], np.int32)
    assert named.record_of(index).tolist() == ["202", "119m", "119m"]
    assert named.patient_of(index).tolist() == ["201", "119", "119"]


@pytest.mark.slow
def test_the_monitor_of_the_shipped_bundle_gives_the_rows(tmp_path: Path) -> None:
    data, work = write_ward_data(tmp_path / "data"), tmp_path / "work"
    for path in [*(data / "mitdb").iterdir(), *(data / "svdb").iterdir()]:
        if path.stem not in {"119", "S001"}:
            path.unlink()
    reports: list[tuple[int, int]] = []
    records.prepare(data, work, lambda stage, done, total, note="": reports.append((done, total)))
    assert reports == [(1, 2), (2, 2)]
    captured = ward_records(work, "fit")
    assert captured.names == ["119", "S001"]
    assert (captured.captured.beats.record == 0).sum() > 200
    assert captured.captured.windows.inputs["context"][:, 1].max() > 0.5, "the real beat network has found V beats"
    assert not list((work / records.FOLDER).rglob(".partial*"))

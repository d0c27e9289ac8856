"""The jobs of an evaluation of the detector."""

from pathlib import Path

import numpy as np
import pytest
import wfdb

from tests.support.records_on_disk import counting, write_record
from training.evaluation.detector.evaluate import (
    DELAYS,
    FAULTS,
    LIVE,
    OTHERS,
    RECORDS_PER_JOB,
    DetectorPlan,
    _jobs,
    _tasks,
    scorable,
)
from training.evaluation.provenance import Bundle, Bundles
from wardbeat.errors import RecordError

NO_FOLDS = Bundles(Bundle(None, frozenset({"r0"}), ""), [])


def records(folder: Path, n: int) -> list[Path]:
    return [write_record(folder, counting(2, 500), name=f"r{index}", sig_name=["II", "V1"]) for index in range(n)]


def test_records_without_annotations_are_left_out_and_refused_by_name(tmp_path: Path) -> None:
    first, second = records(tmp_path, 2)
    with pytest.raises(RecordError, match="no reference annotations"):
        scorable(tmp_path, ())
    (tmp_path / "r0.atr").write_bytes(b"\0\0")
    with pytest.raises(RecordError, match=r"r0: no reference annotations \(\.atr\) with beats"):
        scorable(tmp_path, ())
    wfdb.wrann("r0", "atr", np.array([100]), ["+"], aux_note=["(N"], write_dir=str(tmp_path))
    with pytest.raises(RecordError, match=r"r0: no reference annotations \(\.atr\) with beats"):
        scorable(tmp_path, ())
    wfdb.wrann("r0", "atr", np.array([100]), ["N"], write_dir=str(tmp_path))
    assert scorable(tmp_path, ()) == ([first], ["r1"])
    with pytest.raises(RecordError, match="r1: no reference annotations"):
        scorable(tmp_path, ["r0", "r1"])
    assert second.name == "r1"


def test_beats_in_the_learning_time_alone_are_nothing_to_score(tmp_path: Path) -> None:
    write_record(tmp_path, counting(2, 601 * 50), name="long", fs=50)
    wfdb.wrann("long", "atr", np.array([100, 299]) * 50, ["N", "N"], fs=50, write_dir=str(tmp_path))
    with pytest.raises(RecordError, match="long: no reference annotations"):
        scorable(tmp_path, ())
    wfdb.wrann("long", "atr", np.array([100, 300]) * 50, ["N", "N"], fs=50, write_dir=str(tmp_path))
    assert scorable(tmp_path, ()) == ([tmp_path / "long"], [])


def test_a_job_has_a_few_records_of_one_bundle(tmp_path: Path) -> None:
    paths = records(tmp_path, 6)
    fold = Bundle(tmp_path / "0", frozenset(), "")
    tasks = _tasks(paths, NO_FOLDS._replace(folds=[fold]))
    assert [(len(task.paths), task.bundle) for task in tasks] == [
        (1, tmp_path / "0"),
        (RECORDS_PER_JOB, None),
        (1, None),
    ]


def test_the_plan_decides_about_the_stages(tmp_path: Path) -> None:
    paths = records(tmp_path, 2)
    assert [job.stage for job in _jobs(DetectorPlan(paths), NO_FOLDS)] == [LIVE, DELAYS, DELAYS]
    every = [job.stage for job in _jobs(DetectorPlan(paths, lead_faults=True, compare=True), NO_FOLDS)]
    assert every.count(FAULTS) == 5
    assert every.count(OTHERS) >= 4

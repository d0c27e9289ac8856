"""The ward's rule of atrial fibrillation on the test records, beside the networks."""

from functools import partial
from pathlib import Path

import msgspec
import numpy as np
import pytest

from tests.support.strips import write_challenge_2017
from tests.support.toy_task import silent
from training.fit.networks import atrial
from training.study.fits import RECORD, FitRecord, fit_folder
from training.study.rhythm import af_rule
from training.study.rhythm.af_rule import SHIPPED, af_table, last_measures, monitor_calls, refitted
from training.study.task import FitSettings
from training.study.tasks.rhythm import RhythmTask
from wardbeat.ecg.features.atrial_beats import BEATS, COLUMNS

TASK = RhythmTask()


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("af")
    write_challenge_2017(folder, each=4, duration_s=30.0)
    TASK.prepare(folder, folder / "work", silent)
    return folder


def test_a_record_without_beats_has_no_measures(tmp_path: Path) -> None:
    (tmp_path / "features").mkdir()
    np.savez(af_rule.feature_file(tmp_path, Path("A1")), atrial=np.zeros((2, BEATS, COLUMNS), np.float32))
    assert (last_measures(tmp_path, Path("A1")) == 0.0).all()


@pytest.mark.slow
def test_the_monitor_finds_fibrillation_and_its_calls_are_kept(prepared: Path) -> None:
    rows = TASK.rows(prepared / "work", "test")
    calls = monitor_calls(prepared / "challenge-2017", prepared / "work", rows, None, silent)
    truths = dict(zip(rows.record.tolist(), rows.labels.argmax(axis=1).tolist(), strict=True))
    assert set(calls) == set(truths)
    assert {name for name, truth in truths.items() if truth == 0 and calls[name]} == set(), "no sinus rhythm is called"
    kept = prepared / "work" / "monitor_shipped.json"
    kept.write_bytes(msgspec.json.encode(dict.fromkeys(calls, True)))
    assert all(monitor_calls(prepared / "challenge-2017", prepared / "work", rows, None, silent).values())
    kept.unlink()


@pytest.mark.slow
def test_the_table_has_the_ward_and_each_fitted_network(prepared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, work = prepared / "challenge-2017", prepared / "work"
    monkeypatch.setattr(atrial, "AtrialSettings", partial(atrial.AtrialSettings, epochs=1, rounds=2))
    folder = fit_folder(work, "cnn", 0)
    folder.mkdir(parents=True)
    record = FitRecord("cnn", "rhythm", 0, FitSettings(), [], 1, 1.0, 1.0, 1.0)
    (folder / RECORD).write_bytes(msgspec.json.encode(record))
    rows = TASK.rows(work, "test")
    np.save(folder / "test.npy", rows.labels)
    table = af_table(TASK, data, work, silent)
    assert [row[:2] for row in table.rows] == [[SHIPPED, "yes"], [af_rule.REFITTED, "no"], ["cnn, seed 0", "no"]]
    assert all(len(row) == len(table.columns) for row in table.rows)
    perfect = dict(zip(table.columns, table.rows[2], strict=True))
    assert (perfect["sensitivity"], perfect["specificity"], perfect["F1"], perfect["noise called"]) == (1, 1, 1, 0)
    assert refitted(TASK, data, work, silent).is_file()
    assert [path.name for path in work.glob(".*")] == [], "no backup is left"

"""The rhythm task: what it prepares, how it cuts, and that no record is in two parts."""

from pathlib import Path

import numpy as np
import pytest

from tests.support.strips import write_challenge_2017
from tests.support.toy_task import silent
from training.study.scores import figure_of
from training.study.task import PARTS, Rows
from training.study.tasks import rhythm
from training.study.tasks.rhythm import CROP, RhythmTask, read_strips
from wardbeat.errors import RecordError, TrainingError

TASK = RhythmTask()


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rhythm")
    write_challenge_2017(folder, each=7, duration_s=10.0)
    TASK.prepare(folder, folder / "work", silent)
    return folder


def toy_rows(lengths: list[int]) -> Rows:
    """Records whose samples are their numbers."""
    signal = np.zeros((len(lengths), 6100, 1), np.float32)
    for row, length in enumerate(lengths):
        signal[row, :length, 0] = np.arange(length)
    labels = np.eye(4, dtype=np.float32)[np.arange(len(lengths)) % 4]
    names = np.array([f"A{row}" for row in range(len(lengths))])
    inputs = {
        "signal": signal,
        "samples": np.array(lengths, np.float32)[:, None],
        "features": np.zeros((len(lengths), 72), np.float32),
    }
    return Rows(inputs, labels, names, names)


@pytest.mark.slow
def test_each_record_is_in_one_part(prepared: Path) -> None:
    parts = {part: TASK.rows(prepared / "work", part) for part in PARTS}
    names = [name for rows in parts.values() for name in rows.record]
    assert len(names) == len(set(names)) == 22
    for rows in parts.values():
        assert rows.inputs["signal"].shape[1:] == (6100, 1)
        assert (rows.inputs["samples"] == 1000).all()
        assert rows.inputs["features"].shape[1:] == (72,)
        assert (rows.labels.sum(axis=1) == 1).all()
        assert (rows.patient == rows.record).all()
    assert parts["fit"].labels.sum(axis=0).tolist() == [4, 4, 1, 4]


@pytest.mark.slow
def test_what_is_prepared_is_not_prepared_again(prepared: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (prepared / "work").rglob("*")}
    TASK.prepare(prepared, prepared / "work", silent)
    assert {path: path.stat().st_mtime_ns for path in (prepared / "work").rglob("*")} == before
    assert [strip.record for strip in read_strips(prepared / "work")] == [f"A{at:05d}" for at in range(22)]


@pytest.mark.slow
def test_measures_that_are_missing_are_made_from_the_kept_features(prepared: Path) -> None:
    kept = np.load(prepared / "work" / rhythm.MEASURES)
    (prepared / "work" / rhythm.MEASURES).unlink()
    TASK.prepare(prepared, prepared / "work", silent)
    assert (np.load(prepared / "work" / rhythm.MEASURES) == kept).all()


@pytest.mark.parametrize(("table", "error"), [("", TrainingError), ("A1,B\n", RecordError)])
def test_a_folder_without_labels_is_refused(tmp_path: Path, table: str, error: type[Exception]) -> None:
    data = write_challenge_2017(tmp_path, each=1, duration_s=1.0)
    (data / "REFERENCE-v3.csv").write_text(table)
    with pytest.raises(error):
        TASK.prepare(tmp_path, tmp_path / "work", silent)


def test_a_batch_is_one_crop_of_each_chosen_record() -> None:
    rows = toy_rows([900, 3000, 6100])
    inputs, labels = TASK.batch(rows, np.array([2, 0, 2]), np.random.default_rng(0))
    assert inputs["signal"].shape == (3, CROP, 1)
    assert inputs["signal"].dtype == np.float32
    assert (labels == rows.labels[[2, 0, 2]]).all()
    assert TASK.shapes(rows) == {"signal": (CROP, 1)}
    again, _ = TASK.batch(rows, np.array([2, 0, 2]), np.random.default_rng(0))
    assert (again["signal"] == inputs["signal"]).all()


def test_an_answer_is_the_mean_over_the_crops_of_a_record() -> None:
    rows = toy_rows([900, CROP, CROP + 2500])
    crops = []

    def predict(inputs: dict[str, np.ndarray]) -> np.ndarray:
        crops.append(inputs["signal"][:, 0, 0])
        answers = np.zeros((len(inputs["signal"]), 4), np.float32)
        answers[:, 0] = inputs["signal"][:, 0, 0]  # the first sample is the start
        return answers

    assert TASK.answer(predict, rows)[:, 0].tolist() == [0.0, 0.0, 1250.0]
    assert crops[0].tolist() == [0, 0, 0, 500, 1000, 1500, 2000, 2500]
    assert TASK.checked(predict, rows)[:, 0].tolist() == pytest.approx([0.0, 0.0, 1250.0], abs=1.0)
    assert crops[1].tolist() == [0, 0, 0, 833, 1666, 2500]
    assert TASK.answer(lambda _: np.zeros((0, 4), np.float32), toy_rows([])).shape == (0, 4)


def test_rare_rhythms_are_sampled_more_often() -> None:
    rows = toy_rows([900] * 5)
    weights = TASK.weights(rows)
    assert weights.sum() == pytest.approx(1.0)
    assert weights[1] == pytest.approx(np.sqrt(2) * weights[0]), "two records have the first class"


def test_noise_does_not_count_in_the_figure_of_the_challenge() -> None:
    rows = toy_rows([900] * 8)
    wrong = rows.labels.copy()
    assert figure_of(TASK, rows, wrong) == 1.0
    wrong[3] = [1, 0, 0, 0]  # noise taken for N: N loses precision
    assert figure_of(TASK, rows, wrong) == pytest.approx((0.8 + 1 + 1) / 3)

"""Windows of the live monitor, and the combination against its parts."""

from pathlib import Path

import numpy as np
import pytest

from models.inputs import INPUT_SHAPES
from tests.support.ward_study import small_captured, write_answers, write_small_study
from training.evaluation.ablation import Ablation
from training.evaluation.bootstrap import Interval
from training.study.task import Rows
from training.study.tasks.windows import (
    WindowsTask,
    compare_parts,
    joined_columns,
    parts_table,
    split_columns,
    statement,
)
from training.study.ward.in_service import AUTOENCODER, CLASSIFIER, COMBINATION


@pytest.fixture
def work(tmp_path: Path) -> Path:
    data, work = write_small_study(tmp_path)
    folder = work / "windows"
    folder.mkdir()
    WindowsTask().prepare(data, folder, lambda *_: None)
    return folder


def compared(by_classifier: float, by_autoencoder: float) -> Ablation:
    """Gains whose intervals reach 0.02 to either side."""
    gains = {CLASSIFIER: by_classifier, AUTOENCODER: by_autoencoder}
    gain = {name: Interval(value, value - 0.02, value + 0.02) for name, value in gains.items()}
    return Ablation({COMBINATION: Interval(0.9, 0.8, 1.0)}, gain)


def test_windows_that_are_neither_normal_nor_abnormal_are_left_out(work: Path) -> None:
    rows = WindowsTask().rows(work, "test")
    assert rows.labels.tolist() == [[0, 1], [1, 0], [0, 1]]
    assert rows.inputs["signal"].shape == (3, 625, 5)
    kept = small_captured().windows.take(np.array([0, 1, 2]))
    assert np.array_equal(rows.inputs["context"], kept.inputs["context"])
    for name, array in split_columns(rows.inputs["signal"]).items():
        assert np.array_equal(array, kept.inputs[name])


def test_no_network_takes_what_the_shipped_classifier_found(work: Path) -> None:
    """The shipped bundle has seen the fit patients, so its answers there would mislead a network."""
    assert "features" not in WindowsTask().rows(work, "fit").inputs


def test_columns_are_split_as_they_were_joined() -> None:
    random = np.random.default_rng(0)
    names = ("signal", "dominant", "log_rr")
    inputs = {name: random.normal(size=(2, *INPUT_SHAPES["window"][name])).astype(np.float32) for name in names}
    split = split_columns(joined_columns(inputs))
    assert all(np.array_equal(split[name], inputs[name]) for name in names)


def test_a_batch_is_augmented(work: Path) -> None:
    task = WindowsTask()
    rows = task.rows(work, "fit")
    inputs, labels = task.batch(rows, np.array([2, 0]), np.random.default_rng(0))
    assert inputs["signal"].shape == (2, 625, 5)
    assert np.array_equal(labels, rows.labels[[2, 0]])
    assert np.array_equal(inputs["signal"][:, :, 4], rows.inputs["signal"][[2, 0], :, 4]), "the rhythm stays"


def test_the_combination_is_compared_with_each_part_over_patients() -> None:
    random = np.random.default_rng(0)
    abnormal = np.tile([False, True], 50)
    labels = np.stack([~abnormal, abnormal], axis=1).astype(np.float32)
    patient = np.repeat([f"p{at}" for at in range(10)], 10)
    scores = {
        COMBINATION: (abnormal + 0.1 * random.random(100)).astype(np.float32),
        CLASSIFIER: random.random(100).astype(np.float32),
    }
    one = compare_parts(scores, Rows({}, labels, patient, patient))
    assert one.auroc[COMBINATION].value == 1
    assert one.gain[CLASSIFIER].low > 0.2
    table = parts_table({"DS2": one})
    assert {len(row) for row in table.rows} == {len(table.columns)}


@pytest.mark.parametrize(
    ("by_classifier", "by_autoencoder", "said", "named"),
    [
        (0.03, 0.05, "is better than both", ""),
        (0.01, 0.05, "not shown to be better", CLASSIFIER),
        (-0.03, -0.01, "not shown to be better", f"{CLASSIFIER} and {AUTOENCODER}"),
    ],
)
def test_the_statement_follows_the_intervals(
    by_classifier: float, by_autoencoder: float, said: str, named: str
) -> None:
    text = statement(compared(by_classifier, by_autoencoder))
    assert said in text
    assert named in text
    assert f"{by_autoencoder:+.3f}" in text


def test_the_report_compares_the_fitted_models_and_states_the_result(work: Path) -> None:
    task = WindowsTask()
    assert not task.extras(work, work, lambda *_: None).tables, "nothing is fitted yet"
    truth = task.rows(work, "test").labels
    write_answers(work, COMBINATION, 0, truth)
    write_answers(work, CLASSIFIER, 0, 1 - truth)
    extras = task.extras(work, work, lambda *_: None)
    (table,) = extras.tables
    assert {row[0] for row in table.rows} == {"DS2", "DS2 without 202"}
    assert [row[1:3] for row in table.rows][:2] == [[COMBINATION, 1.0], [CLASSIFIER, 0.0]]
    assert "by +1.000" in extras.notes[0]

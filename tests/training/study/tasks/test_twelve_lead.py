"""Tasks with twelve leads: rows, crops, windows, and fits in miniature on the shipped records."""

from pathlib import Path

import numpy as np
import pytest

from tests.support.excerpt_study import TINY, excerpt_data
from tests.support.toy_task import silent
from training.study.fits import fit_folder, fit_model, probabilities
from training.study.machines.average import read_members
from training.study.task import Arrays, Rows
from training.study.tasks.twelve_lead import (
    BLOCK,
    CHECKED_WINDOWS,
    SETTINGS,
    WINDOWS,
    NormalTask,
    SuperclassTask,
    TwelveLeadRhythmTask,
    cache_folder,
)

TASK = SuperclassTask()


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The work folder of the superclasses; the others are beside it."""
    folder = tmp_path_factory.mktemp("study")
    with excerpt_data(folder / "data") as data:
        TASK.prepare(data, folder / "work" / TASK.name, silent)
    return folder / "work" / TASK.name


def test_rows_are_scaled_records_with_labels(work: Path) -> None:
    rows = TASK.rows(work, "fit")
    assert rows.inputs["signal"].shape == (16, 1000, 12)
    assert rows.inputs["signal"].dtype == np.float32
    assert np.allclose(rows.inputs["signal"].std(axis=(0, 1)), 1, atol=1e-3)
    assert rows.labels.shape == (16, 5)
    assert len(set(rows.patient)) == 16
    assert cache_folder(work).is_dir()


def test_no_patient_is_in_two_parts(work: Path) -> None:
    parts = [set(TASK.rows(work, part).patient) for part in ("fit", "validation", "test")]
    assert sum(map(len, parts)) == len(set.union(*parts))


def test_records_without_a_superclass_are_fitted_but_not_scored(work: Path) -> None:
    only_paced = TASK.rows(work, "fit")
    assert (only_paced.labels.sum(axis=1) == 0).sum() == 1
    assert TASK.rows(work, "validation").labels.any(axis=1).all()


def test_crops_are_parts_of_their_records(work: Path) -> None:
    rows = TASK.rows(work, "fit")
    inputs, labels = TASK.batch(rows, np.array([3, 3, 5]), np.random.default_rng(1))
    assert {name: array.shape for name, array in inputs.items()} == {"signal": (3, 250, 12)}
    assert TASK.shapes(rows) == {"signal": (250, 12)}
    assert (labels == rows.labels[[3, 3, 5]]).all()
    windows = np.lib.stride_tricks.sliding_window_view(rows.inputs["signal"][3], 250, axis=0).transpose(0, 2, 1)
    starts = [np.flatnonzero((windows == crop).all(axis=(1, 2))) for crop in inputs["signal"][:2]]
    assert starts[0] != starts[1]


def test_an_answer_is_the_mean_over_windows_that_cover_the_record() -> None:
    n = BLOCK + 3
    signal = np.arange(1000)[None, :, None] + 1000 * np.arange(n)[:, None, None] * np.ones((1, 1, 12))
    asked = []

    def predict(inputs: Arrays) -> np.ndarray:
        first = inputs["signal"][:, 0, 0]
        assert (inputs["signal"][:, -1, 0] == first + 249).all()
        asked.append(first)
        return np.tile(first[:, None], 5)

    names = np.full(n, "a")
    rows = Rows({"signal": signal.astype(np.float32)}, np.zeros((n, 5), np.float32), names, names)
    answered = TASK.answer(predict, rows)
    assert sorted(asked[1] % 1000) == sorted([0, 125, 250, 375, 500, 625, 750] * 3)
    assert len(np.concatenate(asked)) == n * WINDOWS
    assert np.allclose(answered, 375 + 1000 * np.arange(n)[:, None])
    asked.clear()
    assert np.allclose(TASK.checked(predict, rows), answered)
    assert len(np.concatenate(asked)) == n * CHECKED_WINDOWS


def test_rhythm_rows_have_one_rhythm_each(work: Path) -> None:
    task = TwelveLeadRhythmTask()
    rows = task.rows(work, "fit")
    assert (rows.labels.sum(axis=1) == 1).all()
    assert task.shapes(rows) == {"signal": (800, 12)}
    weights = task.weights(rows)
    assert weights.sum() == pytest.approx(1)
    rhythm = rows.labels.argmax(axis=1)
    common = int(np.bincount(rhythm).argmax())
    assert weights[rhythm == common].max() < weights[rhythm != common].min()


def test_normal_is_the_superclass_norm(work: Path) -> None:
    normal, superclasses = NormalTask().rows(work, "test"), TASK.rows(work, "test")
    assert (normal.labels[:, 0] == superclasses.labels[:, 0]).all()
    assert (normal.labels.sum(axis=1) == 1).all()
    assert (normal.record == superclasses.record).all()


def test_settings_name_models_of_the_task() -> None:
    assert set(SETTINGS) < set(TASK.models)


@pytest.mark.slow
def test_fits_of_the_superclasses_answer_the_other_questions(work: Path) -> None:
    fit_model("cnn", TASK, work, 0, silent, TINY)
    fit_model("lstm", TASK, work, 0, silent, TINY)
    fit_model("average", TASK, work, 0, silent)
    assert read_members(fit_folder(work, "average", 0)) == ["cnn", "lstm"]
    answered = {name: probabilities(name, TASK, work, 0, "test") for name in ("cnn", "lstm", "average")}
    assert all(one.shape == (6, 5) for one in answered.values())
    low, high = np.minimum(answered["cnn"], answered["lstm"]), np.maximum(answered["cnn"], answered["lstm"])
    assert ((answered["average"] >= low - 1e-5) & (answered["average"] <= high + 1e-5)).all()
    normal = work.with_name("normal")
    assert fit_model("cnn", NormalTask(), normal, 0, silent, TINY).task == "superclasses"
    derived = probabilities("cnn", NormalTask(), normal, 0, "test")
    assert np.allclose(derived, np.stack([answered["cnn"][:, 0], 1 - answered["cnn"][:, 0]], axis=1))
    assert not (normal / "fits").exists()


@pytest.mark.slow
def test_extras_have_the_published_table_and_state_what_is_left_out(work: Path) -> None:
    extras = TASK.extras(work.parent.parent / "data", work, silent)
    (table,) = extras.tables
    assert any(row[3] == "cnn" and isinstance(row[4], float) for row in table.rows)
    assert not extras.plots
    assert "mitdb" in extras.notes[0]

"""A fit is kept with its probabilities, is not repeated, and is not there if it did not end."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from tests.support.toy_task import ToyTask, silent
from training.study import fits
from training.study.fits import fit_folder, fit_model, prepare_and_fit, probabilities, read_record
from training.study.scores import figure_of
from wardbeat.errors import TrainingError


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("toy")
    fit_model("cnn", ToyTask(), folder, 0, silent)
    return folder


@pytest.mark.slow
def test_the_record_of_a_fit_has_its_cost_and_its_history(work: Path) -> None:
    record = read_record(fit_folder(work, "cnn", 0))
    assert (record.model, record.task, record.seed, record.settings.epochs) == ("cnn", "toy", 0, 3)
    assert len(record.history) == 3
    assert record.history[-1].loss < record.history[0].loss
    assert record.parameters > 0 < record.ms_per_row
    assert record.size_kb == pytest.approx((fit_folder(work, "cnn", 0) / "model.keras").stat().st_size / 1000)


@pytest.mark.slow
def test_the_kept_probabilities_are_those_of_the_saved_model(work: Path) -> None:
    task = ToyTask()
    kept = probabilities("cnn", task, work, 0, "validation")
    best = max(epoch.score or 0 for epoch in read_record(fit_folder(work, "cnn", 0)).history)
    assert figure_of(task, task.rows(work, "validation"), kept) == pytest.approx(best)
    test = probabilities("cnn", task, work, 0, "test")
    assert test.shape == (90, 3)
    assert test.sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    assert (np.load(fit_folder(work, "cnn", 0) / "test.npy") == test).all()


@pytest.mark.slow
def test_a_finished_fit_is_not_repeated(work: Path) -> None:
    begun_ns = (fit_folder(work, "cnn", 0) / "fit.json").stat().st_mtime_ns
    fit_model("cnn", ToyTask(), work, 0, silent)
    assert (fit_folder(work, "cnn", 0) / "fit.json").stat().st_mtime_ns == begun_ns


@pytest.mark.slow
def test_a_fit_that_is_interrupted_continues_to_the_same_result(work: Path, tmp_path: Path) -> None:
    def stop_after_two(stage: str, done: int, total: int, note: str = "") -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit_model("cnn", ToyTask(), tmp_path, 0, stop_after_two)
    assert not fit_folder(tmp_path, "cnn", 0).exists()
    record = fit_model("cnn", ToyTask(), tmp_path, 0, silent)
    assert record.history == read_record(fit_folder(work, "cnn", 0)).history
    resumed, at_once = (probabilities("cnn", ToyTask(), one, 0, "test") for one in (tmp_path, work))
    assert (resumed == at_once).all()
    assert [file.name for file in fit_folder(tmp_path, "cnn", 0).parent.iterdir()] == ["0"], "no backup is left"


@pytest.mark.slow
def test_a_finished_fit_with_other_settings_is_refused(work: Path) -> None:
    other = msgspec.structs.replace(ToyTask().settings("cnn"), epochs=2)
    with pytest.raises(TrainingError, match=r"fit .*0: it was made with other settings; remove it"):
        fit_model("cnn", ToyTask(), work, 0, silent, other)


@pytest.mark.slow
def test_an_unfinished_fit_with_other_settings_starts_anew(tmp_path: Path) -> None:
    def stop_after_two(stage: str, done: int, total: int, note: str = "") -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit_model("cnn", ToyTask(), tmp_path, 0, stop_after_two)
    prepare_and_fit("cnn", ToyTask(), tmp_path, tmp_path / "anew", 0, silent, {"epochs": 2, "width": 0.5})
    record = prepare_and_fit("cnn", ToyTask(), tmp_path, tmp_path, 0, silent, {"epochs": 2, "width": 0.5})
    assert (record.settings.epochs, record.settings.width) == (2, 0.5)
    assert record.history == read_record(fit_folder(tmp_path / "anew", "cnn", 0)).history


def test_an_unknown_setting_is_refused_before_the_data_are_prepared(tmp_path: Path) -> None:
    task = ToyTask()
    with pytest.raises(TrainingError, match=r"settings of cnn: .*depth"):
        prepare_and_fit("cnn", task, tmp_path, tmp_path, 0, silent, {"depth": 2})
    assert task.prepared == 0


def test_an_unknown_model_is_refused_before_the_data_are_prepared(tmp_path: Path) -> None:
    task = ToyTask()
    with pytest.raises(TrainingError, match="model 'heart': the study has"):
        prepare_and_fit("heart", task, tmp_path, tmp_path, 0, silent)
    assert task.prepared == 0
    assert fits.RECORD == "fit.json"

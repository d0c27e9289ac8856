"""The work folder of a fit: one plan each, stages whole or not at all."""

from pathlib import Path

import msgspec
import pytest

from tests.support.records_on_disk import counting, write_record
from training.data.splits import DS1
from training.fit.work import ALL, FitPlan, open_work, read_settings, settings_of, stage_folder, write_settings
from wardbeat.errors import TrainingError


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    epochs: int = 5


def a_record(folder: Path) -> Path:
    folder.mkdir()
    return write_record(folder, counting(2, 1000))


def test_a_fold_is_fitted_without_its_patients() -> None:
    plan = FitPlan(
        [[Path("mitdb") / name for name in (*DS1, "100", "102", "202")], [Path("svdb/S001"), Path("svdb/S003")]]
    )
    assert [path.name for path in plan.paths] == [*DS1, "S001", "S003"]
    assert {path.name for path in plan.qrs_paths()} == {*DS1, "102", "S001", "S003"}
    assert plan.folds() == ["0", "1", "2", "3", ALL]
    held_out = [set(plan.paths) - set(plan.fitted_on(fold, plan.paths)) for fold in plan.folds()]
    assert set().union(*held_out) == set(plan.paths)
    assert sum(map(len, held_out)) == len(plan.paths)
    assert plan.fitted_on(ALL, plan.paths) == plan.paths


def test_another_plan_needs_another_folder(tmp_path: Path) -> None:
    path = a_record(tmp_path / "records")
    work = tmp_path / "work"
    open_work(work, FitPlan([[path]], seed=1))
    open_work(work, FitPlan([[path]], seed=1))
    with pytest.raises(TrainingError, match="seed or settings differ; choose a new folder"):
        open_work(work, FitPlan([[path]], seed=2))
    with pytest.raises(TrainingError, match="it has other files"):
        open_work(tmp_path / "records", FitPlan([[path]]))


def test_the_dependents_of_a_network_are_fitted_again_with_it(tmp_path: Path) -> None:
    path = a_record(tmp_path / "records")
    work, plan = tmp_path / "work", FitPlan([[path]])
    open_work(work, plan)
    for name in ("qrs", "captured", "beat", "captured_with_beats", "autoencoder"):
        (work / name).mkdir()
    open_work(work, plan, again=["beat"])
    assert sorted(path.name for path in work.iterdir() if path.is_dir()) == ["captured", "qrs"]


def test_a_stage_is_complete_or_not_there(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), stage_folder(tmp_path / "stage") as temporary:
        (temporary / str(1 // 0)).touch()
    assert not (tmp_path / "stage").exists()
    with stage_folder(tmp_path / "stage") as temporary:
        (temporary / "whole").touch()
    assert [path.name for path in (tmp_path / "stage").iterdir()] == ["whole"]
    assert [path.name for path in tmp_path.iterdir()] == ["stage"]


def test_settings_are_read_as_they_were_written(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    write_settings(file, "beat", {"epochs": 7})
    write_settings(file, "qrs", {"epochs": 3})
    plan = FitPlan([], settings=read_settings(file))
    assert settings_of(plan, "beat", Settings) == Settings(epochs=7)
    assert settings_of(plan, "window", Settings) == Settings()


def test_settings_of_a_model_of_the_study_have_their_own_names(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    for name in ("cnn", "resnet"):
        write_settings(file, name, {"epochs": 7}, ("cnn", "resnet"))
    assert read_settings(file, ("cnn", "resnet")) == {"cnn": {"epochs": 7}, "resnet": {"epochs": 7}}
    with pytest.raises(TrainingError, match="network 'cnn' is none of qrs, beat"):
        read_settings(file)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("{", "such a file"),
        ('{"heart": {}}', "network 'heart' is none of qrs, beat, window"),
        ('{"beat": {"epochs": "many"}}', "such a file"),
    ],
)
def test_bad_settings_are_refused_in_one_line(tmp_path: Path, body: str, message: str) -> None:
    file = tmp_path / "settings.json"
    file.write_text(body)
    with pytest.raises(TrainingError, match=message):
        read_settings(file)
    with pytest.raises(TrainingError, match="can't be read"):
        read_settings(tmp_path / "none.json")


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(TrainingError, match=r"settings of beat: .*speed"):
        settings_of(FitPlan([], settings={"beat": {"speed": 1}}), "beat", Settings)

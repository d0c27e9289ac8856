"""Trials of settings are kept, so a search continues where it was interrupted."""

from pathlib import Path

import optuna
import pytest

from tests.support.toy_task import silent
from training.study.task import FitSettings
from training.tune.trials import BestSettings, run_trials


def suggest(trial: optuna.Trial) -> FitSettings:
    return FitSettings(dropout=trial.suggest_float("dropout", 0.0, 0.5))


def score(settings: FitSettings) -> float:
    return 1.0 - (settings.dropout - 0.2) ** 2


def run(file: Path, trials: int) -> BestSettings:
    return run_trials(file, "toy", suggest, score, trials, 0, silent)


def test_the_best_of_all_trials_is_returned(tmp_path: Path) -> None:
    found = run(tmp_path / "tune.db", 12)
    assert found.trials == 12
    assert found.score == pytest.approx(score(FitSettings(dropout=found.settings["dropout"])))
    assert found.score > 0.99


def test_a_search_continues_with_the_trials_that_it_has(tmp_path: Path) -> None:
    run(tmp_path / "tune.db", 3)
    assert run(tmp_path / "tune.db", 5).trials == 5
    assert run(tmp_path / "tune.db", 4).trials == 5, "it has more already"

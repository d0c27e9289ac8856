"""Settings of a model are searched on the validation patients of a task."""

from pathlib import Path

import optuna
import pytest

from tests.support.toy_task import ToyTask, silent
from training.study.task import FitSettings
from training.tune.study_search import suggest, tune_on_task


def test_a_trial_keeps_what_decides_the_cost_of_a_fit() -> None:
    around = FitSettings(epochs=7, rows=123, patience=2)
    trial = optuna.trial.FixedTrial(
        {"batch": 32, "learning_rate": 1e-3, "weight_decay": 1e-2, "dropout": 0.4, "width": 1.5}
    )
    found = suggest(trial, around)
    assert (found.epochs, found.rows, found.patience) == (7, 123, 2)
    assert (found.batch, found.width) == (32, 1.5)


@pytest.mark.slow
def test_the_best_settings_are_those_with_the_best_validation_score(tmp_path: Path) -> None:
    found = tune_on_task("trees", ToyTask(noise=2.0), tmp_path, tmp_path / "work", 2, 0, silent)
    assert found.trials == 2
    assert 0.0 < found.score <= 1.0
    assert {"learning_rate", "dropout", "width"} <= set(found.settings)
    assert not (tmp_path / "work" / "fits").exists(), "trials are no fits of the comparison"

"""MiniRocket as a model of the study: it learns, is saved, and resumes with its features; needs TensorFlow."""

from pathlib import Path

import numpy as np
import pytest

from tests.support.toy_machines import IndependentTask, answers_and_loaded, figure_on_test, fitted
from tests.support.toy_task import ToyTask

pytestmark = pytest.mark.slow

FEATURES = 672


@pytest.mark.parametrize("task", [ToyTask(), IndependentTask()])
def test_it_learns_and_is_loaded_as_it_was_saved(task: ToyTask, tmp_path: Path) -> None:
    from training.study.machines.rocket import RocketModel

    answered, loaded = answers_and_loaded(RocketModel(FEATURES), task, tmp_path)
    np.testing.assert_array_equal(answered, loaded)
    assert figure_on_test(task, answered) > 0.9
    if task.exclusive:
        assert answered.sum(axis=1) == pytest.approx(1.0, abs=1e-5)


def test_an_interrupted_fit_takes_the_features_that_it_has(tmp_path: Path) -> None:
    from training.study.machines.rocket import RocketModel

    task, model = ToyTask(), RocketModel(FEATURES)
    inputs = task.rows(Path(), "test").inputs
    whole = fitted(model, task, tmp_path / "whole")
    resumed = tmp_path / "resumed"
    resumed.mkdir()
    for name in ("fit", "validation"):
        stored = np.load(tmp_path / "whole" / f"features-{name}.npy")
        np.save(resumed / f"features-{name}.npy", stored)
    again = fitted(model, task, resumed)
    np.testing.assert_array_equal(whole.predict(inputs), again.predict(inputs))
    assert whole.history == again.history
    np.save(resumed / "features-validation.npy", np.zeros_like(stored))
    for file in ("backup.npz", "best.npz", "history.json"):
        (resumed / file).unlink()
    assert fitted(model, task, resumed).history != whole.history, "stored features are read"

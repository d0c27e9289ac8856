"""The average takes the models that are best together on validation rows, and no others."""

from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from scipy.special import expit, logit

from tests.support.toy_task import ToyTask, silent
from training.study.machines.average import NAME, AverageModel, read_members
from training.study.model import FitPart, Fitted
from training.study.task import Arrays, FitSettings, Predict, Task
from wardbeat.errors import TrainingError


class Known:
    """A model whose answers are known: those that its folder has for the validation rows."""

    purpose = source = ""
    whole_rows = True

    def fit(self, part: FitPart) -> Fitted:
        raise NotImplementedError

    def load(self, folder: Path, task: Task) -> Predict:
        answered: np.ndarray = np.load(folder / "validation.npy")

        def predict(inputs: Arrays) -> np.ndarray:
            return answered[: len(inputs["signal"])]

        return predict


class OfThree(ToyTask):
    """Three models that are no networks."""

    models: ClassVar[tuple[str, ...]] = ("good", "other", "bad", NAME)
    exclusive = False
    figure = "macro_auc"


def part(fits: Path, task: Task) -> FitPart:
    rows = task.rows(fits, "validation")
    return FitPart(task, rows, rows, FitSettings(), 0, silent, fits / NAME / ".0.backup")


def write(fits: Path, name: str, answered: np.ndarray) -> None:
    folder = fits / name / "0"
    folder.mkdir(parents=True)
    np.save(folder / "validation.npy", answered)
    (folder / "fit.json").write_text('{"parameters": 7}')


@pytest.fixture
def fits(tmp_path: Path) -> Path:
    """Two models that err independently, and one that knows nothing."""
    labels = OfThree().rows(tmp_path, "validation").labels
    random = np.random.default_rng(0)
    for name in ("good", "other"):
        write(tmp_path, name, expit(2 * labels - 1 + random.normal(size=labels.shape)).astype(np.float32))
    write(tmp_path, "bad", random.uniform(size=labels.shape).astype(np.float32))
    return tmp_path


def test_the_best_members_are_kept_and_answer_with_the_mean_of_their_logits(fits: Path) -> None:
    task = OfThree()
    model = AverageModel({"good": Known(), "other": Known(), "bad": Known()}, ("good", "other", "bad"))
    fitted = model.fit(part(fits, task))
    folder = fits / NAME / "0"
    folder.mkdir(parents=True)
    fitted.save(folder)
    assert read_members(folder) == ["good", "other"]
    assert fitted.parameters == 14
    inputs = task.rows(fits, "validation").inputs
    good, other = (np.load(fits / name / "0" / "validation.npy") for name in ("good", "other"))
    expected = expit((logit(good) + logit(other)) / 2)
    assert np.allclose(fitted.predict(inputs), expected, atol=1e-4)
    assert np.allclose(model.load(folder, task)(inputs), expected, atol=1e-4)


def test_a_model_that_is_no_member_is_not_chosen(fits: Path) -> None:
    fitted = AverageModel({"good": Known(), "bad": Known()}, ("good", "bad")).fit(part(fits, OfThree()))
    fitted.save(fits)
    assert read_members(fits) == ["good", "bad"]


def test_one_model_has_no_average(tmp_path: Path) -> None:
    write(tmp_path, "good", OfThree().rows(tmp_path, "validation").labels)
    with pytest.raises(TrainingError, match="fit two of its networks first"):
        AverageModel({}, ("good", "other")).fit(part(tmp_path, OfThree()))


def test_exclusive_classes_still_sum_to_one(tmp_path: Path) -> None:
    task = ToyTask()
    task_models = type("Two", (ToyTask,), {"models": ("good", "other", NAME)})()
    random = np.random.default_rng(1)
    n = len(task.rows(tmp_path, "validation"))
    for name in ("good", "other"):
        write(tmp_path, name, random.dirichlet(np.ones(3), n).astype(np.float32))
    fitted = AverageModel({"good": Known(), "other": Known()}, ("good", "other")).fit(part(tmp_path, task_models))
    answered = fitted.predict(task.rows(tmp_path, "validation").inputs)
    assert np.allclose(answered.sum(axis=1), 1, atol=1e-5)

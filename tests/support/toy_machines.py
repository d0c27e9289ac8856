"""Fits of machines of the study on the toy task."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tests.support.toy_task import ToyTask
from training.study.task import FitSettings, Part, Rows

if TYPE_CHECKING:
    from training.study.model import Fitted, StudyModel


class IndependentTask(ToyTask):
    """The classes don't exclude each other, and half of the labels of the fit are uncertain."""

    exclusive = False
    figure = "macro_auc"

    def rows(self, work: Path, part: Part) -> Rows:
        rows = super().rows(work, part)
        if part == "fit":
            rows.labels[::2] = np.clip(rows.labels[::2], 0.1, 0.8)
        return rows


class TwoClassesTask(ToyTask):
    """Ramps and others."""

    classes = ("other", "ramp")  # type: ignore[assignment]

    def rows(self, work: Path, part: Part) -> Rows:
        rows = super().rows(work, part)
        ramp = rows.labels[:, 2]
        return Rows(rows.inputs, np.stack([1 - ramp, ramp], axis=1), rows.record, rows.patient)


class FeaturesTask(ToyTask):
    """The rows have features beside the signal; the signal itself is noise."""

    def rows(self, work: Path, part: Part) -> Rows:
        rows = super().rows(work, part)
        signal = rows.inputs["signal"]
        noise = np.random.default_rng(1).normal(size=signal.shape).astype(np.float32)
        return Rows({"signal": noise, "features": signal[:, ::4, 0]}, rows.labels, rows.record, rows.patient)


def fitted(model: "StudyModel", task: ToyTask, backup: Path, seed: int = 0) -> "Fitted":
    """A fit on the toy rows."""
    from training.study.model import FitPart

    fit, validation = task.rows(Path(), "fit"), task.rows(Path(), "validation")
    return model.fit(FitPart(task, fit, validation, FitSettings(), seed, lambda *_: None, backup))


def answers_and_loaded(
    model: "StudyModel", task: ToyTask, folder: Path
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The probabilities of the test rows by a fitted model, and by the same after it was saved and loaded."""
    from training.study.model import answer

    test = task.rows(Path(), "test")
    one = fitted(model, task, folder / "backup")
    saved = folder / "saved"
    saved.mkdir()
    one.save(saved)
    assert one.parameters > 0
    return answer(model, one.predict, task, test), answer(model, model.load(saved, task), task, test)


def figure_on_test(task: ToyTask, probabilities: NDArray[np.float32]) -> float:
    """The task's figure."""
    from training.study.scores import figure_of

    return figure_of(task, task.rows(Path(), "test"), probabilities)

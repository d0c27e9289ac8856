"""What every model of the study can do, whatever it is made of: fit itself on a task, be saved, be loaded, answer."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from training.fit.loop import Epoch
from training.progress import Progress
from training.study.task import FitSettings, Predict, Rows, Task


class Fitted(NamedTuple):
    """A fitted model.

    Attributes
    ----------
    predict : callable
        Inputs by name to probabilities.
    parameters : int
        Weights that were fitted; of trees their leaves and splits, of a kernel machine its coefficients.
    save : callable
        Writes the model into a folder.
    history : list of Epoch
        Loss and validation score of each epoch; empty if the fit has no epochs.
    made_of : sequence of Path
        Folders of other fits that the model needs as well; they count for its size.
    """

    predict: Predict
    parameters: int
    save: Callable[[Path], None]
    history: list[Epoch]
    made_of: Sequence[Path] = ()


class FitPart(NamedTuple):
    """What a model is fitted on and with.

    Attributes
    ----------
    task : Task
    fit, validation : Rows
    settings : FitSettings
    seed : int
    progress : Progress
    backup : Path
        Folder for the state of an unfinished fit.
    """

    task: Task
    fit: Rows
    validation: Rows
    settings: FitSettings
    seed: int
    progress: Progress
    backup: Path


class StudyModel(Protocol):
    """One kind of model, with its purpose in words and its source (DOI)."""

    @property
    def purpose(self) -> str: ...

    @property
    def source(self) -> str: ...

    @property
    def whole_rows(self) -> bool:
        """Whether the model answers rows as the task keeps them, instead of as :meth:`Task.answer` cuts them."""

    def fit(self, part: FitPart) -> Fitted:
        """Fit the model; choices are made on the validation rows."""

    def load(self, folder: Path, task: Task) -> Predict:
        """Read a saved model."""


def answer(model: StudyModel, predict: Predict, task: Task, rows: Rows) -> NDArray[np.float32]:
    """The probabilities of rows by a fitted model, shape as their labels."""
    return predict(rows.inputs) if model.whole_rows else task.answer(predict, rows)

"""The average of fitted models: the mean of their logits, of the two or three that are best together on validation.

Models that err in different rows gain by it: on PTB-XL a convolutional network and MiniRocket do, and two convolutional
networks do not.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.class_probabilities import logits_of, probabilities_of
from training.study.model import FitPart, Fitted, StudyModel, answer
from training.study.scores import figure_of
from training.study.task import Arrays, Predict, Rows, Task
from wardbeat.errors import TrainingError

NAME = "average"
FILE = "members.json"
SIZES = (2, 3)


class AverageModel(NamedTuple):
    """The average as a model of the study; its members are fitted before it, on the same task with the same seed.

    Attributes
    ----------
    models : mapping of str to StudyModel
        All models by name; the average itself may be among them.
    members : tuple of str
        Those that may be chosen: networks, so that the average can be exported.
    """

    models: Mapping[str, StudyModel]
    members: tuple[str, ...]
    purpose: str = "the mean of the logits of two or three models, those that are best together on validation rows"
    source: str = "Strodthoff et al. 2021, doi:10.1109/JBHI.2020.3022989 (an ensemble was best on PTB-XL)"

    @property
    def whole_rows(self) -> bool:
        """Each member cuts rows itself."""
        return True

    def fit(self, part: FitPart) -> Fitted:
        """Choose the members among the models of the task.

        Raises
        ------
        TrainingError
            If fewer than two of them are fitted.
        """
        fits, seed = part.backup.parents[1], str(part.seed)
        files = {name: fits / name / seed / "validation.npy" for name in part.task.models if name in self.members}
        answered = {name: np.load(file) for name, file in files.items() if file.is_file()}
        if len(answered) < min(SIZES):
            raise TrainingError(f"{NAME} of task {part.task.name}, seed {seed}: fit two of its networks first")

        def score(members: Sequence[str]) -> float:
            return figure_of(part.task, part.validation, _mean([answered[name] for name in members], part.task))

        every = [members for size in SIZES for members in combinations(answered, size)]
        best = max(every, key=score)
        part.progress(f"{part.task.name}: {NAME}", 1, 1, f"{' + '.join(best)}, validation {score(best):.4f}")
        folders = [fits / name / seed for name in best]
        parameters = sum(_parameters(one) for one in folders)
        predict = self._predict(best, fits, seed, part.task)
        return Fitted(predict, parameters, _saver(best), history=[], made_of=folders)

    def load(self, folder: Path, task: Task) -> Predict:
        """Load the members, from the folders of their fits."""
        return self._predict(read_members(folder), folder.parents[1], folder.name, task)

    def _predict(self, members: Sequence[str], fits: Path, seed: str, task: Task) -> Predict:
        loaded = [(self.models[name], self.models[name].load(fits / name / seed, task)) for name in members]

        def predict(inputs: Arrays) -> NDArray[np.float32]:
            rows = _unlabelled(inputs, len(task.classes))
            return _mean([answer(model, one, task, rows) for model, one in loaded], task)

        return predict


def read_members(folder: Path) -> list[str]:
    """The members of an average, from the folder of its fit."""
    return msgspec.json.decode((folder / FILE).read_bytes(), type=list[str])


def _mean(answered: Sequence[NDArray[np.float32]], task: Task) -> NDArray[np.float32]:
    logits = np.mean([logits_of(one, exclusive=task.exclusive) for one in answered], axis=0)
    return np.asarray(probabilities_of(logits, exclusive=task.exclusive), np.float32)


def _parameters(folder: Path) -> int:
    """Of a finished fit, from its record (:class:`training.study.fits.FitRecord`)."""
    record = msgspec.json.decode((folder / "fit.json").read_bytes())
    return int(record["parameters"])


def _unlabelled(inputs: Arrays, n_classes: int) -> Rows:
    n = len(next(iter(inputs.values())))
    nobody = np.full(n, "")
    return Rows(inputs, np.zeros((n, n_classes), np.float32), nobody, nobody)


def _saver(members: Sequence[str]) -> Callable[[Path], None]:
    def save(folder: Path) -> None:
        (folder / FILE).write_bytes(msgspec.json.encode(list(members)))

    return save

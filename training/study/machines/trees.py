"""Fits boosted trees on the features of a task; the number of rounds is chosen on the validation rows."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import lightgbm
import msgspec
import numpy as np
from numpy.typing import NDArray

from training.fit.networks.forest import BINARY, ForestParameters, fit_forest
from training.study.machines.row_features import row_features
from training.study.machines.sampling import fit_rows
from training.study.model import FitPart, Fitted
from training.study.scores import figure_of
from training.study.task import Arrays, Predict, Task

PARAMETERS = ForestParameters(rounds=300, leaves=16, learning_rate=0.05, feature_fraction=0.3, row_fraction=0.7, l2=5.0)
STEP = 50
"""The figure is measured after every so many rounds."""
MOST_ROWS = 60_000
FILE = "forests.json"


class TreesModel(NamedTuple):
    """Boosted trees as a model of the study: one forest for classes that exclude each other, else one for each."""

    purpose: str = "boosted trees on the features of a row"
    source: str = "Ke et al. 2017 (LightGBM), https://papers.nips.cc/paper/6907"

    @property
    def whole_rows(self) -> bool:
        """Features are those of the whole row."""
        return True

    def fit(self, part: FitPart) -> Fitted:
        """Fit all rounds, then keep those up to the best figure on the validation rows."""
        task = part.task
        sampled = fit_rows(part, MOST_ROWS)
        x, labels = row_features(sampled.rows.inputs), sampled.rows.labels
        weights = np.ones(len(labels))
        if part.settings.rows and not sampled.by_weight:
            weights = part.task.weights(sampled.rows) * len(labels)
        n_forests = 1 if task.exclusive else labels.shape[1]
        stage = f"{task.name}: trees, seed {part.seed}"
        forests = []
        for index in range(n_forests):
            label, parameters = _objective(labels, index, exclusive=task.exclusive)
            forests.append(fit_forest(x, label, weights, parameters, part.seed))
            part.progress(stage, index + 1, n_forests)
        best = _best_rounds(forests, part)
        texts = [forest.model_to_string(num_iteration=best) for forest in forests]
        return Fitted(
            _predict_with(texts, task), sum(_numbers(forest, best) for forest in forests), _saver(texts), history=[]
        )

    def load(self, folder: Path, task: Task) -> Predict:
        """Read saved forests."""
        return _predict_with(msgspec.json.decode((folder / FILE).read_bytes(), type=list[str]), task)


def _objective(labels: NDArray[np.float32], index: int, *, exclusive: bool) -> tuple[NDArray[Any], ForestParameters]:
    """The labels and the parameters of a forest; labels of classes that don't exclude each other may be uncertain."""
    if not exclusive:
        return np.ascontiguousarray(labels[:, index]), PARAMETERS._replace(objective={"objective": "cross_entropy"})
    n = labels.shape[1]
    multiclass: dict[str, str | int] = {"objective": "multiclass", "num_class": n}
    return labels.argmax(axis=1), PARAMETERS._replace(objective=BINARY if n == 2 else multiclass)


def _best_rounds(forests: list[lightgbm.Booster], part: FitPart) -> int:
    """The number of rounds with the best figure on the validation rows."""
    x = row_features(part.validation.inputs)
    rounds = range(STEP, PARAMETERS.rounds + 1, STEP)
    scores = [figure_of(part.task, part.validation, _predict(forests, x, part.task, one)) for one in rounds]
    return rounds[int(np.argmax(scores))]


def _predict(
    forests: list[lightgbm.Booster], x: NDArray[np.float32], task: Task, rounds: int | None = None
) -> NDArray[np.float32]:
    answered = [np.asarray(forest.predict(x, num_iteration=rounds, num_threads=1)) for forest in forests]
    if not task.exclusive:
        return np.stack(answered, axis=1).astype(np.float32)
    p = answered[0]
    return np.asarray(np.stack([1 - p, p], axis=1) if p.ndim == 1 else p, np.float32)


def _predict_with(texts: list[str], task: Task) -> Predict:
    forests = [lightgbm.Booster(model_str=text) for text in texts]

    def predict(inputs: Arrays) -> NDArray[np.float32]:
        return _predict(forests, row_features(inputs), task)

    return predict


def _numbers(forest: lightgbm.Booster, rounds: int) -> int:
    """Leaves and splits of the trees of the first rounds."""
    trees = forest.dump_model(num_iteration=rounds)["tree_info"]
    return sum(2 * int(tree["num_leaves"]) - 1 for tree in trees)


def _saver(texts: list[str]) -> Callable[[Path], None]:
    def save(folder: Path) -> None:
        (folder / FILE).write_bytes(msgspec.json.encode(texts))

    return save

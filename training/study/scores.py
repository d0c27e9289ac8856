"""Figures of the study: from probabilities and reference labels, for all rows or for each resample of patients.

Higher is better for each of them.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from training.study.task import Rows, Task

Figure = Callable[[NDArray[np.float32], NDArray[np.float32]], float]
"""Labels and probabilities, both (rows, classes), to a figure; higher is better."""


def macro_auc(labels: NDArray[np.float32], probabilities: NDArray[np.float32]) -> float:
    """Mean over the classes of the area under the ROC curve; a class without both kinds of rows is left out."""
    areas = [
        roc_auc_score(truth > 0.5, p)
        for truth, p in zip(labels.T, probabilities.T, strict=True)
        if 0 < (truth > 0.5).sum() < len(truth)
    ]
    return float(np.mean(areas)) if areas else float("nan")


def class_f1(labels: NDArray[np.float32], probabilities: NDArray[np.float32]) -> NDArray[np.float64]:
    """F1 of each class where the most probable class is chosen, shape (classes,); NaN without any such row."""
    n = labels.shape[1]
    matrix = confusion(labels, probabilities)
    total = matrix.sum(axis=0) + matrix.sum(axis=1)
    return np.array([2 * matrix[at, at] / total[at] if total[at] else np.nan for at in range(n)])


def mean_f1(labels: NDArray[np.float32], probabilities: NDArray[np.float32], classes: slice) -> float:
    """Mean F1 over those of some classes that have rows."""
    return float(np.nanmean(class_f1(labels, probabilities)[classes]))


def confusion(labels: NDArray[np.float32], probabilities: NDArray[np.float32]) -> NDArray[np.int64]:
    """Rows by reference class (first axis) and most probable class, shape (classes, classes)."""
    n = labels.shape[1]
    pairs = labels.argmax(axis=1) * n + probabilities.argmax(axis=1)
    return np.bincount(pairs, minlength=n * n).reshape(n, n)


MEAN_F1_OF = {
    "macro_f1": slice(None),
    "challenge_f1": slice(0, 3),
    "ectopic_f1": slice(1, 3),
}
"""Figures that are the mean F1 of some classes: of all; of N, A and O as challenge-2017 scores
(doi:10.22489/CinC.2017.065-469: noise counts where it is taken for one of the three, or one of the three for noise); of
S and V."""
FIGURES: dict[str, Figure] = {
    "macro_auc": macro_auc,
    **{name: partial(mean_f1, classes=classes) for name, classes in MEAN_F1_OF.items()},
}
"""By the names that ``Task.figure`` may have."""


def figure_of(task: Task, rows: Rows, probabilities: NDArray[np.float32]) -> float:
    """The figure of a task for some rows."""
    labels = rows.labels.reshape(-1, rows.labels.shape[-1])
    return FIGURES[task.figure](labels, probabilities.reshape(-1, probabilities.shape[-1]))

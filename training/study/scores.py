"""Figures of the study: from probabilities and reference labels, for all rows or for each resample of patients.

Higher is better for each of them.
"""

from collections.abc import Callable

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


def macro_f1(labels: NDArray[np.float32], probabilities: NDArray[np.float32]) -> float:
    """Mean F1 over the classes that have rows."""
    return float(np.nanmean(class_f1(labels, probabilities)))


def confusion(labels: NDArray[np.float32], probabilities: NDArray[np.float32]) -> NDArray[np.int64]:
    """Rows by reference class (first axis) and most probable class, shape (classes, classes)."""
    n = labels.shape[1]
    pairs = labels.argmax(axis=1) * n + probabilities.argmax(axis=1)
    return np.bincount(pairs, minlength=n * n).reshape(n, n)


FIGURES: dict[str, Figure] = {"macro_auc": macro_auc, "macro_f1": macro_f1}
"""By the names that ``Task.figure`` may have."""


def figure_of(task: Task, rows: Rows, probabilities: NDArray[np.float32]) -> float:
    """The figure of a task for some rows."""
    labels = rows.labels.reshape(-1, rows.labels.shape[-1])
    return FIGURES[task.figure](labels, probabilities.reshape(-1, probabilities.shape[-1]))

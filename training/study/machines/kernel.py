"""Fits a support vector machine with a radial kernel on the features of a task.

The kernel is approximated by its values at some rows of the fit, the landmarks (Nyström's method), so that time and
size have a bound. Then a linear machine tells each class from the others, and a logistic regression on the validation
rows turns distances into probabilities (Platt's method). Features that aren't normally distributed are squeezed.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.svm import LinearSVC

from training.study.machines.row_features import row_features
from training.study.machines.sampling import fit_rows
from training.study.model import FitPart, Fitted
from training.study.networks import class_probabilities
from training.study.scores import figure_of
from training.study.task import Arrays, Predict, Task

MOST_ROWS = 8_000
LANDMARKS = 1_000
WIDTHS = (0.3, 1.0, 3.0)
"""The exponent of the kernel is one of these over the number of features; chosen on the validation rows."""
COST = 0.1
"""Of an error, in the linear machine."""
LARGEST = 5.0
"""Standardised features are clipped here; a row far from all landmarks would have no neighbour."""
LEAST_DEVIATION = 1e-6
AT_ONCE = 4096
"""Rows at a time; they limit the memory."""
FILE = "machine.npz"


class KernelMachine(NamedTuple):
    """A fitted machine.

    Attributes
    ----------
    mean, deviation : ndarray, shape (features,)
    landmarks : ndarray, shape (landmarks, features)
        Standardised rows.
    gamma : ndarray, shape ()
        The kernel of two rows is exp(−gamma · squared distance).
    weights : ndarray, shape (landmarks, classes)
        Of the values of the kernel at the landmarks.
    bias : ndarray, shape (classes,)
    scale : ndarray, shape (classes, classes)
        From distances to log-odds; diagonal if the classes don't exclude each other.
    offset : ndarray, shape (classes,)
    """

    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]
    landmarks: NDArray[np.float32]
    gamma: NDArray[np.float64]
    weights: NDArray[np.float64]
    bias: NDArray[np.float64]
    scale: NDArray[np.float64]
    offset: NDArray[np.float64]

    def logits(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """Log-odds of each class, shape (rows, classes)."""
        logits = np.empty((len(features), len(self.bias)))
        for at in range(0, len(features), AT_ONCE):
            rows = _standardised(features[at : at + AT_ONCE], self.mean, self.deviation)
            distances = rbf_kernel(rows, self.landmarks, float(self.gamma)) @ self.weights + self.bias
            logits[at : at + AT_ONCE] = distances @ self.scale + self.offset
        return logits


class KernelModel(NamedTuple):
    """A support vector machine with a radial kernel as a model of the study."""

    purpose: str = "a support vector machine with a radial kernel on the features of a row"
    source: str = (
        "Cortes and Vapnik 1995, doi:10.1007/BF00994018; Williams and Seeger 2000 (Nyström), "
        "https://papers.nips.cc/paper/1866; Platt 1999"
    )

    @property
    def whole_rows(self) -> bool:
        """Features are those of the whole row."""
        return True

    def fit(self, part: FitPart) -> Fitted:
        """Fit with each width of the kernel; the best on the validation rows is kept."""
        task = part.task
        rows = fit_rows(part, MOST_ROWS).rows
        x, x_validation = row_features(rows.inputs), row_features(part.validation.inputs)
        machines, scores = [], []
        for done, width in enumerate(WIDTHS, 1):
            machine = _fit_machine(x, rows.labels, width, part.seed)
            machine = _calibrated(machine, x_validation, part.validation.labels, exclusive=task.exclusive)
            score = figure_of(task, part.validation, class_probabilities(machine.logits(x_validation), task))
            machines.append(machine)
            scores.append(score)
            part.progress(f"{task.name}: kernel, seed {part.seed}", done, len(WIDTHS), f"validation {score:.4f}")
        best = machines[int(np.argmax(scores))]
        return Fitted(_predict_with(best, task), best.weights.size + best.bias.size, _saver(best), history=[])

    def load(self, folder: Path, task: Task) -> Predict:
        """Read a saved machine."""
        with np.load(folder / FILE) as stored:
            return _predict_with(KernelMachine(**{name: stored[name] for name in KernelMachine._fields}), task)


def _fit_machine(x: NDArray[np.float32], labels: NDArray[np.float32], width: float, seed: int) -> KernelMachine:
    mean, deviation = x.mean(axis=0), np.maximum(x.std(axis=0), LEAST_DEVIATION)
    standard = _standardised(x, mean, deviation)
    gamma = width / x.shape[1]
    landmarks = min(LANDMARKS, len(x))
    nystroem = Nystroem(gamma=gamma, n_components=landmarks, random_state=seed).fit(standard)
    mapped = nystroem.transform(standard)
    of_classes = [_one_against_others(mapped, labels[:, at] > 0.5, seed) for at in range(labels.shape[1])]
    weights = nystroem.normalization_.T @ np.stack([one for one, _ in of_classes], axis=1)
    n = labels.shape[1]
    bias = np.array([one for _, one in of_classes])
    return KernelMachine(mean, deviation, nystroem.components_, np.array(gamma), weights, bias, np.eye(n), np.zeros(n))


def _one_against_others(
    mapped: NDArray[np.float64], label: NDArray[np.bool_], seed: int
) -> tuple[NDArray[np.float64], float]:
    """Weights and bias of the linear machine of a class; a class without rows of both kinds has no weights."""
    if label.all() or not label.any():
        return np.zeros(mapped.shape[1]), 1.0 if label.all() else -1.0
    machine = LinearSVC(C=COST, class_weight="balanced", random_state=seed, dual=False).fit(mapped, label)
    return machine.coef_[0], float(machine.intercept_[0])


def _calibrated(
    machine: KernelMachine, x: NDArray[np.float32], labels: NDArray[np.float32], *, exclusive: bool
) -> KernelMachine:
    """The machine with log-odds that suit the validation rows."""
    distances = machine.logits(x)
    scale, offset = machine.scale.copy(), machine.offset.copy()
    if exclusive:
        present = np.unique(labels.argmax(axis=1))
        if len(present) > 1:
            fitted = LogisticRegression(max_iter=1000).fit(distances, labels.argmax(axis=1))
            of_two = len(present) == 2  # scikit-learn then has one row of weights: that of the second class
            coefficients = np.concatenate([-fitted.coef_, fitted.coef_]) / 2 if of_two else fitted.coef_
            intercepts = np.concatenate([-fitted.intercept_, fitted.intercept_]) / 2 if of_two else fitted.intercept_
            scale[:, present], offset[present] = coefficients.T, intercepts
        return machine._replace(scale=scale, offset=offset)
    for at, label in enumerate((labels > 0.5).T):
        if label.any() and not label.all():
            fitted = LogisticRegression(max_iter=1000).fit(distances[:, at : at + 1], label)
            scale[at, at], offset[at] = fitted.coef_[0, 0], fitted.intercept_[0]
    return machine._replace(scale=scale, offset=offset)


def _standardised(
    x: NDArray[np.float32], mean: NDArray[np.float32], deviation: NDArray[np.float32]
) -> NDArray[np.float32]:
    return np.asarray(np.clip((x - mean) / deviation, -LARGEST, LARGEST), np.float32)


def _predict_with(machine: KernelMachine, task: Task) -> Predict:
    def predict(inputs: Arrays) -> NDArray[np.float32]:
        return class_probabilities(machine.logits(row_features(inputs)), task)

    return predict


def _saver(machine: KernelMachine) -> Callable[[Path], None]:
    def save(folder: Path) -> None:
        np.savez(folder / FILE, **machine._asdict())

    return save

"""Figures of a model on the rows of a part, with 95 % intervals by bootstrap over patients.

Everything is counted by patient once; a resample of patients then weighs the counts. So 2,000 resamples cost about as
much as one.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.evaluation.bootstrap import resample_counts

BINS = 2000
"""Areas under curves of resamples count scores in this many bins of equal frequency; the error is below 0.001."""


class Patients(NamedTuple):
    """The patients of rows, and how often each is in each resample.

    Attributes
    ----------
    of_row : ndarray of int, shape (rows,)
        The patient of each row.
    weights : ndarray, shape (1 + resamples, patients)
        The first weighting has each patient once: it gives the figure itself.
    """

    of_row: NDArray[np.int64]
    weights: NDArray[np.float64]

    @classmethod
    def of(cls, patient: NDArray[np.str_], seed: int, resamples: int) -> "Patients":
        """The patients of rows and their resamples."""
        names, of_row = np.unique(patient, return_inverse=True)
        drawn = resample_counts([str(name) for name in names], seed, resamples)
        return cls(of_row.astype(np.int64), np.vstack([np.ones(len(names)), drawn]))


def counts_by_patient(
    reference: NDArray[np.int64], predicted: NDArray[np.int64], n_classes: int, patients: Patients
) -> NDArray[np.float64]:
    """Rows by patient, reference class and predicted class, shape (patients, classes, classes)."""
    n_patients = patients.weights.shape[1]
    at = (patients.of_row * n_classes + reference) * n_classes + predicted
    counted = np.bincount(at, minlength=n_patients * n_classes * n_classes)
    return counted.reshape(n_patients, n_classes, n_classes).astype(np.float64)


def resampled_matrices(by_patient: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """The matrix of each resample, shape (weightings, …), from counts by patient, shape (patients, …)."""
    return np.tensordot(weights, by_patient, axes=1)


class FiguresByClass(NamedTuple):
    """Precision, recall and F1 by weighting and class, shape (weightings, classes); NaN where a class has no rows."""

    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    f1: NDArray[np.float64]


def class_figures(matrices: NDArray[np.float64], n_classes: int) -> FiguresByClass:
    """Figures of the first ``n_classes`` classes of confusion matrices, shape (weightings, ≥ classes, ≥ classes)."""
    hits = np.diagonal(matrices, axis1=1, axis2=2)[:, :n_classes]
    reference, predicted = matrices.sum(axis=2)[:, :n_classes], matrices.sum(axis=1)[:, :n_classes]
    return figures_of_counts(hits, reference, predicted)


def figures_of_counts(
    hits: NDArray[np.float64], reference: NDArray[np.float64], predicted: NDArray[np.float64]
) -> FiguresByClass:
    """Figures from true positives, rows of the class in the reference, and rows predicted as the class."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return FiguresByClass(
            np.where(predicted > 0, hits / predicted, np.where(reference > 0, 0.0, np.nan)),
            np.where(reference > 0, hits / reference, np.nan),
            np.where(reference > 0, 2 * hits / (reference + predicted), np.nan),
        )


def accuracy(matrices: NDArray[np.float64]) -> NDArray[np.float64]:
    """The proportion of rows with the right class, by weighting."""
    total = matrices.sum(axis=(1, 2))
    right = np.trace(matrices, axis1=1, axis2=2)
    return divided(right, total)


def areas(positive: NDArray[np.bool_], score: NDArray[np.float64], patients: Patients) -> NDArray[np.float64]:
    """Area under the ROC curve by weighting, shape (weightings,); NaN where a class has no rows.

    Parameters
    ----------
    positive : ndarray of bool, shape (rows,)
    score : ndarray, shape (rows,)
        Higher for positive rows.
    patients : Patients
    """
    edges = np.unique(np.quantile(score, np.linspace(0, 1, BINS + 1)[1:-1]))
    bins = np.searchsorted(edges, score, side="right")
    n_bins, n_patients = len(edges) + 1, patients.weights.shape[1]
    at = patients.of_row * n_bins + bins

    def counted(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
        by_patient = np.bincount(at[mask], minlength=n_patients * n_bins).reshape(n_patients, n_bins)
        weighted: NDArray[np.float64] = patients.weights @ by_patient
        return weighted

    positives, negatives = counted(positive), counted(~positive)
    below = np.cumsum(negatives, axis=1) - negatives
    wins = (positives * (below + negatives / 2)).sum(axis=1)
    pairs = positives.sum(axis=1) * negatives.sum(axis=1)
    return divided(wins, pairs)


def divided(numbers: NDArray[np.float64], by: NDArray[np.float64]) -> NDArray[np.float64]:
    """Quotients; NaN where the divisor is 0."""
    quotients: NDArray[np.float64] = np.divide(numbers, by, out=np.full(len(by), np.nan), where=by > 0)
    return quotients

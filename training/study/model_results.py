"""The figures of one model on the test rows of a task: with intervals over patients, as the mean over its seeds."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

from training.evaluation.bootstrap import interval
from training.study.fits import FitRecord
from training.study.intervals import (
    FiguresByClass,
    Patients,
    accuracy,
    areas,
    class_figures,
    counts_by_patient,
    divided,
    figures_of_counts,
    resampled_matrices,
)
from training.study.results import (
    CalibrationBin,
    ClassCurve,
    ClassFigures,
    Cost,
    Estimate,
    LearningCurve,
    ModelResult,
    SeedFigures,
    defined,
    estimate,
)
from training.study.scores import MEAN_F1_OF
from training.study.task import Rows, Task

RESAMPLES = 1000
CURVE_POINTS = 200
CALIBRATION_BINS = 10
Points = Callable[[NDArray[np.bool_], NDArray[np.float32]], tuple[NDArray[np.float64], NDArray[np.float64]]]
"""A truth and scores to the points of a curve."""
Weighted = dict[str, NDArray[np.float64]]
"""Figures by name, each by weighting of the patients."""


class Answered(NamedTuple):
    """Reference and probabilities of a part, one row a line.

    Attributes
    ----------
    labels, probabilities : ndarray, shape (rows, classes)
        A row without any class is a false detection: whatever is answered is wrong.
    missed : ndarray of int, shape (missed,)
        The class of each reference that no row stands for, as a beat that was not detected.
    patient, missed_patient : ndarray of str
    """

    labels: NDArray[np.float32]
    probabilities: NDArray[np.float32]
    missed: NDArray[np.int64]
    patient: NDArray[np.str_]
    missed_patient: NDArray[np.str_]

    @classmethod
    def of(cls, rows: Rows, probabilities: NDArray[np.float32], missed: Rows | None) -> "Answered":
        """One line a row; of rows with a label for each sample, one line a sample."""
        n_classes = rows.labels.shape[-1]
        each = int(np.prod(rows.labels.shape[1:-1], dtype=int))
        return cls(
            rows.labels.reshape(-1, n_classes),
            probabilities.reshape(-1, n_classes),
            np.zeros(0, np.int64) if missed is None else missed.labels.argmax(axis=1),
            np.repeat(rows.patient, each),
            np.zeros(0, rows.patient.dtype) if missed is None else missed.patient,
        )

    @property
    def all_patients(self) -> NDArray[np.str_]:
        """The patient of each row, then of each missed reference."""
        return np.concatenate([self.patient, self.missed_patient])


class Measured(NamedTuple):
    """Figures of one fit.

    Attributes
    ----------
    figures : dict
        By name, by weighting.
    by_class : FiguresByClass
    auc : ndarray, shape (weightings, classes)
    confusion : ndarray, shape (classes + 1, classes + 1)
        The last row and column are "none"; empty if a row may have several classes.
    """

    figures: Weighted
    by_class: FiguresByClass
    auc: NDArray[np.float64]
    confusion: NDArray[np.float64]


def best_thresholds(labels: NDArray[np.float32], probabilities: NDArray[np.float32]) -> NDArray[np.float64]:
    """The threshold with the largest F1 of each class, shape (classes,): chosen on validation rows."""
    return np.array([_best_threshold(truth > 0.5, p) for truth, p in zip(labels.T, probabilities.T, strict=True)])


def measure(
    answered: Answered, patients: Patients, thresholds: NDArray[np.float64] | None, figure: str = "macro_f1"
) -> Measured:
    """All figures of one fit, and ``figure``; ``thresholds`` is None where a row has one class."""
    n_classes = answered.labels.shape[1]
    if thresholds is None:
        matrices = _matrices(answered, n_classes, patients)
        by_class, right, confusion = class_figures(matrices, n_classes), accuracy(matrices), matrices[0]
    else:
        by_class, right = _figures_above(answered, patients, thresholds)
        confusion = np.zeros((0, 0))
    rows = Patients(patients.of_row[: len(answered.labels)], patients.weights)
    auc = np.stack(
        [
            areas(truth > 0.5, p.astype(np.float64), rows)
            for truth, p in zip(answered.labels.T, answered.probabilities.T, strict=True)
        ],
        axis=1,
    )
    figures = {
        "macro_auc": _mean(auc),
        "accuracy": right,
        "macro_precision": _mean(by_class.precision),
        "macro_recall": _mean(by_class.recall),
    } | {name: _mean(by_class.f1[:, classes]) for name, classes in MEAN_F1_OF.items() if name in ("macro_f1", figure)}
    return Measured(figures, by_class, auc, confusion)


def model_result(
    task: Task,
    facts: Mapping[str, str],
    records: Sequence[FitRecord],
    answered: Sequence[Answered],
    measured: Sequence[Measured],
    thresholds: Sequence[NDArray[np.float64]] | None,
) -> ModelResult:
    """Everything that a report shows of one model.

    Parameters
    ----------
    task : Task
    facts : mapping of str to str
        ``name``, ``purpose`` and ``source`` of the model.
    records, answered, measured : sequence
        One for each seed.
    thresholds : sequence of ndarray, optional
        One for each seed; None where a row has one class.
    """
    first = answered[0]
    confusion = np.mean([one.confusion for one in measured], axis=0)
    calibration = calibration_bins(first, exclusive=task.exclusive)
    return ModelResult(
        name=facts["name"],
        purpose=facts["purpose"],
        source=facts["source"],
        in_service=facts["name"] == task.service_model,
        figures={name: estimated([one.figures[name] for one in measured]) for name in measured[0].figures},
        classes=[_class_result(task, at, answered, measured, thresholds) for at in range(len(task.classes))],
        seeds=[
            SeedFigures(record.seed, {name: defined(values[0]) for name, values in one.figures.items()})
            for record, one in zip(records, measured, strict=True)
        ],
        cost=Cost(
            records[0].parameters,
            records[0].size_kb,
            float(np.median([one.ms_per_row for one in records])),
            float(np.median([one.fit_s for one in records])),
        ),
        confusion=confusion.round(2).tolist(),
        confusion_of="" if not confusion.size else _over_seeds(records),
        roc=[_curve(name, roc_points, first, at) for at, name in enumerate(task.classes)],
        precision_recall=[_curve(name, precision_recall_points, first, at) for at, name in enumerate(task.classes)],
        calibration=calibration,
        calibration_error=Estimate(calibration_error(calibration)),
        history=[
            LearningCurve(one.seed, [epoch.loss for epoch in one.history], [epoch.score for epoch in one.history])
            for one in records
            if one.history
        ],
        settings={name: getattr(records[0].settings, name) for name in records[0].settings.__struct_fields__},
    )


def estimated(by_seed: Sequence[NDArray[np.float64]]) -> Estimate:
    """The mean over seeds of a figure by weighting, with its interval."""
    mean = np.mean(by_seed, axis=0)
    return estimate(interval(float(mean[0]), mean[1:]))


def roc_points(truth: NDArray[np.bool_], p: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """False positive rate and sensitivity over all thresholds."""
    x, y, _ = roc_curve(truth, p)
    return x, y


def precision_recall_points(
    truth: NDArray[np.bool_], p: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Recall and precision over all thresholds, recall rising."""
    precision, recall, _ = precision_recall_curve(truth, p)
    return recall[::-1], precision[::-1]


def calibration_bins(answered: Answered, *, exclusive: bool) -> list[CalibrationBin]:
    """Rows of similar probability: of the chosen class where a row has one, else of every class."""
    p, truth = answered.probabilities, answered.labels > 0.5
    if exclusive:
        chosen = p.argmax(axis=1)[:, None]
        p, truth = np.take_along_axis(p, chosen, axis=1), np.take_along_axis(truth, chosen, axis=1)
    at = np.minimum((p.ravel() * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    bins = []
    for one in range(CALIBRATION_BINS):
        inside = at == one
        if inside.any():
            bins.append(
                CalibrationBin(float(p.ravel()[inside].mean()), float(truth.ravel()[inside].mean()), int(inside.sum()))
            )
    return bins


def calibration_error(bins: Sequence[CalibrationBin]) -> float:
    """Expected calibration error: the mean distance of probability and proportion, weighted by rows."""
    rows = sum(one.rows for one in bins)
    return sum(abs(one.mean_probability - one.observed) * one.rows for one in bins) / rows if rows else float("nan")


def _best_threshold(truth: NDArray[np.bool_], p: NDArray[np.float32]) -> float:
    if not truth.any():
        return 0.5
    precision, recall, thresholds = precision_recall_curve(truth, p)
    f1 = 2 * precision[:-1] * recall[:-1] / np.maximum(precision[:-1] + recall[:-1], 1e-12)
    return float(thresholds[int(np.argmax(f1))])


def _matrices(answered: Answered, n_classes: int, patients: Patients) -> NDArray[np.float64]:
    none = n_classes
    reference = np.where(answered.labels.sum(axis=1) > 0, answered.labels.argmax(axis=1), none)
    predicted = answered.probabilities.argmax(axis=1)
    reference = np.concatenate([reference, answered.missed])
    predicted = np.concatenate([predicted, np.full(len(answered.missed), none)])
    return resampled_matrices(counts_by_patient(reference, predicted, n_classes + 1, patients), patients.weights)


def _figures_above(
    answered: Answered, patients: Patients, thresholds: NDArray[np.float64]
) -> tuple[FiguresByClass, NDArray[np.float64]]:
    """Figures where each class is chosen above its threshold; the accuracy is the mean over the classes."""
    n_patients = patients.weights.shape[1]
    truth, chosen = answered.labels > 0.5, answered.probabilities >= thresholds

    def counted(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
        columns = [np.bincount(patients.of_row, column, minlength=n_patients) for column in mask.T]
        weighted: NDArray[np.float64] = patients.weights @ np.stack(columns, axis=1)
        return weighted

    right, rows = counted(truth == chosen), counted(np.ones_like(truth))
    return figures_of_counts(counted(truth & chosen), counted(truth), counted(chosen)), (right / rows).mean(axis=1)


def _mean(by_class: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean over the classes that are defined; NaN without any."""
    defined_ones = np.isfinite(by_class)
    n = defined_ones.sum(axis=1)
    total = np.where(defined_ones, by_class, 0.0).sum(axis=1)
    return divided(total, n.astype(np.float64))


def _class_result(
    task: Task,
    at: int,
    answered: Sequence[Answered],
    measured: Sequence[Measured],
    thresholds: Sequence[NDArray[np.float64]] | None,
) -> ClassFigures:
    first = answered[0]
    truth = first.labels[:, at] > 0.5
    in_class = np.concatenate([first.patient[truth], first.missed_patient[first.missed == at]])
    precisions = [average_precision_score(truth, one.probabilities[:, at]) for one in answered] if truth.any() else []
    return ClassFigures(
        name=task.classes[at],
        rows=len(in_class),
        patients=len(np.unique(in_class)),
        precision=estimated([one.by_class.precision[:, at] for one in measured]),
        recall=estimated([one.by_class.recall[:, at] for one in measured]),
        f1=estimated([one.by_class.f1[:, at] for one in measured]),
        auc=estimated([one.auc[:, at] for one in measured]),
        average_precision=Estimate(float(np.mean(precisions)) if precisions else None),
        threshold=None if thresholds is None else float(np.mean([one[at] for one in thresholds])),
    )


def _curve(name: str, points: Points, answered: Answered, at: int) -> ClassCurve:
    truth, p = answered.labels[:, at] > 0.5, answered.probabilities[:, at]
    if not 0 < truth.sum() < len(truth):
        return ClassCurve(name, [], [], None)
    x, y = points(truth, p)
    kept = np.unique(np.linspace(0, len(x) - 1, min(CURVE_POINTS, len(x))).astype(int))
    area = roc_auc_score(truth, p) if points is roc_points else average_precision_score(truth, p)
    return ClassCurve(name, x[kept].round(5).tolist(), y[kept].round(5).tolist(), float(area))


def _over_seeds(records: Sequence[FitRecord]) -> str:
    return f"seed {records[0].seed}" if len(records) == 1 else f"mean of {len(records)} seeds"

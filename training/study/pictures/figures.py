"""Figures of the study of pictures: by class, by record, of the public pictures, with intervals over patients."""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.pictures import PICTURE_CLASSES
from training.data.pictures.collection import Table
from training.data.pictures.examples import Example
from training.evaluation.bootstrap import RESAMPLES
from training.study.intervals import Patients, accuracy, class_figures, counts_by_patient, resampled_matrices
from training.study.model_results import estimated
from training.study.results import ClassCount, Estimate

N_BEATS = len(PICTURE_CLASSES)
EXAMPLE_FOLDERS = {
    "Normal": "normal",
    "Left Bundle Branch Block": "LBBB",
    "Right Bundle Branch Block": "RBBB",
    "Premature Atrial Contraction": "PAC",
    "Premature Ventricular Contractions": "PVC",
    "Ventricular Fibrillation": "VF",
}


class PictureClass(msgspec.Struct, frozen=True):
    """Figures of one class; the class is the most probable of the seven, whatever is refused."""

    name: str
    pictures: int
    patients: int
    precision: Estimate
    recall: Estimate
    f1: Estimate


class RecordLine(msgspec.Struct, frozen=True):
    """The pictures of one class of one record: how many, how many are named right, and the most frequent other name."""

    record: str
    name: str
    pictures: int
    right: int
    most_often_else: str | None


class StyleFigures(msgspec.Struct, frozen=True):
    """Figures of pictures in one style.

    Attributes
    ----------
    style : str
    pictures, patients : int
    macro_f1, accuracy : Estimate
        With 95 % intervals by bootstrap over patients.
    refused : float
        Share of the pictures that the network or a rule takes for no single beat.
    classes : list of PictureClass
    confusion : list of list of int
        Reference by row.
    records : list of RecordLine
    """

    style: str
    pictures: int
    patients: int
    macro_f1: Estimate
    accuracy: Estimate
    refused: float
    classes: list[PictureClass]
    confusion: list[list[int]]
    records: list[RecordLine]


class ExampleFigures(msgspec.Struct, frozen=True):
    """Figures of the public pictures by one kind of network.

    Attributes
    ----------
    fitted_on : str
    pictures, without_beat : int
        Pictures whose beat is known, and pictures whose beat was not found, which are not scored.
    accuracy, macro_f1 : float
        By the true class of the beat.
    folder_accuracy : float
        By the folder, whose atrial beats are paced ones for the most part.
    confusion : list of list of int
    """

    fitted_on: str
    pictures: int
    without_beat: int
    accuracy: float
    macro_f1: float
    folder_accuracy: float
    confusion: list[list[int]]


class RefusalLine(msgspec.Struct, frozen=True):
    """Pictures of one kind, and how many of them are refused."""

    group: str
    kind: str
    pictures: int
    refused: int


def style_figures(
    style: str, rows: Table, predicted: NDArray[np.int64], refused: NDArray[np.bool_], seed: int
) -> StyleFigures:
    """Figures of scored pictures.

    Parameters
    ----------
    style : str
    rows : Table
        The pictures.
    predicted : ndarray of int
        The most probable class of each.
    refused : ndarray of bool
    seed : int
        Of the resamples of patients.
    """
    patients = Patients.of(rows.patient, seed, RESAMPLES)
    counted = counts_by_patient(rows.beat, predicted, N_BEATS, patients)
    matrices = resampled_matrices(counted, patients.weights)
    by_class = class_figures(matrices, N_BEATS)
    complete = np.isfinite(by_class.f1).all(axis=1)  # a resample without a class has another macro F1
    macro = np.where(complete, by_class.f1.mean(axis=1), np.nan)
    counts = {one.name: one for one in patients_by_class(rows)}
    classes = [
        PictureClass(
            name=name,
            pictures=counts[name].rows,
            patients=counts[name].patients,
            precision=estimated([by_class.precision[:, at]]),
            recall=estimated([by_class.recall[:, at]]),
            f1=estimated([by_class.f1[:, at]]),
        )
        for at, name in enumerate(PICTURE_CLASSES)
    ]
    return StyleFigures(
        style=style,
        pictures=len(rows.beat),
        patients=len(np.unique(rows.patient)),
        macro_f1=estimated([macro]),
        accuracy=estimated([accuracy(matrices)]),
        refused=float(refused.mean()),
        classes=classes,
        confusion=matrices[0].astype(int).tolist(),
        records=_records(rows, predicted),
    )


def patients_by_class(rows: Table) -> list[ClassCount]:
    """Pictures and patients of each class."""
    return [
        ClassCount(name, int((rows.beat == at).sum()), len(np.unique(rows.patient[rows.beat == at])))
        for at, name in enumerate(PICTURE_CLASSES)
    ]


def example_figures(
    fitted_on: str, examples: Sequence[Example], predicted: NDArray[np.int64], without_beat: int
) -> ExampleFigures:
    """Figures of the public pictures, by their true beats and by their folders."""
    truth = np.array([PICTURE_CLASSES.index(one.beat) for one in examples])
    folder = np.array([PICTURE_CLASSES.index(EXAMPLE_FOLDERS[one.folder]) for one in examples])
    matrix = np.bincount(truth * N_BEATS + predicted, minlength=N_BEATS**2).reshape(1, N_BEATS, N_BEATS)
    return ExampleFigures(
        fitted_on=fitted_on,
        pictures=len(examples),
        without_beat=without_beat,
        accuracy=float((truth == predicted).mean()),
        macro_f1=float(np.nanmean(class_figures(matrix.astype(np.float64), N_BEATS).f1[0])),
        folder_accuracy=float((folder == predicted).mean()),
        confusion=matrix[0].tolist(),
    )


def _records(rows: Table, predicted: NDArray[np.int64]) -> list[RecordLine]:
    lines = []
    for record, beat in sorted(set(zip(rows.record.tolist(), rows.beat.tolist(), strict=True))):
        own = predicted[(rows.record == record) & (rows.beat == beat)]
        counts = np.bincount(own, minlength=N_BEATS)
        right = int(counts[beat])
        counts[beat] = 0
        other = PICTURE_CLASSES[int(counts.argmax())] if counts.any() else None
        lines.append(RecordLine(record, PICTURE_CLASSES[beat], len(own), right, other))
    return lines

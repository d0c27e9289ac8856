"""What a comparison of models found: the content of the JSON file of a task, and of its page and notebook.

A figure without a value (a class without rows, say) is None: JSON has no NaN. Proportions are from 0 to 1.
"""

from math import isfinite
from pathlib import Path

import msgspec

from training.evaluation.bootstrap import Interval
from wardbeat.atomic_files import atomic_file
from wardbeat.errors import EvaluationError

RESULT = "result.json"
Cell = str | int | float | None
"""One cell of a table: numbers are numbers, so that the CSV has all digits."""


class Estimate(msgspec.Struct, frozen=True):
    """A figure and its 95 % interval; None where it is not defined, and ``low`` and ``high`` where not computed."""

    value: float | None
    low: float | None = None
    high: float | None = None


class DataSource(msgspec.Struct, frozen=True):
    """A data set of a task.

    Attributes
    ----------
    name, purpose : str
        As ``mitdb``, and what it is used for.
    records, patients : int
    sha256 : str
        Of the files that were read, in the order of their names.
    source : str
        Citation or DOI, and the licence.
    """

    name: str
    purpose: str
    records: int
    patients: int
    sha256: str
    source: str = ""


class ClassCount(msgspec.Struct, frozen=True):
    """Rows and patients of one class in one part."""

    name: str
    rows: int
    patients: int


class PartCount(msgspec.Struct, frozen=True):
    """What one part (fit, validation, test) has."""

    part: str
    rows: int
    records: int
    patients: int
    classes: list[ClassCount]


class ClassFigures(msgspec.Struct, frozen=True):
    """Figures of one class against all others, on the test rows.

    Attributes
    ----------
    name : str
    rows, patients : int
        Of the class in the reference.
    precision, recall, f1 : Estimate
        Where the class is chosen: the most probable one, or each above its ``threshold``.
    auc, average_precision : Estimate
        Areas under the ROC curve and under the precision-recall curve.
    threshold : float or None
        Chosen on validation patients; None if the most probable class is chosen.
    """

    name: str
    rows: int
    patients: int
    precision: Estimate
    recall: Estimate
    f1: Estimate
    auc: Estimate
    average_precision: Estimate
    threshold: float | None = None


class ClassCurve(msgspec.Struct, frozen=True):
    """A curve of one class over all thresholds, at most about 100 points.

    For ``roc`` the axes are the false positive rate (x) and the sensitivity (y); for ``precision_recall`` recall (x)
    and precision (y). ``area`` is the area under the whole curve.
    """

    name: str
    x: list[float]
    y: list[float]
    area: float | None


class CalibrationBin(msgspec.Struct, frozen=True):
    """Rows of similar predicted probability: its mean, the proportion that has the class, and their number."""

    mean_probability: float
    observed: float
    rows: int


class LearningCurve(msgspec.Struct, frozen=True):
    """Loss on the fit rows and figure on the validation rows after each epoch of one fit."""

    seed: int
    loss: list[float]
    score: list[float | None]


class Cost(msgspec.Struct, frozen=True):
    """Fitted weights, size of the saved model, time to classify a row alone on one core, wall time of a fit."""

    parameters: int
    size_kb: float
    ms_per_row: float
    fit_s: float


class SeedFigures(msgspec.Struct, frozen=True):
    """Test figures of the fit with one seed, by name."""

    seed: int
    figures: dict[str, float | None]


class ModelResult(msgspec.Struct, frozen=True):
    """One model of the comparison.

    Attributes
    ----------
    name, purpose, source : str
        ``source`` is the publication (DOI) of the architecture.
    in_service : bool
        Whether the ward or the study's page runs this model.
    figures : dict of str to Estimate
        By name: the figure of the task, ``accuracy``, ``macro_precision``, ``macro_recall``, ``macro_f1``, …; intervals
        over patients.
    classes : list of ClassFigures
    seeds : list of SeedFigures
        One for each fit; the page shows mean and spread.
    cost : Cost
    confusion : list of list of float
        Rows by reference class and chosen class; empty if a row may have several classes.
    confusion_of : str
        What it is: "mean of 3 seeds", "seed 0".
    roc, precision_recall : list of ClassCurve
    calibration : list of CalibrationBin
    calibration_error : Estimate or None
        Expected calibration error.
    history : list of LearningCurve
        Empty for a model without epochs.
    settings : dict
        Settings of the fit by name.
    limits : list of str
        What the model card states against the model.
    """

    name: str
    purpose: str
    source: str
    in_service: bool
    figures: dict[str, Estimate]
    classes: list[ClassFigures]
    seeds: list[SeedFigures]
    cost: Cost
    confusion: list[list[float]] = []
    confusion_of: str = ""
    roc: list[ClassCurve] = []
    precision_recall: list[ClassCurve] = []
    calibration: list[CalibrationBin] = []
    calibration_error: Estimate | None = None
    history: list[LearningCurve] = []
    settings: dict[str, Cell] = {}
    limits: list[str] = []


class PairedDifference(msgspec.Struct, frozen=True):
    """A figure of ``model`` minus that of ``other``, on the same resamples of patients."""

    model: str
    other: str
    figure: str
    difference: Estimate


class ExtraTable(msgspec.Struct, frozen=True):
    """A table that only this task has: an ablation, a table by record."""

    title: str
    columns: list[str]
    rows: list[list[Cell]]
    note: str = ""


class PlotLine(msgspec.Struct, frozen=True):
    """One line of a plot, with the limits of its interval if it has one."""

    name: str
    x: list[float]
    y: list[float]
    low: list[float] = []
    high: list[float] = []


class ExtraPlot(msgspec.Struct, frozen=True):
    """A plot that only this task has, as a transfer curve."""

    title: str
    x_name: str
    y_name: str
    lines: list[PlotLine]
    log_x: bool = False
    note: str = ""


class RunFacts(msgspec.Struct, frozen=True):
    """How the result was made: enough to make it again.

    Attributes
    ----------
    command, commit : str
        The commit ends with ``+`` if the working tree had changes.
    seeds : list of int
    wardbeat, created : str
        Version; time in UTC.
    libraries : dict of str to str
        Versions by name.
    took_s, peak_memory_mb : float or None
        Time of all runs on the work folder together; largest memory of the last one.
    """

    command: str
    commit: str
    seeds: list[int]
    wardbeat: str
    created: str
    libraries: dict[str, str] = {}
    took_s: float | None = None
    peak_memory_mb: float | None = None


class TaskResult(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The result of one task.

    Attributes
    ----------
    task, title, question : str
        Name; heading; what the comparison answers, in a sentence or two.
    classes : list of str
    exclusive : bool
        Whether a row has one class.
    figure : str
        The figure that names the best model; it was fixed before any fit.
    best, conclusion : str
        Name of the best model; whether it is in service, and why not if not.
    data : list of DataSource
    parts : list of PartCount
    models : list of ModelResult
        In the order of the table.
    differences : list of PairedDifference
    run : RunFacts
    tables : list of ExtraTable
    plots : list of ExtraPlot
    notes : list of str
        What the result can't tell.
    """

    task: str
    title: str
    question: str
    classes: list[str]
    exclusive: bool
    figure: str
    best: str
    conclusion: str
    data: list[DataSource]
    parts: list[PartCount]
    models: list[ModelResult]
    differences: list[PairedDifference]
    run: RunFacts
    tables: list[ExtraTable] = []
    plots: list[ExtraPlot] = []
    notes: list[str] = []


def defined(value: float) -> float | None:
    """The number, or None if it is NaN or infinite."""
    return float(value) if isfinite(value) else None


def estimate(interval: Interval) -> Estimate:
    """A bootstrap interval as an estimate.

    Examples
    --------
    >>> estimate(Interval(0.9, 0.8, float("nan")))
    Estimate(value=0.9, low=0.8, high=None)
    """
    return Estimate(defined(interval.value), defined(interval.low), defined(interval.high))


def write_result(path: Path, result: TaskResult) -> None:
    """Write a result as JSON, completely or not at all."""
    with atomic_file(path) as temporary:
        temporary.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=1) + b"\n")


def read_result(path: Path) -> TaskResult:
    """Read a result.

    Raises
    ------
    EvaluationError
        If there is no such file, or its content is no result.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=TaskResult)
    except OSError as error:
        raise EvaluationError(f"{path}: can't be read ({error.strerror}); run `wardbeat compare` first") from error
    except msgspec.MsgspecError as error:
        raise EvaluationError(f"{path}: no result of a task ({error}); run `wardbeat compare` again") from error

"""Compares the models of a task: fits what is missing, scores the test part once, and writes the result."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from training.progress import Progress
from training.study.fits import FitRecord, fit_model, probabilities
from training.study.intervals import Patients
from training.study.model_results import (
    RESAMPLES,
    Answered,
    Measured,
    best_thresholds,
    estimated,
    measure,
    model_result,
)
from training.study.models import study_model
from training.study.origin import data_sources, run_facts, time_spent
from training.study.report.names import words_of_figure
from training.study.results import (
    RESULT,
    ClassCount,
    ModelResult,
    PairedDifference,
    PartCount,
    TaskResult,
    write_result,
)
from training.study.task import PARTS, Part, Rows, Task
from wardbeat.errors import TrainingError

PATIENT_SEED = 0
"""Seed of the resamples of patients."""


def compare(
    task: Task, data: Path, work: Path, out: Path, progress: Progress, *, seeds: int | None = None, command: str = ""
) -> TaskResult:
    """Fit every model of a task that is not fitted yet, score the test part, and write ``out/result.json``.

    Parameters
    ----------
    task : Task
    data : Path
        A folder with one folder for each data set.
    work : Path
        The task's work folder. Finished fits are not repeated; an interrupted one resumes after its last epoch.
    out : Path
        Folder of the result.
    progress : Progress
    seeds : int, optional
        Fits of each model; by default as many as the task asks for.
    command : str
        As it stands in the report.

    Raises
    ------
    TrainingError
        If a data set is missing.
    """
    check_data(task, data)
    work.mkdir(parents=True, exist_ok=True)
    with time_spent(work) as spent_s:
        task.prepare(data, work, progress)
        numbers = list(range(seeds or task.seeds))
        records = {name: [fit_model(name, task, work, seed, progress) for seed in numbers] for name in task.models}
        rows: dict[Part, Rows] = {part: task.rows(work, part) for part in PARTS}
        compared = _Comparison(task, work, rows)
        results = []
        for done, (name, fits) in enumerate(records.items(), start=1):
            results.append(compared.result(name, fits))
            progress(f"{task.name}: score", done, len(records), name)
        best = max(results, key=lambda one: one.figures[task.figure].value or 0.0).name
        differences = compared.differences(best)
        extras = task.extras(data, work, progress)
        result = TaskResult(
            task=task.name,
            title=task.title,
            question=task.question,
            classes=list(task.classes),
            exclusive=task.exclusive,
            figure=task.figure,
            best=best,
            conclusion=conclusion(task, best, results, differences),
            data=data_sources(task, data, rows),
            parts=[part_count(task, part, one, task.missed(work, part)) for part, one in rows.items()],
            models=results,
            differences=differences,
            run=run_facts(command, numbers, spent_s()),
            tables=list(extras.tables),
            plots=list(extras.plots),
            notes=[*task.notes, *extras.notes],
        )
    out.mkdir(parents=True, exist_ok=True)
    write_result(out / RESULT, result)
    return result


def check_data(task: Task, data: Path) -> None:
    """Check that the data sets of a task are there.

    Raises
    ------
    TrainingError
        If one is missing.
    """
    missing = [name for name in task.data_sets if not (data / name).is_dir()]
    if missing:
        raise TrainingError(f"task {task.name}: {data} has no folder {missing[0]}; `wardbeat records download` gets it")


class _Comparison:
    """The test part of a task, and the figures of each model on the same resamples of its patients."""

    def __init__(self, task: Task, work: Path, rows: dict[Part, Rows]) -> None:
        self._task, self._work, self._rows = task, work, rows
        self._missed = task.missed(work, "test")
        self._measured: dict[str, list[Measured]] = {}

    def result(self, name: str, fits: Sequence[FitRecord]) -> ModelResult:
        """The figures of a model; they are kept for the differences."""
        answered, thresholds = [], []
        for fit in fits:
            p = probabilities(name, self._task, self._work, fit.seed, "test", self._rows["test"])
            answered.append(Answered.of(self._rows["test"], p, self._missed))
            if not self._task.exclusive:
                chosen_on = probabilities(name, self._task, self._work, fit.seed, "validation")
                thresholds.append(best_thresholds(self._rows["validation"].labels, chosen_on))
        patients = Patients.of(answered[0].all_patients, PATIENT_SEED, RESAMPLES)
        figure = self._task.figure
        measured = [
            measure(one, patients, thresholds[at] if thresholds else None, figure) for at, one in enumerate(answered)
        ]
        self._measured[name] = measured
        model = study_model(name)
        facts = {"name": name, "purpose": model.purpose, "source": model.source}
        return model_result(self._task, facts, fits, answered, measured, thresholds or None)

    def differences(self, best: str) -> list[PairedDifference]:
        """The best model minus each other one, on the same resamples."""
        figure = self._task.figure
        of_best = np.mean([one.figures[figure] for one in self._measured[best]], axis=0)
        return [
            PairedDifference(best, name, figure, estimated([of_best - one.figures[figure] for one in measured]))
            for name, measured in self._measured.items()
            if name != best
        ]


def part_count(task: Task, part: Part, rows: Rows, missed: Rows | None) -> PartCount:
    """Rows, records and patients of a part, in all and by class; also the references without a row."""
    labels = rows.labels.reshape(len(rows), -1, rows.labels.shape[-1]).max(axis=1) > 0.5
    patient, record = rows.patient, rows.record
    if missed is not None:
        labels = np.concatenate([labels, missed.labels > 0.5])
        patient, record = np.concatenate([patient, missed.patient]), np.concatenate([record, missed.record])
    return PartCount(
        part,
        len(labels),
        len(np.unique(record)),
        len(np.unique(patient)),
        [
            ClassCount(name, int(labels[:, at].sum()), len(np.unique(patient[labels[:, at]])))
            for at, name in enumerate(task.classes)
        ],
    )


def conclusion(task: Task, best: str, results: Sequence[ModelResult], differences: Sequence[PairedDifference]) -> str:
    """Which model is the best by the figure that was fixed, whether it is in service, and why not if not."""
    by_name = {one.name: one for one in results}
    figure = by_name[best].figures[task.figure]
    text = f"By {words_of_figure(task.figure)}, {best} is the best ({_span(figure.value, figure.low, figure.high)})."
    if task.service_model == best:
        return f"{text} It is the one in service."
    if task.service_model is None or task.service_model not in by_name:
        return f"{text} None of these models watches the ward."
    one = next(one.difference for one in differences if one.other == task.service_model)
    better_by = _span(one.value, one.low, one.high, sign="+")
    text += f" In service is {task.service_model}; the best one is better by {better_by}."
    if one.low is not None and one.low > 0:
        return f"{text} The interval excludes 0, so the model in service should be replaced or the reason be stated."
    return f"{text} The interval includes 0, so the difference is no reason to replace the model in service."


def _span(value: float | None, low: float | None, high: float | None, sign: str = "") -> str:
    if value is None or low is None or high is None:
        return "not defined"
    return f"{value:{sign}.3f}, 95 % interval {low:{sign}.3f} to {high:{sign}.3f}"

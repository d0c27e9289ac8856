"""Fits one model on one task with one seed, and keeps it and its probabilities in the task's work folder.

=====================================  ==============================================================================
file                                   content
=====================================  ==============================================================================
``fits/MODEL/SEED/`` …                 the fitted model
``fits/MODEL/SEED/fit.json``           :class:`FitRecord`: settings, history, parameters, time
``fits/MODEL/SEED/validation.npy``     probabilities of the validation rows
``fits/MODEL/SEED/test.npy``           probabilities of the test rows; written when models are compared
=====================================  ==============================================================================
"""

import shutil
import time
from collections.abc import Mapping
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from training.fit.loop import Epoch
from training.fit.work import backup_folder, changed_settings, stage_folder
from training.progress import Progress
from training.study.model import FitPart, StudyModel, answer
from training.study.models import study_model
from training.study.task import FitSettings, Part, Predict, Rows, Task
from wardbeat.atomic_files import atomic_file
from wardbeat.errors import TrainingError

RECORD = "fit.json"
SETTINGS = "settings.json"
"""Of an unfinished fit, in the folder of its backup."""
TIMED_ROWS = 20


class FitRecord(msgspec.Struct, frozen=True):
    """What a fit was and what it cost.

    Attributes
    ----------
    model, task : str
    seed : int
    settings : FitSettings
    history : list of Epoch
    parameters : int
        Weights that were fitted.
    fit_s : float
        Wall time of the fit; of an interrupted one, since it was resumed.
    ms_per_row : float
        Time to classify a row, rows one by one.
    size_kb : float
        Size of the saved model, with the models it is made of.
    """

    model: str
    task: str
    seed: int
    settings: FitSettings
    history: list[Epoch]
    parameters: int
    fit_s: float
    ms_per_row: float
    size_kb: float


def fit_folder(work: Path, model: str, seed: int) -> Path:
    """The folder of a fit."""
    return work / "fits" / model / str(seed)


def fit_model(
    model: str, task: Task, work: Path, seed: int, progress: Progress, settings: FitSettings | None = None
) -> FitRecord:
    """Fit a model unless it is fitted already; the record of its fit.

    Parameters
    ----------
    model : str
        A name of :mod:`training.study.models`.
    task : Task
        Prepared in ``work``.
    work : Path
        The task's work folder. An interrupted fit resumes after its last epoch.
    seed : int
    progress : Progress
    settings : FitSettings, optional
        Instead of the task's own.

    Raises
    ------
    TrainingError
        If there is no such model, or it is fitted already with other settings.
    """
    if task.answered_by is not None:
        return fit_model(model, task.answered_by, work.with_name(task.answered_by.name), seed, progress, settings)
    kind = study_model(model)
    folder = fit_folder(work, model, seed)
    asked = settings or task.settings(model)
    if not (folder / RECORD).is_file():
        return fit_in(folder, kind, model, task, work, seed, progress, asked)
    record = read_record(folder)
    if record.settings != asked:
        raise TrainingError(f"fit {folder}: it was made with other settings; remove it, or choose a new work folder")
    return record


def prepare_and_fit(
    model: str,
    task: Task,
    data: Path,
    work: Path,
    seed: int,
    progress: Progress,
    settings: Mapping[str, float] | None = None,
) -> FitRecord:
    """Prepare a task and fit a model on it; what is finished is not repeated.

    Parameters
    ----------
    model : str
    task : Task
    data, work : Path
        As for ``wardbeat compare``.
    seed : int
    progress : Progress
    settings : mapping of str to float, optional
        Instead of the task's own settings with these names.

    Raises
    ------
    TrainingError
        If there is no such model or setting, or the model is fitted already with other settings.
    """
    study_model(model)  # before the long preparation
    asked = changed_settings(model, task.settings(model), settings or {})
    work.mkdir(parents=True, exist_ok=True)
    task.prepare(data, work, progress)
    return fit_model(model, task, work, seed, progress, asked)


def fit_in(
    folder: Path,
    kind: StudyModel,
    model: str,
    task: Task,
    work: Path,
    seed: int,
    progress: Progress,
    settings: FitSettings,
) -> FitRecord:
    """Fit a model into a folder that does not exist; it is complete or not there."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    backup = _backup_for(folder, settings)
    fit, validation = task.rows(work, "fit"), task.rows(work, "validation")
    begun_s = time.monotonic()
    fitted = kind.fit(FitPart(task, fit, validation, settings, seed, progress, backup))
    fit_s = time.monotonic() - begun_s
    with stage_folder(folder) as temporary:
        fitted.save(temporary)
        files_kb = sum(file.stat().st_size for file in temporary.rglob("*") if file.is_file()) / 1000
        np.save(temporary / "validation.npy", answer(kind, fitted.predict, task, validation))
        record = FitRecord(
            model=model,
            task=task.name,
            seed=seed,
            settings=settings,
            history=fitted.history,
            parameters=fitted.parameters,
            fit_s=fit_s,
            ms_per_row=_ms_per_row(kind, fitted.predict, task, validation),
            size_kb=files_kb + sum(read_record(one).size_kb for one in fitted.made_of),
        )
        (temporary / RECORD).write_bytes(msgspec.json.format(msgspec.json.encode(record), indent=1))
    shutil.rmtree(backup, ignore_errors=True)
    return record


def read_record(folder: Path) -> FitRecord:
    """The record of a finished fit."""
    return msgspec.json.decode((folder / RECORD).read_bytes(), type=FitRecord)


def probabilities(
    model: str, task: Task, work: Path, seed: int, part: Part, rows: Rows | None = None
) -> NDArray[np.float32]:
    """The probabilities of a fitted model for the rows of a part; those of the test are computed once and kept.

    Parameters
    ----------
    model : str
    task : Task
    work : Path
    seed : int
    part : str
    rows : Rows, optional
        The rows of the part, if they are read already.
    """
    if task.answered_by is not None:
        base = task.answered_by
        return task.derived(probabilities(model, base, work.with_name(base.name), seed, part))
    folder = fit_folder(work, model, seed)
    file = folder / f"{part}.npy"
    if not file.is_file():
        kind = study_model(model)
        answered = answer(kind, kind.load(folder, task), task, task.rows(work, part) if rows is None else rows)
        with atomic_file(file) as temporary:
            np.save(temporary, answered)
    stored: NDArray[np.float32] = np.load(file)
    return stored


def _backup_for(folder: Path, settings: FitSettings) -> Path:
    """The folder of the backup of an unfinished fit; a backup with other settings is removed."""
    backup = backup_folder(folder)
    file = backup / SETTINGS
    if file.is_file() and msgspec.json.decode(file.read_bytes(), type=FitSettings) == settings:
        return backup
    shutil.rmtree(backup, ignore_errors=True)
    backup.mkdir(parents=True)
    with atomic_file(file) as temporary:
        temporary.write_bytes(msgspec.json.encode(settings))
    return backup


def _ms_per_row(kind: StudyModel, predict: Predict, task: Task, rows: Rows) -> float:
    """The median time of a row alone, after one that warms up."""
    taken_ms = []
    for row in range(min(TIMED_ROWS + 1, len(rows))):
        one = rows.take(np.array([row]))
        begun_s = time.perf_counter()
        answer(kind, predict, task, one)
        taken_ms.append(1000 * (time.perf_counter() - begun_s))
    return float(np.median(taken_ms[1:] or taken_ms))

"""Searches the settings of a model on a task of the study; the task's validation patients score each trial."""

import shutil
from pathlib import Path

import msgspec
import numpy as np
import optuna

from training.progress import Progress
from training.study.fits import fit_in
from training.study.models import study_model
from training.study.scores import figure_of
from training.study.task import FitSettings, Task
from training.tune.trials import BestSettings, run_trials


def tune_on_task(
    model: str, task: Task, data: Path, work: Path, trials: int, seed: int, progress: Progress
) -> BestSettings:
    """Try settings until the task's work folder has ``trials`` trials of the model; gives the best settings.

    Parameters
    ----------
    model : str
        A name of :mod:`training.study.models`.
    task : Task
    data, work : Path
        As for ``wardbeat compare``. The models of the trials are not kept.
    trials, seed : int
    progress : Progress
    """
    kind = study_model(model)
    work.mkdir(parents=True, exist_ok=True)
    task.prepare(data, work, progress)
    validation = task.rows(work, "validation")
    folder = work / "trial" / model

    def score(settings: FitSettings) -> float:
        shutil.rmtree(folder, ignore_errors=True)
        fit_in(folder, kind, model, task, work, seed, progress, settings)
        return figure_of(task, validation, np.load(folder / "validation.npy"))

    def suggest_around(trial: optuna.Trial) -> FitSettings:
        return suggest(trial, task.settings(model))

    return run_trials(work / f"tune-{model}.db", model, suggest_around, score, trials, seed, progress)


def suggest(trial: optuna.trial.BaseTrial, around: FitSettings) -> FitSettings:
    """Settings for a trial; epochs and rows are those of the task, as they decide what a fit costs."""
    return msgspec.structs.replace(
        around,
        batch=trial.suggest_categorical("batch", [32, 64, 128]),
        learning_rate=trial.suggest_float("learning_rate", 3e-4, 1e-2, log=True),
        weight_decay=trial.suggest_float("weight_decay", 1e-4, 1e-1, log=True),
        dropout=trial.suggest_float("dropout", 0.0, 0.5),
        width=trial.suggest_categorical("width", [0.5, 1.0, 1.5]),
    )

"""Searches the settings of a network: Optuna proposes, one fold of patients scores, an SQLite file keeps the trials."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from models.export import answers
from models.window import WindowSettings
from training.data.qrs_records import read_qrs_record
from training.evaluation.scores import LEARNING_S, auroc
from training.fit.network_fits import captured_records, captured_with_beats, noise_for, resampled_beats
from training.fit.networks import beat as fit_beat
from training.fit.networks import qrs as fit_qrs
from training.fit.networks import window as fit_window
from training.fit.networks.beat import beat_score
from training.fit.work import FitPlan
from training.progress import Progress
from training.tune.trials import BestSettings, Objective, run_trials
from wardbeat.contracts.messages import DISPLAY_FS_HZ
from wardbeat.errors import TrainingError

VALIDATION_FOLD = "0"
"""The fold that scores the settings. The final fit uses its patients, so these scores are not for unseen patients."""


def tune(network: str, plan: FitPlan, work: Path, trials: int, progress: Progress) -> BestSettings:
    """Try settings until the work folder has ``trials`` trials; gives the best settings.

    Raises
    ------
    TrainingError
        If the work folder lacks the stages before this network.
    """
    suggest, objective = SEARCHES[network](plan, work)
    return run_trials(work / f"tune-{network}.db", network, suggest, objective, trials, plan.seed, progress)


def _of_qrs(plan: FitPlan, _work: Path) -> tuple[Callable[[Any], Any], Objective]:
    """Maximise the F1 of the live detector with the network."""
    fit, validation = _split(plan, plan.qrs_paths())
    records = [read_qrs_record(path) for path in fit]
    noise = noise_for(plan, DISPLAY_FS_HZ)

    def objective(settings: fit_qrs.QrsSettings) -> float:
        network = fit_qrs.fit_qrs_network(records, noise, settings=settings, seed=plan.seed, progress=_silent)
        return fit_qrs.qrs_score(network, validation)

    return fit_qrs.suggest, objective


def _of_beat(plan: FitPlan, work: Path) -> tuple[Callable[[Any], Any], Objective]:
    """Maximise the mean F1 of S and V."""
    fit, validation = _split(plan, plan.paths)
    _check(work / "captured", [*fit, *validation], "beat")
    rows, made, unseen, noise = (
        captured_records(work, fit).beats,
        resampled_beats(work, fit),
        captured_records(work, validation),
        noise_for(plan),
    )

    def objective(settings: fit_beat.BeatSettings) -> float:
        network = fit_beat.fit_beat_network(rows, made, noise, settings=settings, seed=plan.seed, progress=_silent)
        return beat_score(unseen, answers(network, unseen.beats.inputs)["probabilities"])

    return fit_beat.suggest, objective


def _of_window(plan: FitPlan, work: Path) -> tuple[Callable[[Any], Any], Objective]:
    """Maximise the area under the ROC curve of the autoencoder alone."""
    fit, validation = _split(plan, plan.paths)
    _check(work / "captured_with_beats", [*fit, *validation], "window")
    rows, unseen, noise = (
        captured_with_beats(work, fit).windows,
        captured_with_beats(work, validation).windows,
        noise_for(plan),
    )
    unseen = unseen.take((unseen.t_s >= LEARNING_S) & (unseen.abnormal | unseen.normal))

    def objective(settings: WindowSettings) -> float:
        network = fit_window.fit_autoencoder(rows, None, noise, settings=settings, seed=plan.seed, progress=_silent)
        errors = fit_window.window_log_errors(unseen.inputs, network)
        parts = fit_window.fit_error_scale(errors, unseen.normal).parts(errors)
        return auroc(unseen.abnormal, np.sqrt((parts**2).sum(axis=1)))

    return fit_window.suggest, objective


SEARCHES = {"qrs": _of_qrs, "beat": _of_beat, "window": _of_window}


def _split(plan: FitPlan, paths: list[Path]) -> tuple[list[Path], list[Path]]:
    """The records for the fits of the trials, and those that score them."""
    fit = plan.fitted_on(VALIDATION_FOLD, paths)
    return fit, [path for path in paths if path not in fit]


def _check(folder: Path, paths: list[Path], network: str) -> None:
    missing = [path.name for path in paths if not (folder / f"{path.name}.npz").is_file()]
    if missing:
        raise TrainingError(
            f"tune {network}: {folder} has no data of record {missing[0]}; run `wardbeat train` there first"
        )


def _silent(stage: str, done: int, total: int, note: str = "") -> None:
    """The fits of the trials report no progress; only their scores are reported."""

"""Searches a network's settings: Optuna proposes, the patients of one fold judge, an SQLite file remembers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import optuna

from models.export import answers
from models.window import WindowSettings
from training.data.qrs_records import read_qrs_record
from training.evaluation.scores import LEARNING_S, auroc
from training.fit.network_fits import answered, asked, made_beats, noise_for
from training.fit.networks import beat as fit_beat
from training.fit.networks import qrs as fit_qrs
from training.fit.networks import window as fit_window
from training.fit.networks.beat import beat_score
from training.fit.work import FitPlan
from training.progress import Progress
from wardbeat.contracts.messages import DISPLAY_FS_HZ
from wardbeat.errors import TrainingError

JUDGES = "0"
"""The fold whose patients judge. They are fitted on in the end, so no figure of theirs is one of a stranger's."""


class Found(NamedTuple):
    """The best settings so far, their score, and how many trials there were."""

    settings: dict[str, float]
    score: float
    trials: int


def tune(network: str, plan: FitPlan, work: Path, trials: int, progress: Progress) -> Found:
    """Try settings until ``trials`` have been tried in this work folder, then say which were best.

    Raises
    ------
    TrainingError
        If the stages before this network have not been run in the work folder.
    """
    suggest, objective = SEARCHES[network](plan, work)
    file = work / f"tune-{network}.db"
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        storage=f"sqlite:///{file}",
        study_name=network,
        direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=plan.seed),
        load_if_exists=True,
    )

    def one(trial: optuna.Trial) -> float:
        settings = suggest(trial)
        score = objective(settings)
        trial.set_user_attr("settings", msgspec.to_builtins(settings))
        progress(f"tune {network}", trial.number + 1, trials, f"score {score:.4f}")
        return score

    finished = sum(trial.state.is_finished() for trial in study.trials)
    study.optimize(one, n_trials=max(0, trials - finished))
    return Found(study.best_trial.user_attrs["settings"], study.best_value, len(study.trials))


Objective = Callable[[Any], float]


def _of_qrs(plan: FitPlan, _work: Path) -> tuple[Callable[[Any], Any], Objective]:
    """F1 of the live detector with the network."""
    fit, judges = _apart(plan, plan.qrs_paths())
    records = [read_qrs_record(path) for path in fit]
    noise = noise_for(plan, DISPLAY_FS_HZ)

    def objective(settings: fit_qrs.QrsSettings) -> float:
        network = fit_qrs.fit_qrs_network(records, noise, settings=settings, seed=plan.seed, progress=_silent)
        return fit_qrs.qrs_score(network, judges)

    return fit_qrs.suggest, objective


def _of_beat(plan: FitPlan, work: Path) -> tuple[Callable[[Any], Any], Objective]:
    """Mean F1 of S and V."""
    fit, judges = _apart(plan, plan.paths)
    _check(work / "asked", [*fit, *judges], "beat")
    rows, made, unseen, noise = asked(work, fit).beats, made_beats(work, fit), asked(work, judges), noise_for(plan)

    def objective(settings: fit_beat.BeatSettings) -> float:
        network = fit_beat.fit_beat_network(rows, made, noise, settings=settings, seed=plan.seed, progress=_silent)
        return beat_score(unseen, answers(network, unseen.beats.inputs)["probabilities"])

    return fit_beat.suggest, objective


def _of_window(plan: FitPlan, work: Path) -> tuple[Callable[[Any], Any], Objective]:
    """Area under the ROC curve of the autoencoder alone."""
    fit, judges = _apart(plan, plan.paths)
    _check(work / "answered", [*fit, *judges], "window")
    rows, unseen, noise = answered(work, fit).windows, answered(work, judges).windows, noise_for(plan)
    unseen = unseen.take((unseen.t_s >= LEARNING_S) & (unseen.abnormal | unseen.normal))

    def objective(settings: WindowSettings) -> float:
        network = fit_window.fit_autoencoder(rows, None, noise, settings=settings, seed=plan.seed, progress=_silent)
        errors = fit_window.window_log_errors(unseen.inputs, network)
        parts = fit_window.fit_error_scale(errors, unseen.normal).parts(errors)
        return auroc(unseen.abnormal, np.sqrt((parts**2).sum(axis=1)))

    return fit_window.suggest, objective


SEARCHES = {"qrs": _of_qrs, "beat": _of_beat, "window": _of_window}


def _apart(plan: FitPlan, paths: list[Path]) -> tuple[list[Path], list[Path]]:
    fit = plan.fitted_on(JUDGES, paths)
    return fit, [path for path in paths if path not in fit]


def _check(folder: Path, paths: list[Path], network: str) -> None:
    missing = [path.name for path in paths if not (folder / f"{path.name}.npz").is_file()]
    if missing:
        raise TrainingError(
            f"tune {network}: {folder} has nothing of record {missing[0]}; run `wardbeat train` there first"
        )


def _silent(stage: str, done: int, total: int, words: str = "") -> None:
    """Of a trial only its score is told."""

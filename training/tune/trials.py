"""Trials of settings: Optuna proposes them, a function scores them, an SQLite file keeps them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import optuna

from training.progress import Progress

Objective = Callable[[Any], float]
"""Settings to their score; higher is better."""


class BestSettings(NamedTuple):
    """The best settings up to now, their score, and the number of trials."""

    settings: dict[str, float]
    score: float
    trials: int


def run_trials(
    file: Path,
    name: str,
    suggest: Callable[[optuna.Trial], Any],
    objective: Objective,
    trials: int,
    seed: int,
    progress: Progress,
) -> BestSettings:
    """Try settings until ``file`` has ``trials`` trials; gives the best settings."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        storage=f"sqlite:///{file}",
        study_name=name,
        direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=seed),
        load_if_exists=True,
    )

    def one(trial: optuna.Trial) -> float:
        settings = suggest(trial)
        score = objective(settings)
        trial.set_user_attr("settings", msgspec.to_builtins(settings))
        progress(f"tune {name}", trial.number + 1, trials, f"score {score:.4f}")
        return score

    finished = sum(trial.state.is_finished() for trial in study.trials)
    study.optimize(one, n_trials=max(0, trials - finished))
    return BestSettings(study.best_trial.user_attrs["settings"], study.best_value, len(study.trials))

"""The search for settings: one fold scores them, and its trials are kept."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from training.fit.work import FitPlan
from wardbeat.errors import TrainingError

pytestmark = pytest.mark.slow  # TensorFlow


class Settings(msgspec.Struct):
    x: float


def test_a_search_continues_and_gives_the_best_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from training.tune import search

    def of_parabola(_plan: FitPlan, _work: Path) -> tuple[Callable[[Any], Any], Callable[[Any], float]]:
        return lambda trial: Settings(trial.suggest_float("x", -1, 1)), lambda settings: -((settings.x - 0.5) ** 2)

    monkeypatch.setitem(search.SEARCHES, "parabola", of_parabola)
    steps: list[tuple[int, int]] = []

    def progress(stage: str, done: int, total: int, note: str = "") -> None:
        assert (stage, note[:5]) == ("tune parabola", "score")
        steps.append((done, total))

    first = search.tune("parabola", FitPlan([], seed=1), tmp_path, 3, progress)
    best = search.tune("parabola", FitPlan([], seed=1), tmp_path, 6, progress)
    assert (first.trials, best.trials) == (3, 6)
    assert best.score >= first.score
    assert best.score == pytest.approx(-((best.settings["x"] - 0.5) ** 2))
    assert steps == [(1, 3), (2, 3), (3, 3), (4, 6), (5, 6), (6, 6)]


def test_one_fold_scores_and_the_others_are_fitted_on(tmp_path: Path) -> None:
    from training.tune.search import VALIDATION_FOLD, _split

    paths = [tmp_path / name for name in ("101", "106", "108", "109", "112")]
    plan = FitPlan([paths])
    fit, validation = _split(plan, plan.paths)
    assert sorted([*fit, *validation]) == paths
    assert {plan.fold_of()[path.name] for path in validation} == {VALIDATION_FOLD}


def test_the_stages_before_a_search_are_needed(tmp_path: Path) -> None:
    from training.tune.search import _check

    with pytest.raises(TrainingError, match=r"no data of record 101; run `wardbeat train` there first"):
        _check(tmp_path / "captured", [tmp_path / "101"], "beat")

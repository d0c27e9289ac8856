"""The plots of a detector evaluation."""

from pathlib import Path

import numpy as np
import pytest

from tests.support.scored_beats import scored_beats, scored_record, scored_windows
from training.evaluation.detector.evaluate import DELAYS, Evaluation, figures_of
from training.evaluation.detector.latency import Delays
from training.evaluation.detector.plots import _labelled, _record_label, draw_plots
from training.evaluation.provenance import Scorer

NORMAL = scored_beats(*[("N", "N")] * 20)
ECTOPIC = scored_beats(*[("N", "N")] * 40, *[("V", "V")] * 5, ("V", "none"))
NORMAL_WINDOWS = scored_windows([False] * 4, [0.1, 0.2, 0.3, 0.4])
WINDOWS = scored_windows([False, True] * 10, [0.1, 0.9, 0.2, 0.7, 0.3] * 4)


def evaluation(*, ectopic: bool) -> Evaluation:
    beats, windows = (ECTOPIC, WINDOWS) if ectopic else (NORMAL, NORMAL_WINDOWS)
    scored = [scored_record(name, beats, windows) for name in ("a", "b")]
    scorers = {"a": Scorer("fitted on"), "b": Scorer("unseen")}
    delays = {DELAYS: [(None, Delays(np.array([0.3]), np.array([1.2])))]}
    return figures_of(scored, scorers, delays, {}, seed=0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ectopic", "names"),
    [
        (False, {"qrs_per_record.png", "confusion.png"}),
        (
            True,
            {
                "qrs_per_record.png",
                "confusion.png",
                "classes_per_record.png",
                "precision_recall_roc.png",
                "windows.png",
            },
        ),
    ],
)
def test_only_plots_with_data_are_drawn(tmp_path: Path, ectopic: bool, names: set[str]) -> None:
    assert set(draw_plots(evaluation(ectopic=ectopic), tmp_path)) == names
    assert {path.name for path in tmp_path.iterdir()} == names


def test_a_star_marks_records_that_were_fitted_on_and_low_scores_have_a_label() -> None:
    rows = evaluation(ectopic=True).records
    assert [_record_label(row) for row in rows] == ["a *", "b"]
    assert _labelled(rows, 2, "V") == rows

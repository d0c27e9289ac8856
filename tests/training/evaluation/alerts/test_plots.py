"""Plots of an alert evaluation."""

from pathlib import Path

from training.evaluation.alerts.plots import draw_plots
from training.evaluation.alerts.results import AlertEvaluation, FolderFigures, VentricularFigures
from training.evaluation.alerts.scores.episodes import ScoredEpisode, episode_row
from training.evaluation.alerts.scores.naming import naming
from training.evaluation.alerts.scores.proportions import resample_records

EPISODES = [
    ScoredEpisode("r", "VF", 0.0, 30.0, 4.0, "ventricular_fibrillation", 4.0),
    ScoredEpisode("r", "VT", 60.0, 9.0, None, None, None),
]


def folder(name: str, episodes: list[ScoredEpisode]) -> FolderFigures:
    row = episode_row("VF", [episodes], 10.0, resample_records(["r"], 0))
    figures = VentricularFigures([], [row], row, episodes, [], naming({}, resample_records([], 0)))
    return FolderFigures(folder=name, kind="vfdb", records={}, seen={}, hours=1.0, ventricular=figures)


def test_only_folders_with_episodes_have_a_plot(tmp_path: Path) -> None:
    evaluation = AlertEvaluation([folder("some", EPISODES), folder("none", [])], None, [], {}, 0)
    assert draw_plots(evaluation, tmp_path) == ["seconds_to_raise_some.png"]
    assert [path.name for path in tmp_path.iterdir()] == ["seconds_to_raise_some.png"]

"""Plots of an alert evaluation: the share of ventricular episodes that were alerted, over seconds."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from training.evaluation.alerts.results import AlertEvaluation
from training.evaluation.alerts.scores.episodes import IN_TIME_S, JOINED_IN_TIME_S, ScoredEpisode
from training.evaluation.style import COLOURS, saved_figure

AXIS_S = 30.0


def draw_plots(evaluation: AlertEvaluation, folder: Path) -> list[str]:
    """Draw a plot for each folder of records that has ventricular episodes; gives the names of the files."""
    names = []
    for figures in evaluation.folders:
        if figures.ventricular and figures.ventricular.every_episode:
            name = f"seconds_to_raise_{figures.folder}.png"
            _seconds_to_raise(folder / name, figures.ventricular.every_episode, figures.ventricular.every_joined)
            names.append(name)
    return names


def _seconds_to_raise(path: Path, episodes: Sequence[ScoredEpisode], joined: Sequence[ScoredEpisode]) -> None:
    groups = (
        ("VF and flutter", [one for one in episodes if one.kind == "VF"], COLOURS["V"], "-"),
        ("VT", [one for one in episodes if one.kind == "VT"], COLOURS["S"], "-"),
        ("streams joined in VF", joined, COLOURS["V"], ":"),
    )
    with saved_figure(path, 6.4, 3.2) as figure:
        axis = figure.subplots()
        for name, group, colour, line in groups:
            if group:
                times = sorted(one.raised_s for one in group if one.raised_s is not None)
                t_s = np.array([0.0, *times, AXIS_S])
                alerted = np.array([0.0, *(np.arange(len(times)) + 1.0) / len(group), len(times) / len(group)])
                label = f"{name} ({len(group)})"
                axis.step(t_s, 100 * alerted, where="post", color=colour, linestyle=line, label=label)
        for seconds in (IN_TIME_S, JOINED_IN_TIME_S):
            axis.axvline(seconds, color=COLOURS["Q"], linewidth=0.8, linestyle="--")
        axis.set_xlim(0, AXIS_S)
        axis.set_ylim(0, 102)
        axis.set_xlabel("seconds from the onset, or from the start of the stream")
        axis.set_ylabel("% alerted")
        axis.set_title("Sustained episodes alerted within this time")
        axis.legend(loc="lower right")

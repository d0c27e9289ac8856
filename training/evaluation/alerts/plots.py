"""Pictures that say more than the tables."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from training.evaluation.alerts.figures import AlertEvaluation
from training.evaluation.alerts.scores.episodes import IN_TIME_S, JOINED_IN_TIME_S, ScoredEpisode
from training.evaluation.style import COLOURS, drawn

SHOWN_S = 30.0


def draw_pictures(evaluation: AlertEvaluation, folder: Path) -> list[str]:
    """Draw all that there are figures for into a folder, and give the names of the files."""
    drawn_files = []
    for figures in evaluation.folders:
        if figures.ventricular and figures.ventricular.every_episode:
            name = f"seconds_to_raise_{figures.folder}.png"
            _seconds_to_raise(folder / name, figures.ventricular.every_episode, figures.ventricular.every_joined)
            drawn_files.append(name)
    return drawn_files


def _seconds_to_raise(path: Path, episodes: Sequence[ScoredEpisode], joined: Sequence[ScoredEpisode]) -> None:
    groups = (
        ("VF and flutter", [one for one in episodes if one.kind == "VF"], COLOURS["V"], "-"),
        ("VT", [one for one in episodes if one.kind == "VT"], COLOURS["S"], "-"),
        ("streams joined in VF", joined, COLOURS["V"], ":"),
    )
    with drawn(path, 6.4, 3.2) as figure:
        axis = figure.subplots()
        for name, found, colour, line in groups:
            if found:
                times = sorted(one.raised_s for one in found if one.raised_s is not None)
                t_s = np.array([0.0, *times, SHOWN_S])
                share = np.array([0.0, *(np.arange(len(times)) + 1.0) / len(found), len(times) / len(found)])
                axis.step(t_s, 100 * share, where="post", color=colour, linestyle=line, label=f"{name} ({len(found)})")
        for seconds in (IN_TIME_S, JOINED_IN_TIME_S):
            axis.axvline(seconds, color=COLOURS["Q"], linewidth=0.8, linestyle="--")
        axis.set_xlim(0, SHOWN_S)
        axis.set_ylim(0, 102)
        axis.set_xlabel("seconds from the onset, or from where the stream begins")
        axis.set_ylabel("% alerted")
        axis.set_title("Sustained episodes alerted so soon")
        axis.legend(loc="lower right")

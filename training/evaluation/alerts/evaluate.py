"""Alerts, rhythm and heart rate of the live monitor: who hears which record, and all figures together."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from training.evaluation.alerts.burden import Burden, burden_of
from training.evaluation.alerts.challenge_2015 import ALARM_S, Challenge2015, call_alarm, score_alarms
from training.evaluation.alerts.episodes import (
    JOINED_HEARD_S,
    JOINED_IN_TIME_S,
    Episode,
    EpisodeRow,
    episode_row,
    episode_rows,
    joined_spans,
    score_episodes,
    score_joined,
)
from training.evaluation.alerts.folders import RecordFolder, read_alarms
from training.evaluation.alerts.heard import Heard, Hearing, HearingTask, hear
from training.evaluation.alerts.segments import AFTERWARDS, LIVE, SegmentRow, called_spans, score_segments, segment_row
from training.evaluation.alerts.shares import draw_records
from training.evaluation.alerts.spans import RhythmSpan, reference_spans
from training.evaluation.provenance import Bundles, patient_of
from training.progress import Progress
from wardbeat.ecg.annotations import read_rhythms
from wardbeat.ecg.records import open_record
from wardbeat.pool import run_jobs

SIDE_BY_SIDE = 16
"""Signals a job: two batches of the monitor, so that loading the networks costs little."""
RECORDS, JOINED = "records", "joined in VF"


class Plan(NamedTuple):
    """What to evaluate.

    Attributes
    ----------
    folders : sequence of RecordFolder
    bundle : Path or None
        In service; None is the shipped one.
    folds : Path or None
        Folder of the cross-validation's bundles.
    processes : int
    seed : int
        Of the bootstrap.
    """

    folders: Sequence[RecordFolder]
    bundle: Path | None = None
    folds: Path | None = None
    processes: int = 1
    seed: int = 0


class Ventricular(msgspec.Struct, frozen=True):
    """VF and VT against reference rhythms: segments, sustained episodes, streams that begin in VF."""

    segments: list[SegmentRow]
    episodes: list[EpisodeRow]
    joined: EpisodeRow
    every_episode: list[Episode]
    every_joined: list[Episode]


class FolderFigures(msgspec.Struct, frozen=True):
    """All figures of one folder; what its kind does not give is None.

    Attributes
    ----------
    folder, kind : str
    records : dict
        What the networks that heard each record had seen.
    seen : dict
        How many records of each.
    """

    folder: str
    kind: str
    records: dict[str, str]
    seen: dict[str, int]
    challenge_2015: Challenge2015 | None = None
    ventricular: Ventricular | None = None
    burden: Burden | None = None


class AlertEvaluation(msgspec.Struct, frozen=True):
    """All figures; rates are shares of 1."""

    folders: list[FolderFigures]
    bundles: dict[str, str]
    seed: int


def evaluate_alerts(plan: Plan, progress: Progress) -> AlertEvaluation:
    """Let the live monitor hear the records, and whatever else is planned, and score it.

    Raises
    ------
    RecordError
        If a record or its reference annotations can't be read.
    BundleError
        If a bundle can't be used.
    EvaluationError
        If a reference is none.
    """
    bundles = Bundles.read(plan.bundle, plan.folds)
    figures = [
        _figures_of(folder, _Listener(folder.name, bundles, plan.processes, progress), plan.seed)
        for folder in plan.folders
    ]
    return AlertEvaluation(figures, bundles.hashes(), plan.seed)


class _Listener(NamedTuple):
    """Has signals heard, each by networks that have not seen its record where there are such."""

    folder: str
    bundles: Bundles
    processes: int
    progress: Progress

    def hear(self, stage: str, hearings: Sequence[tuple[str, Hearing]]) -> dict[str, Heard]:
        """What was heard in each (record, signal of it), by the signal's name."""
        by_bundle: dict[Path | None, list[Hearing]] = defaultdict(list)
        for record, hearing in hearings:
            by_bundle[self.bundles.path(record)].append(hearing)
        tasks = [
            HearingTask(group[begin : begin + SIDE_BY_SIDE], bundle)
            for bundle, group in by_bundle.items()
            for begin in range(0, len(group), SIDE_BY_SIDE)
        ]
        heard: dict[str, Heard] = {}
        for found in run_jobs(hear, tasks, self.processes):
            heard |= {one.name: one for one in found}
            self.progress(f"{self.folder}, {stage}", len(heard), len(hearings))
        return heard


def _figures_of(folder: RecordFolder, listener: _Listener, seed: int) -> FolderFigures:
    names = [path.name for path in folder.paths]
    scorers = {name: listener.bundles.scorer(name) for name in names}
    stop_s = ALARM_S if folder.kind == "challenge-2015" else None
    heard = listener.hear(RECORDS, [(path.name, _whole(path, stop_s)) for path in folder.paths])
    figures = FolderFigures(
        folder.name,
        folder.kind,
        records={name: str(scorer) for name, scorer in scorers.items()},
        seen=dict(Counter(scorer.seen for scorer in scorers.values())),
    )
    drawn = draw_records([patient_of(name) for name in names], seed)
    if folder.kind == "challenge-2015":
        alarms = [alarm for alarm in read_alarms(folder.folder) if alarm.record in heard]
        rows = [call_alarm(alarm, heard[alarm.record], scorers[alarm.record]) for alarm in alarms]
        return msgspec.structs.replace(figures, challenge_2015=score_alarms(rows, seed))
    if folder.kind in ("vfdb", "mitdb"):
        figures = msgspec.structs.replace(figures, ventricular=_ventricular(folder.paths, heard, drawn, listener))
    if folder.kind in ("mitdb", "nsrdb"):
        figures = msgspec.structs.replace(figures, burden=burden_of([heard[name] for name in names], drawn))
    return figures


def _ventricular(
    paths: Sequence[Path], heard: Mapping[str, Heard], drawn: NDArray[np.int64], listener: _Listener
) -> Ventricular:
    references = {path.name: _reference(path) for path in paths}
    joins = {
        f"{path.name} from {left.start_s:.3f} s": (path, left)
        for path in paths
        for left in joined_spans(references[path.name])
    }
    hearings = [
        (path.name, Hearing(name, partial(open_record, path), left.start_s, left.start_s + JOINED_HEARD_S))
        for name, (path, left) in joins.items()
    ]
    heard_joined = listener.hear(JOINED, hearings) if hearings else {}
    joined = [score_joined(path.name, left, heard_joined[name]) for name, (path, left) in joins.items()]
    episodes = [score_episodes(name, heard[name], reference) for name, reference in references.items()]
    return Ventricular(
        [
            segment_row(
                decided,
                [
                    score_segments(reference, called_spans(heard[name], decided), heard[name].duration_s)
                    for name, reference in references.items()
                ],
                drawn,
            )
            for decided in (AFTERWARDS, LIVE)
        ],
        episode_rows(episodes, drawn),
        episode_row(
            "VF", [[one for one in joined if one.record == name] for name in references], JOINED_IN_TIME_S, drawn
        ),
        [episode for record in episodes for episode in record],
        joined,
    )


def _whole(path: Path, stop_s: float | None) -> Hearing:
    return Hearing(path.name, partial(open_record, path), stop_s=stop_s)


def _reference(path: Path) -> list[RhythmSpan]:
    record = open_record(path)
    return reference_spans(read_rhythms(path), record.fs, record.duration_s)

"""The sections of an evaluation: each has signals heard and gives its figures, and the errors to look at."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.evaluation.alerts import error_cases
from training.evaluation.alerts.error_cases import AlertError
from training.evaluation.alerts.figures import Listed, Splices, VentricularFigures
from training.evaluation.alerts.folders import Kind, RecordFolder, read_alarms, read_verdicts
from training.evaluation.alerts.observations import MonitorFindings, MonitorRun
from training.evaluation.alerts.observer import MonitorRunner
from training.evaluation.alerts.scores.atrial_fibrillation import (
    AtrialBeatScores,
    Flutter,
    Strips,
    call_strip,
    count_beats,
    score_beats,
    score_strips,
)
from training.evaluation.alerts.scores.burden import Burden, burden_of
from training.evaluation.alerts.scores.challenge_2015 import (
    ALARM_S,
    Challenge2015,
    call_alarm,
    score_alarms,
)
from training.evaluation.alerts.scores.episodes import (
    IN_TIME_S,
    JOINED_HEARD_S,
    JOINED_IN_TIME_S,
    ScoredEpisode,
    episode_row,
    episode_rows,
    joined_spans,
    score_episodes,
    score_joined,
)
from training.evaluation.alerts.scores.heart_rate import HeartRateScores, heart_rate, score_rate
from training.evaluation.alerts.scores.intervals import RhythmInterval, TimeInterval, reference_intervals
from training.evaluation.alerts.scores.proportions import draw_records
from training.evaluation.alerts.scores.reference_agreement import reference_conditions
from training.evaluation.alerts.scores.segments import (
    AFTERWARDS,
    LIVE,
    called_intervals,
    score_segments,
    segment_row,
)
from training.evaluation.alerts.scores.splices import SpliceRow, score_splice, splice_rows
from training.evaluation.alerts.scores.waveforms import WaveformRow, score_waveform, waveform_runs
from training.evaluation.altered_records import AlteredRecord
from training.evaluation.provenance import patient_of
from training.evaluation.splices import plan_splices, with_splices
from wardbeat.ecg.io.annotations import read_beats, read_rhythms
from wardbeat.ecg.io.records import open_record

FLUTTERS: tuple[Flutter, ...] = ("left out", "as other", "as AF")
WITH_VERDICTS = ("challenge-2015", "challenge-2017")
"""Kinds of folder that have a verdict a record, no annotations."""
WITH_BEATS = ("mitdb", "nsrdb")


class Reference(NamedTuple):
    """What the annotations of a record say: its beats and rhythms, in seconds."""

    beats_s: Sequence[float]
    rhythms: Sequence[RhythmInterval]


def read_reference(path: Path) -> Reference:
    """The annotations of a record.

    Raises
    ------
    RecordError
        If they can't be read.
    """
    record = open_record(path)
    beats_s = [beat.sample / record.fs for beat in read_beats(path)]
    return Reference(beats_s, reference_intervals(read_rhythms(path), record.fs, record.duration_s))


class Material(NamedTuple):
    """What the sections of a folder are made of.

    Attributes
    ----------
    folder : RecordFolder
    findings : dict of MonitorFindings
        What was heard in each record.
    references : dict of Reference
        Its annotations, where the folder's kind has such.
    drawn : ndarray
        How often each record is in each draw of the bootstrap.
    runner : MonitorRunner
        Hears what a section makes of the records.
    seed : int
    """

    folder: RecordFolder
    findings: dict[str, MonitorFindings]
    references: dict[str, Reference]
    drawn: NDArray[np.int64]
    runner: MonitorRunner
    seed: int

    @property
    def rhythms(self) -> dict[str, Sequence[RhythmInterval]]:
        """The rhythms of each reference."""
        return {name: reference.rhythms for name, reference in self.references.items()}


Section = Callable[[Material], tuple[Any, list[AlertError]]]
"""Gives figures, and all errors that may be looked at."""


def gather(folder: RecordFolder, runner: MonitorRunner, seed: int) -> Material:
    """Hear each record of a folder, of alarms only up to when they sound, and read the references.

    Raises
    ------
    RecordError
        If a record or its annotations can't be read.
    """
    stop_s = ALARM_S if folder.kind == "challenge-2015" else None
    runs = {path.name: [MonitorRun(path.name, partial(open_record, path), stop_s=stop_s)] for path in folder.paths}
    findings = runner.run("records", runs)
    annotated = () if folder.kind in WITH_VERDICTS else folder.paths
    return Material(
        folder,
        {name: findings[name] for name in runs},
        {path.name: read_reference(path) for path in annotated},
        draw_records([patient_of(name) for name in runs], seed),
        runner,
        seed,
    )


def alarms(material: Material) -> tuple[Challenge2015, list[AlertError]]:
    """The Challenge of 2015."""
    rows = [
        call_alarm(alarm, material.findings[alarm.record], material.runner.bundles.scorer(alarm.record))
        for alarm in read_alarms(material.folder.folder)
        if alarm.record in material.findings
    ]
    return score_alarms(rows, material.seed), list(error_cases.alarm_cases(rows))


def ventricular(material: Material) -> tuple[VentricularFigures, list[AlertError]]:
    """VF and VT: the records, and streams that begin in each VF."""
    findings, rhythms = material.findings, material.rhythms
    called = {
        decided: {name: called_intervals(findings[name], decided) for name in rhythms} for decided in (AFTERWARDS, LIVE)
    }
    episodes = [score_episodes(name, findings[name], reference) for name, reference in rhythms.items()]
    joined, joined_signals = _joined_in_fibrillation(material)
    every_episode = [episode for record in episodes for episode in record]
    every_joined = [episode for record in joined for episode in record]
    figures = VentricularFigures(
        [
            segment_row(
                decided,
                [score_segments(rhythms[name], spans, findings[name].duration_s) for name, spans in by_record.items()],
                material.drawn,
            )
            for decided, by_record in called.items()
        ],
        episode_rows(episodes, material.drawn),
        episode_row("VF", joined, JOINED_IN_TIME_S, material.drawn),
        every_episode,
        every_joined,
    )
    whole = [(episode.record, episode) for episode in every_episode]
    found = [
        *error_cases.episode_cases("missed or late VF or VT", whole, IN_TIME_S),
        *error_cases.episode_cases(
            "stream joined in VF", zip(joined_signals, every_joined, strict=True), JOINED_IN_TIME_S
        ),
    ]
    for name, reference in rhythms.items():
        found += error_cases.false_lethal_cases(findings[name], called[LIVE][name], reference)
    return figures, found


def burden(material: Material) -> tuple[Burden, list[AlertError]]:
    """Alerts a day; on healthy hearts each urgent one is an error, though not a false one if the heart is fast."""
    healthy = material.folder.kind == "nsrdb"
    found = (
        [case for findings in material.findings.values() for case in error_cases.alert_cases(findings, None)]
        if healthy
        else []
    )
    holding = [
        reference_conditions(read_beats(path), material.rhythms[path.name], open_record(path).fs)
        for path in material.folder.paths
    ]
    return burden_of([material.findings[path.name] for path in material.folder.paths], holding, material.drawn), found


def asystole(material: Material) -> tuple[list[Listed], list[AlertError]]:
    """Every alert of asystole."""
    every = [
        (findings, alert)
        for findings in material.findings.values()
        for alert in findings.alerts
        if alert.code == "asystole"
    ]
    listed = [
        Listed(findings.name, alert.code, alert.onset_s, alert.raised_s, alert.ended_s) for findings, alert in every
    ]
    return listed, [
        case for findings in material.findings.values() for case in error_cases.alert_cases(findings, ["asystole"])
    ]


def rates(material: Material) -> tuple[HeartRateScores, list[AlertError]]:
    """The heart rate shown."""
    rows = [score_rate(name, material.findings[name], *reference) for name, reference in material.references.items()]
    return heart_rate(rows, material.drawn), list(error_cases.rate_cases(rows))


def atrial_strips(material: Material) -> tuple[Strips, list[AlertError]]:
    """AF record by record."""
    verdicts = read_verdicts(material.folder.folder)
    rows = [call_strip(name, verdicts[name], findings) for name, findings in material.findings.items()]
    return score_strips(rows, material.drawn), list(error_cases.strip_cases(rows))


def atrial_beats(material: Material) -> tuple[list[AtrialBeatScores], list[AlertError]]:
    """AF beat by beat, with the reference's flutter left out, or as either."""
    rows = []
    for flutter in FLUTTERS:
        counts = {
            name: count_beats(material.findings[name], *reference, flutter)
            for name, reference in material.references.items()
        }
        rows.append(score_beats(counts, flutter, material.drawn))
    return rows, []


def splices(material: Material, motion: Path | None) -> tuple[Splices, list[AlertError]]:
    """Splices into the records, with the electrode motion of a record of such."""
    runs = {
        path.name: MonitorRun(f"{path.name} with splices", partial(spliced_record, path, motion))
        for path in material.folder.paths
    }
    findings = material.runner.run("splices", {name: [run] for name, run in runs.items()})
    records = {name: _score_splices(name, findings[run.name]) for name, run in runs.items()}
    figures = Splices(
        splice_rows(list(records.values()), material.drawn), [row for rows in records.values() for row in rows]
    )
    return figures, [case for name, rows in records.items() for case in error_cases.splice_cases(rows, runs[name].name)]


def spliced_record(path: Path, motion: Path | None) -> AlteredRecord:
    """A record with a splice of each kind."""
    record = open_record(path)
    return with_splices(record, plan_splices(record.duration_s), motion)


def waveforms(runner: MonitorRunner) -> tuple[list[WaveformRow], list[AlertError]]:
    """The standard's test waveforms."""
    runs = waveform_runs()
    findings = runner.run("waveforms", {run.name: [run] for run in runs.values()})
    rows = [score_waveform(name, gain, findings[run.name]) for (name, gain), run in runs.items()]
    return rows, list(error_cases.waveform_cases(rows))


def _joined_in_fibrillation(material: Material) -> tuple[list[list[ScoredEpisode]], list[str]]:
    """Streams that begin in VF, record by record, and the names of their signals."""
    spans = {path: joined_spans(material.rhythms[path.name]) for path in material.folder.paths}
    runs = {path.name: [_joined(path, left) for left in of_record] for path, of_record in spans.items()}
    findings = material.runner.run("joined in VF", runs)
    joined = [
        [score_joined(path.name, left, findings[_joined(path, left).name]) for left in of_record]
        for path, of_record in spans.items()
    ]
    return joined, [run.name for of_record in runs.values() for run in of_record]


def _joined(path: Path, left: TimeInterval) -> MonitorRun:
    """A stream that begins in the middle of VF."""
    name = f"{path.name} from {left.start_s:.3f} s"
    return MonitorRun(name, partial(open_record, path), left.start_s, left.start_s + JOINED_HEARD_S)


def _score_splices(name: str, findings: MonitorFindings) -> list[SpliceRow]:
    return [score_splice(name, splice, findings) for splice in plan_splices(findings.duration_s)]


SECTIONS: dict[Kind, dict[str, Section]] = {
    "challenge-2015": {"challenge_2015": alarms},
    "challenge-2017": {"strips": atrial_strips},
    "vfdb": {"ventricular": ventricular},
    "mitdb": {
        "ventricular": ventricular,
        "burden": burden,
        "asystole": asystole,
        "heart_rate": rates,
        "atrial_beats": atrial_beats,
    },
    "nsrdb": {"burden": burden, "heart_rate": rates},
}
"""What a folder of each kind is scored on, by the name of the figures."""

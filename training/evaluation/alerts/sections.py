"""The sections of an alert evaluation: each scores the findings of a folder and gives its figures and its errors.

Start with ``SECTIONS`` at the end: it lists the sections of each kind of folder.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.data.challenge_2017 import read_record_rhythms
from training.data.undisputed import read_undisputed
from training.evaluation.alerts import error_cases
from training.evaluation.alerts.error_cases import AlertError
from training.evaluation.alerts.findings import MonitorFindings, MonitorRun
from training.evaluation.alerts.folders import Kind, RecordFolder, read_alarms
from training.evaluation.alerts.monitor_runner import MonitorRunner
from training.evaluation.alerts.results import ListedAlert, SpliceScores, VentricularFigures
from training.evaluation.alerts.scores.atrial_fibrillation import (
    AtrialBeatScores,
    Flutter,
    StripScores,
    count_beats,
    score_beats,
    score_strips,
    strip_row,
)
from training.evaluation.alerts.scores.borne_out import (
    Annotated,
    BorneOut,
    borne_out_of,
    evidence_of,
    judged_alerts,
    record_alerts,
)
from training.evaluation.alerts.scores.burden import Burden, burden_of
from training.evaluation.alerts.scores.challenge_2015 import (
    ALARM_S,
    Challenge2015,
    alarm_row,
    score_alarms,
)
from training.evaluation.alerts.scores.episodes import (
    IN_TIME_S,
    JOINED_DURATION_S,
    JOINED_IN_TIME_S,
    RUN,
    ScoredEpisode,
    episode_row,
    episode_rows,
    joined_intervals,
    score_episodes,
    score_joined,
    score_runs,
)
from training.evaluation.alerts.scores.heart_rate import HeartRateScores, heart_rate, score_rate
from training.evaluation.alerts.scores.intervals import RhythmInterval, TimeInterval, reference_intervals
from training.evaluation.alerts.scores.naming import name_record, naming
from training.evaluation.alerts.scores.proportions import resample_records
from training.evaluation.alerts.scores.reference_agreement import reference_conditions
from training.evaluation.alerts.scores.segments import (
    AFTERWARDS,
    LIVE,
    detected_intervals,
    score_segments,
    segment_row,
)
from training.evaluation.alerts.scores.splices import SpliceRow, score_splice, splice_rows
from training.evaluation.alerts.scores.waveforms import WaveformRow, score_waveform, waveform_runs
from training.evaluation.altered_records import AlteredRecord
from training.evaluation.provenance import patient_of
from training.evaluation.splices import plan_splices, with_splices
from wardbeat.ecg.io.annotations import read_beats, read_rhythms, read_symbols
from wardbeat.ecg.io.records import open_record

FLUTTERS: tuple[Flutter, ...] = ("left out", "as other", "as AF")
WITHOUT_ANNOTATIONS = ("challenge-2015", "challenge-2017")
"""Kinds of folder with one reference for each record and no annotations."""
WITH_BEATS = ("mitdb", "nsrdb")


class Reference(NamedTuple):
    """The reference beats and rhythms of a record, in seconds."""

    beats_s: Sequence[float]
    rhythms: Sequence[RhythmInterval]


def read_reference(path: Path) -> Reference:
    """The reference annotations of a record.

    Raises
    ------
    RecordError
        If the record or its annotations can't be read.
    """
    record = open_record(path)
    beats_s = [beat.sample / record.fs for beat in read_beats(path)]
    return Reference(beats_s, reference_intervals(read_rhythms(path), record.fs, record.duration_s))


class SectionInput(NamedTuple):
    """The input of all sections of a folder.

    Attributes
    ----------
    folder : RecordFolder
    findings : dict of MonitorFindings
        The monitor's findings by record.
    references : dict of Reference
        The annotations by record, if folders of this kind have annotations.
    resamples : ndarray, shape (resamples, records)
        How often each record is in each resample of the bootstrap.
    runner : MonitorRunner
        Runs the monitor over further signals that a section makes from the records.
    seed : int
    """

    folder: RecordFolder
    findings: dict[str, MonitorFindings]
    references: dict[str, Reference]
    resamples: NDArray[np.int64]
    runner: MonitorRunner
    seed: int

    @property
    def rhythms(self) -> dict[str, Sequence[RhythmInterval]]:
        """The rhythms of each reference."""
        return {name: reference.rhythms for name, reference in self.references.items()}


Section = Callable[[SectionInput], tuple[Any, list[AlertError]]]
"""Gives the figures of a section and all its errors."""


def gather(folder: RecordFolder, runner: MonitorRunner, seed: int) -> SectionInput:
    """Run the monitor over each record of a folder (with an alarm: up to the alarm) and read the references.

    Raises
    ------
    RecordError
        If a record or its annotations can't be read.
    """
    stop_s = ALARM_S if folder.kind == "challenge-2015" else None
    runs = {path.name: [MonitorRun(path.name, partial(open_record, path), stop_s=stop_s)] for path in folder.paths}
    findings = runner.run("records", runs)
    annotated = () if folder.kind in WITHOUT_ANNOTATIONS else folder.paths
    return SectionInput(
        folder,
        {name: findings[name] for name in runs},
        {path.name: read_reference(path) for path in annotated},
        resample_records([patient_of(name) for name in runs], seed),
        runner,
        seed,
    )


def alarms(section: SectionInput) -> tuple[Challenge2015, list[AlertError]]:
    """The Challenge of 2015: true and false alarms."""
    rows = [
        alarm_row(alarm, section.findings[alarm.record], section.runner.bundles.scorer(alarm.record))
        for alarm in read_alarms(section.folder.folder)
        if alarm.record in section.findings
    ]
    return score_alarms(rows, section.seed), list(error_cases.alarm_cases(rows))


def ventricular(section: SectionInput) -> tuple[VentricularFigures, list[AlertError]]:
    """VF and VT in the records, and in streams that begin in each VF."""
    findings, rhythms = section.findings, section.rhythms
    detected = {
        decided: {name: detected_intervals(findings[name], decided) for name in rhythms}
        for decided in (AFTERWARDS, LIVE)
    }
    episodes = [score_episodes(name, findings[name], reference) for name, reference in rhythms.items()]
    joined, joined_signals = _streams_joined_in_vf(section)
    every_episode = [episode for record in episodes for episode in record]
    every_joined = [episode for record in joined for episode in record]
    stretches = read_undisputed()
    undisputed = {name: [one for one in stretches if one.record == name] for name in rhythms}
    figures = VentricularFigures(
        [
            segment_row(
                decided,
                [
                    score_segments(rhythms[name], intervals, findings[name].duration_s)
                    for name, intervals in by_record.items()
                ],
                section.resamples,
            )
            for decided, by_record in detected.items()
        ],
        episode_rows(episodes, section.resamples),
        episode_row("VF", joined, JOINED_IN_TIME_S, section.resamples),
        every_episode,
        every_joined,
        naming(
            {name: name_record(findings[name], rhythms[name], undisputed[name]) for name in rhythms}, section.resamples
        ),
    )
    in_records = [(episode.record, episode) for episode in every_episode]
    cases = [
        *error_cases.episode_cases("missed or late VF or VT", in_records, IN_TIME_S),
        *error_cases.episode_cases(
            "stream joined in VF", zip(joined_signals, every_joined, strict=True), JOINED_IN_TIME_S
        ),
    ]
    for name, reference in rhythms.items():
        cases += error_cases.false_lethal_cases(findings[name], detected[LIVE][name], reference)
    return figures, cases


def borne_out(section: SectionInput) -> tuple[BorneOut, list[AlertError]]:
    """The high alerts held against the reference, and the reference's runs of V beats."""
    records, runs = {}, []
    cases: list[AlertError] = []
    for path in section.folder.paths:
        findings, fs = section.findings[path.name], open_record(path).fs
        annotations = [Annotated(sample / fs, symbol, aux) for sample, symbol, aux in read_symbols(path)]
        judged = judged_alerts(findings, evidence_of(annotations, findings.duration_s))
        records[path.name] = record_alerts(judged, findings.duration_s)
        runs.append(score_runs(path.name, findings, read_beats(path), fs))
        cases += error_cases.not_borne_out_cases(path.name, judged)
    row = episode_row(RUN, runs, IN_TIME_S, section.resamples)
    return borne_out_of(records, (row, [run for of_record in runs for run in of_record]), section.resamples), cases


def together(folders: Mapping[str, BorneOut], seed: int) -> BorneOut:
    """The high alerts of several folders, given by name, as of one; a record is ``folder/record`` there."""
    named = [(folder, record) for folder, figures in folders.items() for record in figures.by_record]
    records = {f"{folder}/{record}": folders[folder].by_record[record] for folder, record in named}
    runs = [[run for run in folders[folder].every_run if run.record == record] for folder, record in named]
    resamples = resample_records([patient_of(record) for _, record in named], seed)
    row = episode_row(RUN, runs, IN_TIME_S, resamples)
    return borne_out_of(records, (row, [run for of_record in runs for run in of_record]), resamples)


def burden(section: SectionInput) -> tuple[Burden, list[AlertError]]:
    """Alerts in 24 h. On healthy hearts the report shows each urgent alert, even if the reference agrees with it."""
    healthy = section.folder.kind == "nsrdb"
    cases = (
        [case for findings in section.findings.values() for case in error_cases.alert_cases(findings, None)]
        if healthy
        else []
    )
    conditions = [
        reference_conditions(read_beats(path), section.rhythms[path.name], open_record(path).fs)
        for path in section.folder.paths
    ]
    findings = [section.findings[path.name] for path in section.folder.paths]
    return burden_of(findings, conditions, section.resamples), cases


def asystole(section: SectionInput) -> tuple[list[ListedAlert], list[AlertError]]:
    """Every alert of asystole."""
    every = [
        (findings, alert)
        for findings in section.findings.values()
        for alert in findings.alerts
        if alert.code == "asystole"
    ]
    listed = [
        ListedAlert(findings.name, alert.code, alert.onset_s, alert.raised_s, alert.ended_s)
        for findings, alert in every
    ]
    return listed, [
        case for findings in section.findings.values() for case in error_cases.alert_cases(findings, ["asystole"])
    ]


def rates(section: SectionInput) -> tuple[HeartRateScores, list[AlertError]]:
    """The displayed heart rate."""
    rows = [score_rate(name, section.findings[name], *reference) for name, reference in section.references.items()]
    return heart_rate(rows, section.resamples), list(error_cases.rate_cases(rows))


def atrial_strips(section: SectionInput) -> tuple[StripScores, list[AlertError]]:
    """AF record by record."""
    rhythms = read_record_rhythms(section.folder.folder)
    rows = [strip_row(name, rhythms[name], findings) for name, findings in section.findings.items()]
    return score_strips(rows, section.resamples), list(error_cases.strip_cases(rows))


def atrial_beats(section: SectionInput) -> tuple[list[AtrialBeatScores], list[AlertError]]:
    """AF beat by beat: the reference's atrial flutter left out, as another rhythm, and as AF."""
    rows = []
    for flutter in FLUTTERS:
        counts = {
            name: count_beats(section.findings[name], *reference, flutter)
            for name, reference in section.references.items()
        }
        rows.append(score_beats(counts, flutter, section.resamples))
    return rows, []


def splices(section: SectionInput, motion: Path | None) -> tuple[SpliceScores, list[AlertError]]:
    """Faults spliced into the records; ``motion`` is a record of electrode motion, None uses synthetic motion."""
    runs = {
        path.name: MonitorRun(f"{path.name} with splices", partial(spliced_record, path, motion))
        for path in section.folder.paths
    }
    findings = section.runner.run("splices", {name: [run] for name, run in runs.items()})
    records = {name: _score_splices(name, findings[run.name]) for name, run in runs.items()}
    figures = SpliceScores(
        splice_rows(list(records.values()), section.resamples), [row for rows in records.values() for row in rows]
    )
    return figures, [case for name, rows in records.items() for case in error_cases.splice_cases(rows, runs[name].name)]


def spliced_record(path: Path, motion: Path | None) -> AlteredRecord:
    """A record with a splice of each kind."""
    record = open_record(path)
    return with_splices(record, plan_splices(record.duration_s), motion)


def waveforms(runner: MonitorRunner) -> tuple[list[WaveformRow], list[AlertError]]:
    """The test waveforms of the standard."""
    runs = waveform_runs()
    findings = runner.run("waveforms", {run.name: [run] for run in runs.values()})
    rows = [score_waveform(name, gain, findings[run.name]) for (name, gain), run in runs.items()]
    return rows, list(error_cases.waveform_cases(rows))


def _streams_joined_in_vf(section: SectionInput) -> tuple[list[list[ScoredEpisode]], list[str]]:
    """Streams that begin in VF, record by record, and the names of their signals."""
    intervals = {path: joined_intervals(section.rhythms[path.name]) for path in section.folder.paths}
    runs = {path.name: [_joined(path, rest) for rest in of_record] for path, of_record in intervals.items()}
    findings = section.runner.run("joined in VF", runs)
    joined = [
        [score_joined(path.name, rest, findings[_joined(path, rest).name]) for rest in of_record]
        for path, of_record in intervals.items()
    ]
    return joined, [run.name for of_record in runs.values() for run in of_record]


def _joined(path: Path, rest: TimeInterval) -> MonitorRun:
    """A stream that begins in the middle of VF; ``rest`` is the part of the episode that follows."""
    name = f"{path.name} from {rest.start_s:.3f} s"
    return MonitorRun(name, partial(open_record, path), rest.start_s, rest.start_s + JOINED_DURATION_S)


def _score_splices(name: str, findings: MonitorFindings) -> list[SpliceRow]:
    return [score_splice(name, splice, findings) for splice in plan_splices(findings.duration_s)]


SECTIONS: dict[Kind, dict[str, Section]] = {
    "challenge-2015": {"challenge_2015": alarms},
    "challenge-2017": {"strips": atrial_strips},
    "vfdb": {"ventricular": ventricular, "borne_out": borne_out},
    "mitdb": {
        "ventricular": ventricular,
        "borne_out": borne_out,
        "burden": burden,
        "asystole": asystole,
        "heart_rate": rates,
        "atrial_beats": atrial_beats,
    },
    "nsrdb": {"borne_out": borne_out, "burden": burden, "heart_rate": rates},
}
"""The sections by kind of folder. Each key is a field of :class:`training.evaluation.alerts.results.FolderFigures`."""

"""The whole evaluation of alerts: what each folder is scored on, all figures together, and the errors to look at."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from training.evaluation.alerts.error_cases import AlertError
from training.evaluation.alerts.figures import AlertEvaluation, FolderFigures
from training.evaluation.alerts.folders import RecordFolder
from training.evaluation.alerts.observer import MonitorRunner, RunResult
from training.evaluation.alerts.scores.intervals import RhythmInterval
from training.evaluation.alerts.scores.waveforms import WaveformRow
from training.evaluation.alerts.sections import SECTIONS, WITH_BEATS, gather, splices, waveforms
from training.evaluation.detector.noise_stress import NOISE_RECORD
from training.evaluation.provenance import Bundles
from training.progress import Progress
from wardbeat.ecg.io.records import find_records

WAVEFORMS = "test waveforms"


class AlertPlan(NamedTuple):
    """What to evaluate.

    Attributes
    ----------
    folders : sequence of RecordFolder
    bundle : Path or None
        In service; None is the shipped one.
    folds : Path or None
        Folder of the cross-validation's bundles.
    splices : bool
        Whether to splice what is no ECG into records that have beats.
    noise : Path or None
        Folder of nstdb, whose electrode motion is spliced; without it motion is made.
    waveforms : bool
        Whether to hear the standard's test waveforms.
    processes : int
    seed : int
        Of the bootstrap.
    """

    folders: Sequence[RecordFolder]
    bundle: Path | None = None
    folds: Path | None = None
    splices: bool = False
    noise: Path | None = None
    waveforms: bool = False
    processes: int = 1
    seed: int = 0


class Errors(NamedTuple):
    """All errors of a folder, or of the test waveforms.

    Attributes
    ----------
    folder : str
    cases : list of AlertError
    signals : dict of RunResult
        What was heard, by name.
    references : dict
        Rhythms that a human annotated, by record.
    """

    folder: str
    cases: list[AlertError]
    signals: dict[str, RunResult]
    references: dict[str, Sequence[RhythmInterval]]


class AlertResults(NamedTuple):
    """All figures, and the errors to look at."""

    evaluation: AlertEvaluation
    errors: list[Errors]


def evaluate_alerts(plan: AlertPlan, progress: Progress) -> AlertResults:
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
    (motion,) = find_records(plan.noise, [NOISE_RECORD]) if plan.noise else (None,)
    bundles = Bundles.read(plan.bundle, plan.folds)
    folders, errors = [], []
    for folder in plan.folders:
        runner = MonitorRunner(folder.name, bundles, plan.processes, progress)
        figures, own = _evaluate_folder(folder, runner, plan, motion)
        folders.append(figures)
        errors.append(own)
    rows: list[WaveformRow] = []
    if plan.waveforms:
        runner = MonitorRunner(WAVEFORMS, bundles, plan.processes, progress)
        rows, found = waveforms(runner)
        errors.append(Errors(WAVEFORMS, found, runner.signals, {}))
    return AlertResults(AlertEvaluation(folders, rows, bundles.hashes(), plan.seed), errors)


def _evaluate_folder(
    folder: RecordFolder, runner: MonitorRunner, plan: AlertPlan, motion: Path | None
) -> tuple[FolderFigures, Errors]:
    material = gather(folder, runner, plan.seed)
    wanted = dict(SECTIONS[folder.kind])
    if plan.splices and folder.kind in WITH_BEATS:
        wanted["splices"] = partial(splices, motion=motion)
    found = {name: section(material) for name, section in wanted.items()}
    scorers = {name: runner.bundles.scorer(name) for name in material.findings}
    figures = FolderFigures(
        folder=folder.name,
        kind=folder.kind,
        records={name: str(scorer) for name, scorer in scorers.items()},
        seen=dict(Counter(scorer.seen for scorer in scorers.values())),
        hours=round(sum(findings.duration_s for findings in material.findings.values()) / 3600, 3),
        **{name: figures for name, (figures, _) in found.items()},
    )
    cases = [case for _, own in found.values() for case in own]
    return figures, Errors(folder.name, cases, runner.signals, material.rhythms)

"""The whole evaluation of alerts: scores each folder of records, then collects all figures and all errors."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from training.evaluation.alerts.error_cases import AlertError
from training.evaluation.alerts.folders import RecordFolder
from training.evaluation.alerts.monitor_runner import MonitorRunner, RunResult
from training.evaluation.alerts.results import AlertEvaluation, FolderFigures
from training.evaluation.alerts.scores.intervals import RhythmInterval
from training.evaluation.alerts.scores.waveforms import WaveformRow
from training.evaluation.alerts.sections import SECTIONS, WITH_BEATS, gather, splices, together, waveforms
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
        Bundle in service; None is the shipped one.
    folds : Path or None
        Folder with the bundles of the cross-validation.
    splices : bool
        Whether to splice faults (flat line, noise, lead off) into the records that have beats.
    noise : Path or None
        Folder of nstdb, whose electrode motion is spliced in; None uses synthetic motion.
    waveforms : bool
        Whether to run the monitor over the test waveforms of the standard.
    processes : int
    seed : int
        Seed of the bootstrap.
    """

    folders: Sequence[RecordFolder]
    bundle: Path | None = None
    folds: Path | None = None
    splices: bool = False
    noise: Path | None = None
    waveforms: bool = False
    processes: int = 1
    seed: int = 0


class FolderErrors(NamedTuple):
    """All errors of a folder, or of the test waveforms.

    Attributes
    ----------
    folder : str
    cases : list of AlertError
    signals : dict of RunResult
        The signals and their findings, by name.
    references : dict
        Reference rhythms, by record.
    """

    folder: str
    cases: list[AlertError]
    signals: dict[str, RunResult]
    references: dict[str, Sequence[RhythmInterval]]


class AlertResults(NamedTuple):
    """All figures and all errors."""

    evaluation: AlertEvaluation
    errors: list[FolderErrors]


def evaluate_alerts(plan: AlertPlan, progress: Progress) -> AlertResults:
    """Run the live monitor over the records, and over splices and waveforms if planned, and score its findings.

    Raises
    ------
    RecordError
        If a record or its reference annotations can't be read.
    BundleError
        If a bundle can't be used.
    EvaluationError
        If a reference table has an invalid line.
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
        errors.append(FolderErrors(WAVEFORMS, found, runner.signals, {}))
    with_beats = {one.folder: one.borne_out for one in folders if one.kind in WITH_BEATS and one.borne_out}
    borne_out = together(with_beats, plan.seed) if len(with_beats) > 1 else None
    return AlertResults(AlertEvaluation(folders, borne_out, rows, bundles.hashes(), plan.seed), errors)


def _evaluate_folder(
    folder: RecordFolder, runner: MonitorRunner, plan: AlertPlan, motion: Path | None
) -> tuple[FolderFigures, FolderErrors]:
    section_input = gather(folder, runner, plan.seed)
    sections = dict(SECTIONS[folder.kind])
    if plan.splices and folder.kind in WITH_BEATS:
        sections["splices"] = partial(splices, motion=motion)
    results = {name: score(section_input) for name, score in sections.items()}
    scorers = {name: runner.bundles.scorer(name) for name in section_input.findings}
    figures = FolderFigures(
        folder=folder.name,
        kind=folder.kind,
        records={name: str(scorer) for name, scorer in scorers.items()},
        seen=dict(Counter(scorer.seen for scorer in scorers.values())),
        hours=round(sum(findings.duration_s for findings in section_input.findings.values()) / 3600, 3),
        **{name: figures for name, (figures, _) in results.items()},
    )
    cases = [case for _, section_cases in results.values() for case in section_cases]
    return figures, FolderErrors(folder.name, cases, runner.signals, section_input.rhythms)

"""The whole evaluation of the detector: plans the jobs, runs them in processes, and collects all figures."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from training.evaluation.altered_records import LEAD_FAULTS, has_two_leads, with_fault
from training.evaluation.detector import compare
from training.evaluation.detector.curves import ClassCurves, class_curves
from training.evaluation.detector.ec57 import S, ScoredBeats, V, class_rates, qrs_rates, scored_from_s
from training.evaluation.detector.latency import DelayTask, LatencyRow, latency_rows, measure_delays
from training.evaluation.detector.noise_stress import CLEAN_RECORDS, LEVELS_DB, NOISE_RECORD, with_noise
from training.evaluation.detector.scored_records import ScoredRecord, ScoringTask, score_records
from training.evaluation.detector.stress_tables import (
    DetectorRow,
    FaultRow,
    NoiseRow,
    detector_rows,
    fault_rows,
    noise_rows,
)
from training.evaluation.detector.tables import (
    GroupRow,
    RecordRow,
    class_groups,
    group_rows,
    headline_group,
    qrs_groups,
    record_row,
)
from training.evaluation.detector.windows import WindowRow, window_rows
from training.evaluation.provenance import NOISE_STRESS, Bundles, Scorer
from training.progress import Progress
from wardbeat.ecg.io.annotations import read_beats
from wardbeat.ecg.io.records import find_records, open_record
from wardbeat.errors import RecordError
from wardbeat.process_pool import run_jobs

RECORDS_PER_JOB = 4
"""Enough records for batches of network inputs, and few enough that no core waits long for another one."""
LIVE, DELAYS = "the live detector", "latency"
NSTDB, MIXED, FAULTS, OTHERS = "nstdb", "electrode motion mixed in", "lead faults", "other detectors"


class DetectorPlan(NamedTuple):
    """What to evaluate.

    Attributes
    ----------
    paths : sequence of Path
        Records with reference annotations.
    bundle : Path or None
        Bundle in service; None is the shipped one.
    folds : Path or None
        Folder with the bundles of the cross-validation.
    noise_stress : Path or None
        Folder of nstdb; None leaves the noise stress test out.
    lead_faults : bool
        Whether to evaluate lead faults.
    compare : bool
        Whether to evaluate other open detectors.
    processes : int
    seed : int
        Seed of the bootstrap.
    """

    paths: Sequence[Path]
    bundle: Path | None = None
    folds: Path | None = None
    noise_stress: Path | None = None
    lead_faults: bool = False
    compare: bool = False
    processes: int = 1
    seed: int = 0


class Evaluation(msgspec.Struct, frozen=True):
    """All figures, as in report.json; ``groups`` has the records of each group of rows."""

    records: list[RecordRow]
    groups: dict[str, list[str]]
    headline: str
    qrs: list[GroupRow]
    classes: list[GroupRow]
    curves: dict[str, ClassCurves]
    windows: list[WindowRow]
    latency: list[LatencyRow]
    noise: list[NoiseRow]
    lead_faults: list[FaultRow]
    detectors: list[DetectorRow]
    bundles: dict[str, str]
    seed: int


class DetectorResults(NamedTuple):
    """The figures, and the scored records for the gallery of errors."""

    evaluation: Evaluation
    scored: list[ScoredRecord]


class _Job(NamedTuple):
    """One call in another process; ``key`` distinguishes the jobs of a stage."""

    stage: str
    key: Any
    function: Callable[[Any], Any]
    argument: Any


def evaluate(plan: DetectorPlan, progress: Progress) -> DetectorResults:
    """Run the live detector over the records, and the other planned stages, and score the results.

    Raises
    ------
    RecordError
        If a record or its reference annotations can't be read.
    BundleError
        If a bundle can't be used.
    """
    bundles = Bundles.read(plan.bundle, plan.folds)
    jobs = _jobs(plan, bundles)
    totals, done = Counter(job.stage for job in jobs), Counter[str]()
    by_index: dict[int, Any] = {}
    with run_jobs(_run, list(enumerate(jobs)), plan.processes) as finished:
        for index, result in finished:
            by_index[index] = result
            stage = jobs[index].stage
            done[stage] += 1
            progress(stage, done[stage], totals[stage])
    results: dict[str, list[tuple[Any, Any]]] = defaultdict(list)
    for index, job in enumerate(jobs):  # jobs end in any order, but the report must be the same each time
        results[job.stage].append((job.key, by_index[index]))

    scored = sorted((record for _, part in results[LIVE] for record in part), key=lambda record: record.name)
    scorers = {record.name: bundles.scorer(record.name) for record in scored}
    return DetectorResults(figures_of(scored, scorers, results, bundles.hashes(), plan.seed), scored)


def figures_of(
    scored: Sequence[ScoredRecord],
    scorers: Mapping[str, Scorer],
    results: Mapping[str, Sequence[tuple[Any, Any]]],
    bundles: dict[str, str],
    seed: int,
) -> Evaluation:
    """All figures of an evaluation.

    Parameters
    ----------
    scored : sequence of ScoredRecord
        Results of the live detector.
    scorers : mapping
        Scorer of each record, by the record's name.
    results : mapping
        Results of the other stages with their keys, by stage.
    bundles : dict
        Hash of the data of each bundle.
    seed : int
        Seed of the bootstrap.
    """
    rows = [record_row(record, scorers[record.name]) for record in scored]
    for_qrs, for_classes = qrs_groups(rows), class_groups(rows)
    headline = headline_group(for_classes)
    beats = ScoredBeats.join([record.beats for record in scored if record.name in for_classes[headline]])
    curves = {"V": class_curves(beats, V), "S": class_curves(beats, S)}
    latency = latency_rows([delays for _, delays in results.get(DELAYS, [])])
    return Evaluation(
        records=rows,
        groups=for_qrs | for_classes,
        headline=headline,
        qrs=group_rows(rows, for_qrs, qrs_rates, seed),
        classes=group_rows(rows, for_classes, class_rates, seed),
        curves={symbol: curve for symbol, curve in curves.items() if curve},
        windows=window_rows(scored, for_qrs, seed),
        latency=latency,
        noise=noise_rows(results.get(NSTDB, []), results.get(MIXED, [])),
        lead_faults=fault_rows(scored, results.get(FAULTS, [])),
        detectors=detector_rows([one for _, found in results.get(OTHERS, []) for one in found], scored, latency),
        bundles=bundles,
        seed=seed,
    )


def scorable(folder: Path, names: Sequence[str]) -> tuple[list[Path], list[str]]:
    """The records of a folder with reference beats in the scored time, and the names of those without.

    Raises
    ------
    RecordError
        If no record has such beats, or a record in ``names`` has none.
    """
    paths = list(dict.fromkeys(find_records(folder, names)))
    without = [path.name for path in paths if not _has_scored_beats(path)]
    if len(without) == len(paths) or (names and without):
        raise RecordError(
            f"{folder / without[0]}: no reference annotations (.atr) with beats after the learning time "
            "(5 min of a record of 10 min and more); only records with them can be scored"
        )
    return [path for path in paths if path.name not in without], without


def _has_scored_beats(path: Path) -> bool:
    if not path.with_name(f"{path.name}.atr").is_file():
        return False
    record = open_record(path)
    return any(beat.sample / record.fs >= scored_from_s(record.duration_s) for beat in read_beats(path))


def _run(numbered: tuple[int, _Job]) -> tuple[int, Any]:
    index, job = numbered
    return index, job.function(job.argument)


def _jobs(plan: DetectorPlan, bundles: Bundles) -> list[_Job]:
    jobs = [_Job(LIVE, None, score_records, task) for task in _tasks(plan.paths, bundles)]
    jobs += [_Job(DELAYS, None, measure_delays, DelayTask(path, bundles.path(path.name))) for path in plan.paths]
    if plan.noise_stress:
        jobs += _noise_jobs(plan.paths, plan.noise_stress, bundles)
    if plan.lead_faults:
        two_leads = [path for path in plan.paths if has_two_leads(open_record(path))]
        jobs += [
            _Job(FAULTS, fault, score_records, task._replace(alter=partial(with_fault, fault=fault)))
            for fault in LEAD_FAULTS[1:]  # the first is "none": the live detector's own run
            for task in _tasks(two_leads, bundles)
        ]
    if plan.compare:
        jobs += [
            _Job(OTHERS, None, compare.run_trial, compare.DetectorTrial(detector, path))
            for detector in compare.available()
            for path in plan.paths
        ]
    return jobs


def _noise_jobs(paths: Sequence[Path], nstdb: Path, bundles: Bundles) -> list[_Job]:
    (noise,) = find_records(nstdb, [NOISE_RECORD])
    stress = [path for path in find_records(nstdb) if NOISE_STRESS.fullmatch(path.name)]
    clean = [path for path in paths if path.name in CLEAN_RECORDS]
    jobs = [_Job(NSTDB, None, score_records, task) for task in _tasks(stress, bundles)]
    jobs += [
        _Job(MIXED, snr_db, score_records, task._replace(alter=partial(with_noise, noise=noise, snr_db=snr_db)))
        for snr_db in LEVELS_DB
        for task in _tasks(clean, bundles)
    ]
    return jobs


def _tasks(paths: Sequence[Path], bundles: Bundles) -> list[ScoringTask]:
    """Groups of a few records that the same bundle scores."""
    by_bundle: dict[Path | None, list[Path]] = defaultdict(list)
    for path in paths:
        by_bundle[bundles.path(path.name)].append(path)
    return [
        ScoringTask(tuple(group[begin : begin + RECORDS_PER_JOB]), bundle)
        for bundle, group in by_bundle.items()
        for begin in range(0, len(group), RECORDS_PER_JOB)
    ]

"""The whole evaluation: which bundle hears which record, what is to be done, and all figures together."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from training.evaluation.altered_records import LEAD_FAULTS, has_two_leads, with_fault
from training.evaluation.detector import compare
from training.evaluation.detector.curves import ClassCurves, class_curves
from training.evaluation.detector.ec57 import S, ScoredBeats, V, class_rates, qrs_rates
from training.evaluation.detector.latency import DelayTask, LatencyRow, latency_rows, measure_delays
from training.evaluation.detector.noise_stress import CLEAN_RECORDS, LEVELS_DB, NOISE_RECORD, with_noise
from training.evaluation.detector.scored_records import ScoredRecord, Task, score_records
from training.evaluation.detector.stress_tables import (
    ComparedRow,
    FaultRow,
    NoiseRow,
    compared_rows,
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
from wardbeat.ecg.io.records import find_records, open_record
from wardbeat.errors import RecordError
from wardbeat.process_pool import run_jobs

SIDE_BY_SIDE = 4
"""Records a job: enough for the networks to get batches, few enough that no core waits long for the other."""
LIVE, DELAYS = "the live detector", "latency"
NSTDB, MIXED, FAULTS, OTHERS = "nstdb", "electrode motion mixed in", "lead faults", "other detectors"


class DetectorPlan(NamedTuple):
    """What to evaluate.

    Attributes
    ----------
    paths : sequence of Path
        Records with reference annotations.
    bundle : Path or None
        In service; None is the shipped one.
    folds : Path or None
        Folder of the cross-validation's bundles.
    noise_stress : Path or None
        Folder of nstdb.
    lead_faults, compare : bool
        Whether to do these as well.
    processes : int
    seed : int
        Of the bootstrap.
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
    """All figures; what report.json holds. The groups of records that rows are of are named in ``groups``."""

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
    detectors: list[ComparedRow]
    bundles: dict[str, str]
    seed: int


class DetectorResults(NamedTuple):
    """The figures, and the scored records that the gallery shows the errors of."""

    evaluation: Evaluation
    scored: list[ScoredRecord]


class _Job(NamedTuple):
    """One call in a process of its own; ``key`` says what of its stage it is."""

    stage: str
    key: Any
    function: Callable[[Any], Any]
    argument: Any


def evaluate(plan: DetectorPlan, progress: Progress) -> DetectorResults:
    """Run the live detector over the records, and whatever else is planned, and score it.

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
    found: dict[int, Any] = {}
    with run_jobs(_run, list(enumerate(jobs)), plan.processes) as finished:
        for index, result in finished:
            found[index] = result
            stage = jobs[index].stage
            done[stage] += 1
            progress(stage, done[stage], totals[stage])
    results: dict[str, list[tuple[Any, Any]]] = defaultdict(list)
    for index, job in enumerate(jobs):  # in this order, whichever was ready first: a report is the same each time
        results[job.stage].append((job.key, found[index]))

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
    """All figures of what was heard.

    Parameters
    ----------
    scored : sequence of ScoredRecord
        What the live detector made of the records.
    scorers : mapping
        What its networks had seen, by the record's name.
    results : mapping
        By stage, what else was done, each with its key.
    bundles : dict
        Hashes of what each bundle was fitted on.
    seed : int
        Of the bootstrap.
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
        detectors=compared_rows([found for _, found in results.get(OTHERS, [])], scored, latency),
        bundles=bundles,
        seed=seed,
    )


def scorable(folder: Path, names: Sequence[str]) -> tuple[list[Path], list[str]]:
    """The records of a folder that have reference annotations, and the names of those that have none.

    Raises
    ------
    RecordError
        If none has, or one that was named has not.
    """
    paths = list(dict.fromkeys(find_records(folder, names)))
    without = [path.name for path in paths if not path.with_name(f"{path.name}.atr").is_file()]
    if len(without) == len(paths) or (names and without):
        raise RecordError(
            f"{folder / without[0]}: no reference annotations (.atr); only records that have them can be scored"
        )
    return [path for path in paths if path.name not in without], without


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
            for fault in LEAD_FAULTS[1:]  # without any it is the live detector's own run
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


def _tasks(paths: Sequence[Path], bundles: Bundles) -> list[Task]:
    """Records a few at a time, those of one bundle together."""
    by_bundle: dict[Path | None, list[Path]] = defaultdict(list)
    for path in paths:
        by_bundle[bundles.path(path.name)].append(path)
    return [
        Task(tuple(group[begin : begin + SIDE_BY_SIDE]), bundle)
        for bundle, group in by_bundle.items()
        for begin in range(0, len(group), SIDE_BY_SIDE)
    ]

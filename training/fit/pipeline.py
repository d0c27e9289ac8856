"""Fits the networks one after another; the live monitor with the networks before gives the inputs of each.

Every network is fitted once for each fold of patients, without the patients of the fold, and once on all patients. The
monitor runs over a record with the networks of the fold that leaves its patient out. So the beat network learns from R
peaks as they are detected in new patients, the combined detector learns from beats as they are classified in new
patients, and every figure is of patients whom no network has seen.

The bundle in service has the networks that were fitted on all patients of the plan. The bundles of the folds are for
scoring. Only the feature networks are fitted on the records with reference rhythms, so the networks of all patients
capture these records.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

from models.bundle import Manifest, read_bundle
from training.data.capture import capture_networks, capture_record, save_captured
from training.data.feature_capture import write_features
from training.data.resampling import write_resampled_record
from training.fit.work import ALL, FitPlan, backup_folder, open_work, stage_folder
from training.progress import Progress
from wardbeat.errors import TrainingError
from wardbeat.process_pool import run_jobs

LEAST_PATIENTS = 2


class FitJob(NamedTuple):
    """One network to fit without the patients of one fold."""

    network: str
    fold: str
    plan: FitPlan
    work: Path
    progress_queue: Any
    """A queue for the arguments of the progress callback; the standard library has no type for such a proxy."""


class CaptureJob(NamedTuple):
    """One record for the monitor, and networks that were not fitted on its patient."""

    path: Path
    qrs: Path
    beat: Path | None
    out: Path


def train(
    plan: FitPlan, work: Path, out: Path, progress: Progress, *, again: Sequence[str] = (), processes: int = 2
) -> Manifest:
    """Fit all networks that the work folder lacks, and write the bundle.

    Parameters
    ----------
    plan : FitPlan
    work : Path
        Work folder. Finished stages are not repeated, and an interrupted fit resumes after its last epoch.
    out : Path
        The bundle. It replaces an older one when everything is done.
    progress : Progress
    again : sequence of str
        Networks to fit again although they are finished, with all networks that depend on them.
    processes : int
        Number of processes.

    Raises
    ------
    TrainingError
        If there are too few patients or too little normal rhythm, or the work folder belongs to another plan.
    RecordError
        If a record or its annotations can't be read.
    """
    if len(plan.paths) < LEAST_PATIENTS:
        raise TrainingError(f"records: at least {LEAST_PATIENTS} patients are needed, {len(plan.paths)} given")
    if not plan.rhythms:
        raise TrainingError(
            "rhythms: no records given to fit the ventricular and atrial networks on; name vfdb and challenge-2017 "
            "with --rhythms"
        )
    open_work(work, plan, again)
    run = partial(_run, progress=progress, processes=processes)
    _fit("qrs", plan, work, progress, processes)
    resampled = work / "resampled"
    missing = [path for path in plan.paths if not (resampled / f"{path.name}m.hea").is_file()]
    run("resample records", partial(write_resampled_record, resampled, seed=plan.seed), missing)
    run("capture inputs", _capture, _capture_jobs(plan, work))
    _fit("beat", plan, work, progress, processes)
    run("capture inputs, with beat network", _capture, _recapture_jobs(plan, work))
    _fit("autoencoder", plan, work, progress, processes)
    run("capture features", _capture_features, _feature_jobs(plan, work))
    _fit("ventricular", plan, work, progress, processes)
    _fit("atrial", plan, work, progress, processes)
    from training.fit.bundles import write_bundles  # imports TensorFlow, which the capture processes do not need

    write_bundles(plan, work, out)
    return read_bundle(out)[0]


def _fit(network: str, plan: FitPlan, work: Path, progress: Progress, processes: int) -> None:
    """Fit a network for all folds that lack it, in several processes."""
    folds = [fold for fold in plan.folds() if not (work / network / fold).is_dir()]
    if not folds:
        return
    with _progress_of_processes(progress) as progress_queue:
        jobs = [FitJob(network, fold, plan, work, progress_queue) for fold in folds]
        with run_jobs(_fit_one, jobs, processes) as fitted:
            list(fitted)


def _fit_one(job: FitJob) -> None:
    from training.fit.network_fits import FITS  # imports TensorFlow: 5 s of CPU time

    folder = job.work / job.network / job.fold
    backup = backup_folder(folder)

    def report(stage: str, done: int, total: int, note: str = "") -> None:
        patients = "all patients" if job.fold == ALL else f"without fold {job.fold}"
        job.progress_queue.put((f"{stage}, {patients}", done, total, note))

    with stage_folder(folder) as temporary:
        FITS[job.network](job.plan, job.work, job.fold, temporary, report, backup)
    shutil.rmtree(backup, ignore_errors=True)


def _capture(job: CaptureJob) -> None:
    job.out.parent.mkdir(parents=True, exist_ok=True)
    save_captured(job.out, capture_record(job.path, capture_networks(job.qrs, job.beat)))


def _capture_features(job: CaptureJob) -> None:
    job.out.parent.mkdir(parents=True, exist_ok=True)
    write_features(job.out, job.path, capture_networks(job.qrs, job.beat))


def _capture_jobs(plan: FitPlan, work: Path) -> list[CaptureJob]:
    """Recorded and resampled records, with QRS networks that were not fitted on the patient."""
    fold_of = plan.fold_of()
    resampled = [work / "resampled" / f"{path.name}m" for path in plan.paths]
    jobs = [
        CaptureJob(
            path,
            qrs=work / "qrs" / fold_of[recorded.name] / "qrs.npz",
            beat=None,
            out=work / "captured" / f"{path.name}.npz",
        )
        for paths in (plan.paths, resampled)
        for recorded, path in zip(plan.paths, paths, strict=True)
        if path.with_suffix(".hea").is_file()
    ]
    return [job for job in jobs if not job.out.is_file()]


def _recapture_jobs(plan: FitPlan, work: Path) -> list[CaptureJob]:
    return _jobs_with_beat_network(plan, work, plan.paths, "captured_with_beats")


def _feature_jobs(plan: FitPlan, work: Path) -> list[CaptureJob]:
    return _jobs_with_beat_network(plan, work, plan.feature_paths(), "features")


def _jobs_with_beat_network(plan: FitPlan, work: Path, paths: Sequence[Path], stage: str) -> list[CaptureJob]:
    """Records with QRS and beat networks that were not fitted on the patient.

    No QRS or beat network is fitted on the records with reference rhythms, so these records get the networks of all
    patients.
    """
    fold_of = plan.fold_of()
    patients = {path.name for path in plan.paths}
    jobs = []
    for path in paths:
        fold = fold_of[path.name] if path.name in patients else ALL
        beat = work / "beat" / fold / "beat.onnx"
        jobs.append(CaptureJob(path, work / "qrs" / fold / "qrs.npz", beat, work / stage / f"{path.name}.npz"))
    return [job for job in jobs if not job.out.is_file()]


def _run(
    stage: str, function: Callable[[Any], None], jobs: Sequence[Any], *, progress: Progress, processes: int
) -> None:
    with run_jobs(function, jobs, processes) as results:
        for done, _ in enumerate(results, start=1):
            progress(stage, done, len(jobs), f"{done} of {len(jobs)} records")


@contextmanager
def _progress_of_processes(progress: Progress) -> Iterator[Any]:
    """A queue through which other processes report their progress."""
    with get_context("spawn").Manager() as manager:
        progress_queue = manager.Queue()
        forwarder = Thread(target=_forward, args=(progress_queue, progress))
        forwarder.start()
        try:
            yield progress_queue
        finally:
            progress_queue.put(None)
            forwarder.join()


def _forward(progress_queue: Any, progress: Progress) -> None:
    while (arguments := progress_queue.get()) is not None:
        progress(*arguments)

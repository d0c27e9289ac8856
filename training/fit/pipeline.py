"""Fits the networks, one after another, each on what the live monitor makes of the ones before it.

Every network is fitted once for each fold of patients, on all others, and once on everybody. A record is heard with the
networks of the fold that holds it out: so the beat network learns from R peaks as they are found in strangers, the
combined detector from beats as they are called in strangers, and every figure is of patients whom no network has seen.
The bundle in service is of the networks that have seen everybody in the plan; the folds' bundles are kept for scoring.
Records with reference rhythms are seen by the feature networks alone: the networks in service hear them.
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
from training.data.capture import capture_record, listening, save_captured
from training.data.feature_capture import write_features
from training.data.resampling import write_made_record
from training.fit.work import ALL, FitPlan, backup_of, finished, open_work
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
    """A queue for (words of progress); it has no type that two processes share."""


class CaptureJob(NamedTuple):
    """One record to run the monitor over, with networks that have not seen its patient."""

    path: Path
    qrs: Path
    beat: Path | None
    out: Path


def train(
    plan: FitPlan, work: Path, out: Path, progress: Progress, *, again: Sequence[str] = (), processes: int = 2
) -> Manifest:
    """Fit what is not yet fitted in the work folder and write the bundle.

    Parameters
    ----------
    plan : FitPlan
    work : Path
        Whatever was finished there is not done again; an interrupted fit goes on at its last epoch.
    out : Path
        The bundle; an older one is replaced when everything is done.
    progress : Progress
    again : sequence of str
        Networks to fit anew although they are there, and with them those that follow.
    processes : int
        At a time.

    Raises
    ------
    TrainingError
        If there are too few patients or too little normal rhythm, or the folder is another plan's.
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
    made = work / "made"
    to_make = [path for path in plan.paths if not (made / f"{path.name}m.hea").is_file()]
    run("records made of cycles", partial(write_made_record, made, seed=plan.seed), to_make)
    run("listening to the monitor", _capture, _capture_jobs(plan, work))
    _fit("beat", plan, work, progress, processes)
    run("listening again, beats answered", _capture, _recapture_jobs(plan, work))
    _fit("autoencoder", plan, work, progress, processes)
    run("listening for rhythms", _capture_features, _feature_jobs(plan, work))
    _fit("ventricular", plan, work, progress, processes)
    _fit("atrial", plan, work, progress, processes)
    from training.fit.bundles import write_bundles  # brings TensorFlow, which processes that capture do without

    write_bundles(plan, work, out)
    return read_bundle(out)[0]


def _fit(network: str, plan: FitPlan, work: Path, progress: Progress, processes: int) -> None:
    """Fit a network for all folds that it is not there for, several at a time."""
    folds = [fold for fold in plan.folds() if not (work / network / fold).is_dir()]
    if not folds:
        return
    with _progress_of_processes(progress) as progress_queue:
        jobs = [FitJob(network, fold, plan, work, progress_queue) for fold in folds]
        with run_jobs(_fit_one, jobs, processes) as fitted:
            list(fitted)


def _fit_one(job: FitJob) -> None:
    from training.fit.network_fits import FITS  # brings TensorFlow: 5 s of CPU time

    folder = job.work / job.network / job.fold
    backup = backup_of(folder)

    def tell(stage: str, done: int, total: int, words: str = "") -> None:
        who = "all patients" if job.fold == ALL else f"without fold {job.fold}"
        job.progress_queue.put((f"{stage}, {who}", done, total, words))

    with finished(folder) as draft:
        FITS[job.network](job.plan, job.work, job.fold, draft, tell, backup)
    shutil.rmtree(backup, ignore_errors=True)


def _capture(job: CaptureJob) -> None:
    job.out.parent.mkdir(parents=True, exist_ok=True)
    save_captured(job.out, capture_record(job.path, listening(job.qrs, job.beat)))


def _capture_features(job: CaptureJob) -> None:
    job.out.parent.mkdir(parents=True, exist_ok=True)
    write_features(job.out, job.path, listening(job.qrs, job.beat))


def _capture_jobs(plan: FitPlan, work: Path) -> list[CaptureJob]:
    """Real and made records alike, with QRS networks that have not seen the patient."""
    fold_of = plan.fold_of()
    made = [work / "made" / f"{path.name}m" for path in plan.paths]
    jobs = [
        CaptureJob(path, work / "qrs" / fold_of[real.name] / "qrs.npz", None, work / "asked" / f"{path.name}.npz")
        for paths in (plan.paths, made)
        for real, path in zip(plan.paths, paths, strict=True)
        if path.with_suffix(".hea").is_file()
    ]
    return [job for job in jobs if not job.out.is_file()]


def _recapture_jobs(plan: FitPlan, work: Path) -> list[CaptureJob]:
    return _answered_jobs(plan, work, plan.paths, "answered")


def _feature_jobs(plan: FitPlan, work: Path) -> list[CaptureJob]:
    return _answered_jobs(plan, work, plan.feature_paths(), "features")


def _answered_jobs(plan: FitPlan, work: Path, paths: Sequence[Path], stage: str) -> list[CaptureJob]:
    """Records to be heard with QRS and beat networks that have not seen the patient.

    Records with reference rhythms are strangers to every such network, so those in service hear them.
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
    with run_jobs(function, jobs, processes) as finished:
        for done, _ in enumerate(finished, start=1):
            progress(stage, done, len(jobs), f"{done} of {len(jobs)} records")


@contextmanager
def _progress_of_processes(progress: Progress) -> Iterator[Any]:
    """A queue through which other processes say how far they are."""
    with get_context("spawn").Manager() as manager:
        progress_queue = manager.Queue()
        listener = Thread(target=_pass_on, args=(progress_queue, progress))
        listener.start()
        try:
            yield progress_queue
        finally:
            progress_queue.put(None)
            listener.join()


def _pass_on(progress_queue: Any, progress: Progress) -> None:
    while (words := progress_queue.get()) is not None:
        progress(*words)

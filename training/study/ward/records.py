"""The ward records of the study, captured from the live monitor once for all tasks on ward leads.

The monitor of the shipped bundle runs over each record as in service: its own R peaks, its causal filters, its running
baselines. We keep the inputs that it gives to the beat and window networks, with labels
(:func:`training.data.capture.capture_record`).

The shipped bundle was fitted on all patients of the parts ``fit`` and ``validation``; it has seen no patient of
``test`` (but 202, who is 201 of the fit). So on ``fit`` and ``validation`` its QRS network finds the beats a little
better than in new patients, and its classifications there are no honest figures. Those on ``test`` are.

======================================  ========================================================================
file of ``ward-records``                content
======================================  ========================================================================
``fit/NAME.npz``                        DS1 and svdb without the validation patients
``validation/NAME.npz``                 the patients of one fold of DS1 and svdb
``test/NAME.npz``                       DS2
``resampled/NAMEm.npz``                 resampled record of each record of ``fit`` (:mod:`training.data.resampling`)
======================================  ========================================================================
"""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.runtime import Runtime
from training.data.capture import Captured, capture_record, load_captured, save_captured
from training.data.resampling import write_resampled_record
from training.data.splits import DS2, default_records, patient_folds
from training.evaluation.detector.ec57 import SHORT_RECORD_S, scored_from_s
from training.evaluation.provenance import patient_of
from training.progress import Progress
from training.study.task import Part
from wardbeat.ecg.io.records import find_records, open_record
from wardbeat.process_pool import run_jobs

FOLDER = "ward-records"
FIT_SETS = ("mitdb", "svdb")
VALIDATION_FOLD = 2
"""Its 4 + 10 records have 950 S and 1,855 V beats, and leave 4,948 S and 7,047 V beats of others to fit on."""
RESAMPLED = "resampled"
NO_CYCLES = ".none"
"""Suffix of an empty file that marks a record with too few normal cycles to be resampled."""
SEED = 0
PROCESSES = 2


class WardRecordJob(NamedTuple):
    """A record, the file to write, and whether the record is resampled before."""

    path: Path
    file: Path
    resampled: bool


class WardRecords(NamedTuple):
    """The captured records of one part.

    Attributes
    ----------
    names : list of str
        ``captured`` has the index of the record in this list.
    captured : Captured
    from_s : ndarray, shape (records,)
        The time in a record from which on it is scored (ANSI/AAMI EC57).
    """

    names: list[str]
    captured: Captured
    from_s: NDArray[np.float64]

    def is_scored(self, record: NDArray[np.int32], t_s: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether each time of a record is after the learning time."""
        scored: NDArray[np.bool_] = t_s >= self.from_s[record]
        return scored

    def record_of(self, record: NDArray[np.int32]) -> NDArray[np.str_]:
        """The names of records from their indexes."""
        return np.array(self.names, np.str_)[record]

    def patient_of(self, record: NDArray[np.int32]) -> NDArray[np.str_]:
        """The patients of records from their indexes."""
        return np.array([patient_of(name.removesuffix("m")) for name in self.names], np.str_)[record]


def part_records(data: Path) -> dict[Part, list[Path]]:
    """The records of each part: DS1 and svdb by patient into ``fit`` and ``validation``, DS2 as ``test``.

    Raises
    ------
    RecordError
        If ``data`` has no folder ``mitdb`` or ``svdb``, or one of them has no records.
    """
    parts: dict[Part, list[Path]] = {"fit": [], "validation": [], "test": []}
    for name in FIT_SETS:
        paths = find_records(data / name)
        folds = patient_folds(paths)
        for path in default_records(paths):
            parts["validation" if folds[path.name] == VALIDATION_FOLD else "fit"].append(path)
    parts["test"] = [path for path in find_records(data / "mitdb") if path.name in DS2]
    return parts


def prepare(data: Path, work: Path, progress: Progress) -> None:
    """Capture the records that the folder ``ward-records`` in ``work`` lacks.

    Parameters
    ----------
    data : Path
        Has the folders ``mitdb`` and ``svdb``.
    work : Path
        The folder above the work folders of the tasks.
    progress : Progress

    Raises
    ------
    RecordError
        If a record or its annotations can't be read.
    """
    jobs = [job for job in _jobs(data, work / FOLDER) if not _is_finished(job)]
    with run_jobs(_capture, jobs, PROCESSES) as finished:
        for done, name in enumerate(finished, start=1):
            progress("capture ward records", done, len(jobs), name)


def ward_records(work: Path, part: Part | str) -> WardRecords:
    """The captured records of a part, or the resampled ones.

    Parameters
    ----------
    work : Path
        As for :func:`prepare`.
    part : str
        A part, or ``resampled``.
    """
    files = sorted((work / FOLDER / part).glob("*.npz"))
    captured = load_captured(files)
    last_s = np.zeros(len(files))
    np.maximum.at(last_s, captured.windows.record, captured.windows.t_s)
    return WardRecords([file.stem for file in files], captured, np.array([scored_from_s(end) for end in last_s]))


def has_resampled(work: Path) -> bool:
    """Whether any record was resampled."""
    return any((work / FOLDER / RESAMPLED).glob("*.npz"))


def _jobs(data: Path, folder: Path) -> Sequence[WardRecordJob]:
    parts = part_records(data)
    jobs = [
        WardRecordJob(path, folder / part / f"{path.name}.npz", resampled=False)
        for part, paths in parts.items()
        for path in paths
    ]
    return jobs + [
        WardRecordJob(path, folder / RESAMPLED / f"{path.name}m.npz", resampled=True)
        for path in parts["fit"]
        if open_record(path).duration_s >= SHORT_RECORD_S  # a shorter one has too few cycles
    ]


def _is_finished(job: WardRecordJob) -> bool:
    return job.file.is_file() or job.file.with_suffix(NO_CYCLES).is_file()


def _capture(job: WardRecordJob) -> str:
    job.file.parent.mkdir(parents=True, exist_ok=True)
    networks = Runtime.load()
    if not job.resampled:
        save_captured(job.file, capture_record(job.path, networks))
        return job.path.name
    with TemporaryDirectory(dir=job.file.parent, prefix=".partial-") as temporary:
        write_resampled_record(Path(temporary), job.path, seed=SEED)
        made = Path(temporary) / job.file.stem
        if made.with_suffix(".hea").is_file():
            save_captured(job.file, capture_record(made, networks))
        else:
            job.file.with_suffix(NO_CYCLES).touch()
    return job.file.stem

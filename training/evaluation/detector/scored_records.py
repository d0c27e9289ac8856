"""Runs the live detector over records and pairs its beats and windows with the reference."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.runtime import Runtime
from processors.monitor.patient_monitor import config_of
from processors.offline.annotate import Annotations, annotate
from training.data.labels import window_labels
from training.evaluation.detector import ec57
from training.evaluation.detector.ec57 import ScoredBeats
from wardbeat.contracts.messages import Window
from wardbeat.ecg.chunking import EcgSource
from wardbeat.ecg.io.annotations import read_beats, read_rhythms
from wardbeat.ecg.io.records import Record, open_record
from wardbeat.ecg.reference import ReferenceBeat, ReferenceRhythm


class ScoredWindows(NamedTuple):
    """Windows of 5 s that are normal or abnormal by the reference, with the detector's scores.

    Attributes
    ----------
    t_s : ndarray of float64
        End of the window.
    abnormal : ndarray of bool
        Reference.
    combined : ndarray of float64
        ``p_abnormal``, the score that the monitor uses.
    autoencoder : ndarray of float64
        Reconstruction error alone.
    classifier : ndarray of float64
        Beat classifier alone: the largest probability of S, V or F of a beat in the window.
    """

    t_s: NDArray[np.float64]
    abnormal: NDArray[np.bool_]
    combined: NDArray[np.float64]
    autoencoder: NDArray[np.float64]
    classifier: NDArray[np.float64]

    def take(self, rows: NDArray[np.bool_]) -> "ScoredWindows":
        """The windows that a mask selects."""
        return ScoredWindows._make(column[rows] for column in self)


class ScoredRecord(NamedTuple):
    """One scored record: its beats and windows from ``from_s`` on, and the CPU time of the whole monitor."""

    name: str
    duration_s: float
    from_s: float
    beats: ScoredBeats
    windows: ScoredWindows
    cpu_s: float = 0.0


class ScoringTask(NamedTuple):
    """Records over which one process runs the detector of one bundle together."""

    paths: tuple[Path, ...]
    bundle: Path | None
    alter: Callable[[Record], EcgSource] | None = None
    """Changes each record before the detector receives it."""


def score_records(task: ScoringTask) -> list[ScoredRecord]:
    """Run the detector as ``wardbeat annotate`` does, and score its beats and windows.

    Raises
    ------
    RecordError
        If a record or its reference annotations can't be read.
    """
    networks = Runtime.load(task.bundle)
    records = {path.name: open_record(path) for path in task.paths}
    sources: list[EcgSource] = [task.alter(record) if task.alter else record for record in records.values()]
    config = config_of(networks.manifest.thresholds)
    began = time.process_time()
    annotations = dict(annotate(sources, networks, config=config))
    cpu_per_s = (time.process_time() - began) / sum(record.duration_s for record in records.values())
    return [
        score_record(record, annotations[name])._replace(cpu_s=cpu_per_s * record.duration_s)
        for name, record in records.items()
    ]


def score_record(record: Record, annotations: Annotations) -> ScoredRecord:
    """Pair the detector's annotations of a record with the reference."""
    reference, rhythms = read_beats(record.path), read_rhythms(record.path)
    from_s = ec57.scored_from_s(record.duration_s)
    beats = ec57.pair_beats(annotations.beats, reference, rhythms, record.fs)
    windows = label_windows(annotations.windows, reference, rhythms, record.fs)
    return ScoredRecord(
        record.name,
        record.duration_s,
        from_s,
        beats.take(beats.t_s >= from_s),
        windows.take(windows.t_s >= from_s),
    )


def label_windows(
    windows: Sequence[Window],
    reference: Sequence[ReferenceBeat],
    rhythms: Sequence[ReferenceRhythm],
    fs: float,
) -> ScoredWindows:
    """Windows with their labels; windows that are neither surely normal nor abnormal are left out."""
    abnormal, normal = window_labels(
        [(window.start_sample, window.end_sample) for window in windows], reference, rhythms
    )
    scored = ScoredWindows(
        np.array([window.end_sample / fs for window in windows], np.float64),
        abnormal,
        np.array([window.p_abnormal for window in windows], np.float64),
        np.array([window.reconstruction_error for window in windows], np.float64),
        np.array([window.p_ectopic for window in windows], np.float64),
    )
    return scored.take(abnormal | normal)

"""Runs other open detectors over the same records and scores them in the same way.

They receive the whole record at once, and one lead: the limb lead, chosen by name as for our own detector. They use
later samples without a limit, so their latency cannot be compared. openecg also gives the class of each beat
(:mod:`training.evaluation.detector.second_opinion`).
"""

import importlib.util
import time
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.evaluation.detector import second_opinion
from training.evaluation.detector.ec57 import Counts, count, pair_beats, scored_from_s
from training.evaluation.detector.second_opinion import LabelledPeaks
from wardbeat.contracts.messages import SCHEMA_VERSION, SYMBOLS, Beat, Symbol
from wardbeat.ecg.io.annotations import read_beats, read_rhythms
from wardbeat.ecg.io.records import Record, open_record, read_mv
from wardbeat.ecg.leads import choose_leads

Detector = Literal["sleepecg", "xqrs", "gqrs", "openecg"]
DETECTORS: tuple[Detector, ...] = ("sleepecg", "xqrs", "gqrs", "openecg")
OPTIONAL: tuple[Detector, ...] = ("sleepecg", "openecg")
ROWS = (*(name for name in DETECTORS if name != "openecg"), *second_opinion.FORMS)
"""The rows of the table of detectors: openecg has two forms."""


class DetectorResult(NamedTuple):
    """The result of one detector (one of ``ROWS``) in one record: EC57 counts and CPU time."""

    detector: str
    record: str
    counts: Counts
    cpu_s: float
    signal_s: float


class DetectorTrial(NamedTuple):
    """One detector and one record."""

    detector: Detector
    path: Path


def available() -> list[Detector]:
    """The installed detectors; those of ``OPTIONAL`` may be absent."""
    return [name for name in DETECTORS if name not in OPTIONAL or importlib.util.find_spec(name)]


def run_trial(trial: DetectorTrial) -> list[DetectorResult]:
    """Run a detector over a record and score it; openecg gives two results, with the CPU time of both together.

    Raises
    ------
    RecordError
        If the record or its reference annotations can't be read.
    EvaluationError
        If openecg gives no classes.
    """
    record = open_record(trial.path)
    lead = choose_leads(record.sig_name)[0]
    p_signal = np.nan_to_num(read_mv(record, 0, record.n_samples)[lead])
    began = time.process_time()
    found = _detect(trial.detector, p_signal, record.fs)
    cpu_s = time.process_time() - began
    return [
        DetectorResult(row, record.name, _score(record, peaks), cpu_s, record.duration_s)
        for row, peaks in found.items()
    ]


def _score(record: Record, peaks: LabelledPeaks) -> Counts:
    beats = [
        Beat(SCHEMA_VERSION, record.name, record.name, int(sample), record.fs, symbol, _certain(symbol), None)
        for sample, symbol in zip(peaks.samples, peaks.symbols, strict=True)
    ]
    scored = pair_beats(beats, read_beats(record.path), read_rhythms(record.path), record.fs)
    return count(scored.take(scored.t_s >= scored_from_s(record.duration_s)))


def _certain(symbol: Symbol) -> tuple[float, ...]:
    return tuple(float(symbol == one) for one in SYMBOLS)


def _detect(detector: Detector, p_signal: NDArray[np.float64], fs: float) -> dict[str, LabelledPeaks]:
    """The beats of a detector by its row; a detector without classes calls every beat N."""
    match detector:
        case "sleepecg":
            import sleepecg

            flat = not np.ptp(p_signal)  # it refuses a flat signal
            samples = () if flat else sleepecg.detect_heartbeats(p_signal, fs)
        case "xqrs":
            from wfdb import processing

            samples = processing.xqrs_detect(p_signal, fs, verbose=False)
        case "gqrs":
            from wfdb import processing

            samples = processing.gqrs_detect(p_signal, fs)
        case "openecg":
            return second_opinion.read_beats_of(p_signal, fs)
    return {detector: LabelledPeaks(np.asarray(samples, np.int64), ["N"] * len(samples))}

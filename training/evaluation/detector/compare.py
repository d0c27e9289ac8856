"""Runs other open QRS detectors over the same records and scores them in the same way.

They receive the whole record at once, and one lead: the limb lead, chosen by name as for our own detector. They use
later samples without a limit, so their latency cannot be compared.
"""

import importlib.util
import time
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.evaluation.detector.ec57 import Counts, count, pair_beats, scored_from_s
from wardbeat.contracts.messages import SCHEMA_VERSION, SYMBOLS, Beat
from wardbeat.ecg.io.annotations import read_beats, read_rhythms
from wardbeat.ecg.io.records import open_record, read_mv
from wardbeat.ecg.leads import choose_leads

Detector = Literal["sleepecg", "xqrs", "gqrs"]
DETECTORS: tuple[Detector, ...] = ("sleepecg", "xqrs", "gqrs")
AS_NORMAL = (1.0, *(0.0 for _ in SYMBOLS[1:]))


class DetectorResult(NamedTuple):
    """The result of one detector in one record: EC57 counts and CPU time."""

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
    """The installed detectors; sleepecg is optional."""
    return [name for name in DETECTORS if name != "sleepecg" or importlib.util.find_spec("sleepecg")]


def run_trial(trial: DetectorTrial) -> DetectorResult:
    """Run a detector over a record and score it.

    Raises
    ------
    RecordError
        If the record or its reference annotations can't be read.
    """
    record = open_record(trial.path)
    lead = choose_leads(record.sig_name)[0]
    p_signal = np.nan_to_num(read_mv(record, 0, record.n_samples)[lead])
    began = time.process_time()
    samples = _detect(trial.detector, p_signal, record.fs)
    cpu_s = time.process_time() - began
    beats = [
        Beat(SCHEMA_VERSION, record.name, record.name, int(sample), record.fs, "N", AS_NORMAL, None)
        for sample in samples
    ]
    scored = pair_beats(beats, read_beats(trial.path), read_rhythms(trial.path), record.fs)
    counts = count(scored.take(scored.t_s >= scored_from_s(record.duration_s)))
    return DetectorResult(trial.detector, record.name, counts, cpu_s, record.duration_s)


def _detect(detector: Detector, p_signal: NDArray[np.float64], fs: float) -> NDArray[np.int64]:
    match detector:
        case "sleepecg":
            import sleepecg

            samples = sleepecg.detect_heartbeats(p_signal, fs)
        case "xqrs":
            from wfdb import processing

            samples = processing.xqrs_detect(p_signal, fs, verbose=False)
        case "gqrs":
            from wfdb import processing

            samples = processing.gqrs_detect(p_signal, fs)
    return np.asarray(samples, np.int64)

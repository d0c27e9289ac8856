"""Other open QRS detectors on the same records and the same scoring.

They hear the whole record at once, and one lead: the limb lead, chosen by name as for our own detector. They look as
far ahead as they like, so they have no latency to compare.
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


class Compared(NamedTuple):
    """What one detector found in one record: counts as of EC57, and what it cost."""

    detector: str
    record: str
    counts: Counts
    cpu_s: float
    signal_s: float


class DetectorTrial(NamedTuple):
    """One detector over one record."""

    detector: Detector
    path: Path


def available() -> list[Detector]:
    """The detectors that are installed: sleepecg need not be."""
    return [name for name in DETECTORS if name != "sleepecg" or importlib.util.find_spec("sleepecg")]


def run_trial(trial: DetectorTrial) -> Compared:
    """Detect and score.

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
    return Compared(trial.detector, record.name, counts, cpu_s, record.duration_s)


def _detect(detector: Detector, p_signal: NDArray[np.float64], fs: float) -> NDArray[np.int64]:
    match detector:
        case "sleepecg":
            import sleepecg

            found = sleepecg.detect_heartbeats(p_signal, fs)
        case "xqrs":
            from wfdb import processing

            found = processing.xqrs_detect(p_signal, fs, verbose=False)
        case "gqrs":
            from wfdb import processing

            found = processing.gqrs_detect(p_signal, fs)
    return np.asarray(found, np.int64)

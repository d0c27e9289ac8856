"""Measures the delay from an R peak until the beat is detected, and until it can be classified.

Both are differences in sample time: the newest sample that the decision used minus the R peak. On a ward the length of
a chunk, the network and the queue add to them. We measure at the signal path, which decides on a grid of 0.2 s.
"""

from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.runtime import Runtime
from processors.monitor.signal_path import BeatReady, new_signal_path, take_samples
from wardbeat.contracts.messages import DISPLAY_FS_HZ
from wardbeat.ecg.io.records import Record, open_record, read_mv
from wardbeat.ecg.qrs.detector import BLOCK_SAMPLES
from wardbeat.ecg.qrs.network import QrsNetwork
from wardbeat.ecg.resample import lookahead_samples

QUANTILES = {"median": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}


class Delays(NamedTuple):
    """Delays in s, one for each beat: until its detection, and until all inputs of its classification are complete."""

    detected: NDArray[np.float64]
    classified: NDArray[np.float64]


class LatencyRow(msgspec.Struct, frozen=True):
    """Quantiles of a delay over beats, in s."""

    what: str
    beats: int
    quantiles_s: dict[str, float]


class DelayTask(NamedTuple):
    """A record, and the bundle whose QRS network detects its beats; None is the shipped one."""

    path: Path
    bundle: Path | None


def measure_delays(task: DelayTask) -> Delays:
    """The delays of a record's beats with the QRS network of a bundle.

    Raises
    ------
    RecordError
        If the record can't be read.
    """
    return delays_of(open_record(task.path), Runtime.load(task.bundle).qrs)


def delays_of(record: Record, network: QrsNetwork) -> Delays:
    """The delays of a record's beats."""
    p_signal = read_mv(record, 0, record.n_samples)
    signal_path = new_signal_path(record.fs, record.sig_name)
    ahead_s = lookahead_samples(signal_path.resampler) / record.fs
    step = round(BLOCK_SAMPLES * record.fs / DISPLAY_FS_HZ)
    detected, classified = [], []
    known: set[int] = set()
    for start in range(0, record.n_samples, step):
        events = take_samples(signal_path, network, p_signal[:, start : start + step], 0, record.fs)
        reported = {peak.r for peak in signal_path.rate.peaks if peak.is_beat}
        fresh, known = reported - known, reported
        detected += [(signal_path.k - r) / DISPLAY_FS_HZ + ahead_s for r in fresh]
        classified += [
            (event.k - event.r) / DISPLAY_FS_HZ + ahead_s for event in events if isinstance(event, BeatReady)
        ]
    return Delays(np.array(detected), np.array(classified))


def latency_rows(delays: list[Delays]) -> list[LatencyRow]:
    """The quantiles over all records together."""
    rows = []
    for at, what in enumerate(Delays._fields):
        together = np.concatenate([np.zeros(0), *(part[at] for part in delays)])
        if len(together):
            quantiles = {name: float(np.quantile(together, q)) for name, q in QUANTILES.items()}
            rows.append(LatencyRow(what, len(together), quantiles))
    return rows

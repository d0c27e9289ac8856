"""Everything that the exploration reads from one record, in one pass over its samples.

The signal path of the live monitor runs over the record: its beats give RR intervals where a data set has no beats, and
its quality of each second shows how noisy each lead is.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.bundle import read_bundle, shipped_bundle
from processors.monitor.signal_path import (
    BeatReady,
    SecondPassed,
    SignalEvent,
    flush,
    new_signal_path,
    take_samples,
)
from training.explore.annotation_facts import AnnotationFacts, annotation_facts
from training.explore.fingerprints import fingerprints
from training.explore.lead_facts import LeadFacts, LeadTally
from wardbeat.contracts.messages import DISPLAY_FS_HZ
from wardbeat.ecg.chunking import READ_S, quantise
from wardbeat.ecg.io.annotations import read_symbols
from wardbeat.ecg.io.records import Record, open_record, read_mv
from wardbeat.ecg.qrs.network import QrsNetwork, from_npz
from wardbeat.errors import RecordError

EXTENSION = "atr"


class RecordFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One record.

    Attributes
    ----------
    record : str
        Its path in the folder, without suffix.
    path : Path
    problem : str or None
        Why it, or its annotation file, can't be read. What could be read is there all the same.
    readable : bool
        Whether all samples could be read; otherwise there is nothing but the problem.
    fs, duration_s : float
    leads : list of LeadFacts
    gain : tuple of float
        ADC units per mV of each lead.
    annotations : AnnotationFacts or None
        None without an annotation file.
    detected_rr_s : ndarray of float32
        RR intervals of the monitor's own beats.
    fingerprints : ndarray of uint64
        Distinct hashes of stretches (:mod:`training.explore.fingerprints`).
    """

    record: str
    path: Path
    problem: str | None = None
    readable: bool = False
    fs: float = 0.0
    duration_s: float = 0.0
    leads: list[LeadFacts] = []
    gain: tuple[float, ...] = ()
    annotations: AnnotationFacts | None = None
    detected_rr_s: NDArray[np.float32] = np.zeros(0, np.float32)
    fingerprints: NDArray[np.uint64] = np.zeros(0, np.uint64)


class RecordsJob(NamedTuple):
    """Records of a folder that one process reads."""

    folder: Path
    paths: Sequence[Path]


def explore_records(job: RecordsJob) -> list[RecordFacts]:
    """Read the records of a job; one that can't be read becomes a row with its problem.

    Raises
    ------
    BundleError
        If the shipped QRS network can't be read.
    """
    _, networks = read_bundle(shipped_bundle())
    qrs = from_npz(networks["qrs"])
    return [explore_record(job.folder, path, qrs) for path in job.paths]


def explore_record(folder: Path, path: Path, qrs: QrsNetwork) -> RecordFacts:
    """Read one record; ``path`` is without suffix."""
    name = path.relative_to(folder).as_posix()
    try:
        record = open_record(path)
        tally, rr_s, hashes = _read_signal(record, qrs)
    except RecordError as error:
        return RecordFacts(record=name, path=path, problem=str(error))
    annotations, problem = _read_annotations(record)
    return RecordFacts(
        record=name,
        path=path,
        problem=problem,
        readable=True,
        fs=record.fs,
        duration_s=record.duration_s,
        leads=tally.facts(),
        gain=record.gain,
        annotations=annotations,
        detected_rr_s=np.array(rr_s, np.float32),
        fingerprints=np.unique(np.array(hashes, np.uint64)),
    )


def _read_annotations(record: Record) -> tuple[AnnotationFacts | None, str | None]:
    if not record.path.with_name(f"{record.name}.{EXTENSION}").is_file():
        return None, None
    try:
        annotations = read_symbols(record.path, EXTENSION)
    except RecordError as error:
        return None, str(error)
    random = np.random.default_rng(crc32(record.name.encode()))
    return annotation_facts(annotations, record.fs, record.n_samples, random), None


def _read_signal(record: Record, qrs: QrsNetwork) -> tuple[LeadTally, list[float], list[int]]:
    """The leads, the RR intervals of the monitor's beats in s, and the hashes of the stretches around them."""
    path, tally = new_signal_path(record.fs, record.sig_name), LeadTally(record.sig_name, record.fs)
    rr_s: list[float] = []
    hashes: list[int] = []
    n_block = max(1, round(READ_S * record.fs))
    for start in range(0, record.n_samples, n_block):
        stop = min(start + n_block, record.n_samples)
        p_signal = read_mv(record, start, stop)
        tally.add(p_signal)
        events = take_samples(path, qrs, p_signal, 0, record.fs)
        if stop == record.n_samples:
            events += flush(path, qrs, 0, record.fs)
        peaks = _add_events(events, tally, rr_s)
        d_signal = quantise(p_signal, record.gain, record.baseline)
        in_block = [round(peak * record.fs / DISPLAY_FS_HZ) - start for peak in peaks]
        hashes += fingerprints(d_signal, np.isfinite(p_signal), in_block, record.fs)
    return tally, rr_s, hashes


def _add_events(events: Sequence[SignalEvent], tally: LeadTally, rr_s: list[float]) -> list[int]:
    """Keep quality and intervals; the R peaks as 250 Hz samples of the record."""
    peaks = []
    for event in events:
        if isinstance(event, SecondPassed):
            tally.quality.append(event.lead_quality)
        elif isinstance(event, BeatReady):
            peaks.append(event.r)
            if event.rr is not None:
                rr_s.append(event.rr / DISPLAY_FS_HZ)
    return peaks

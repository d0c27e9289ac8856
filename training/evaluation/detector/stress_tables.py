"""Rows of the report for noise, lead faults and other detectors."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from training.data.splits import PACED
from training.evaluation.altered_records import LEAD_FAULTS
from training.evaluation.detector.compare import ROWS, DetectorResult
from training.evaluation.detector.ec57 import NONE, Counts, ScoredBeats, class_rates, count, qrs_rates, unreadable_rate
from training.evaluation.detector.latency import LatencyRow
from training.evaluation.detector.noise_stress import in_noise
from training.evaluation.detector.scored_records import ScoredRecord
from training.evaluation.detector.second_opinion import FORMS

OURS = "wardbeat, whole monitor"
CLASSIFY = (OURS, *FORMS)
"""The rows of detectors that give the class of each beat."""
INPUT_OF = dict.fromkeys(FORMS, "one lead, resampled to 500 Hz, the whole record at once; its network: 2 s ahead")

NSTDB_TOGETHER = "nstdb, all"
"""The records of nstdb at one level together: only 119 has many ventricular beats."""


class NoiseRow(msgspec.Struct, frozen=True):
    """Records at one level of noise.

    Attributes
    ----------
    source : str
        A record of nstdb, ``NSTDB_TOGETHER``, or "em mixed in".
    snr_db : float
    records : list of str
    rates : dict
        Figures of all scored minutes: from 5 min on, 2 min with noise and 2 min without in turn.
    in_noise : dict
        Figures of the noisy minutes alone.
    """

    source: str
    snr_db: float
    records: list[str]
    rates: dict[str, float]
    in_noise: dict[str, float]


class FaultRow(msgspec.Struct, frozen=True):
    """All records with one lead fault, and the record with the lowest QRS F1."""

    fault: str
    records: int
    rates: dict[str, float]
    worst: str
    worst_f1: float


class DetectorRow(msgspec.Struct, frozen=True):
    """A detector over all records; ``cost_ms`` is the CPU time in ms for each second of signal.

    ``input`` describes the signal that the detector receives; report.json has it as ``hears``. ``classes`` has the
    figures of V and S of a detector that classifies beats (without the paced records of mitdb), and none of others.
    """

    detector: str
    records: int
    missed: int
    extra: int
    rates: dict[str, float]
    input: str = msgspec.field(name="hears")
    cost_ms: float
    classes: dict[str, float] = {}


def noise_rows(
    nstdb: Sequence[tuple[Any, list[ScoredRecord]]], mixed: Sequence[tuple[float, list[ScoredRecord]]]
) -> list[NoiseRow]:
    """A row for each record of nstdb and each of its levels, and a row for each level of noise that was mixed in."""
    by_name = sorted((record for _, part in nstdb for record in part), key=lambda record: record.name)
    rows = [_noise_row(record.name[:3], _snr_db(record), [record]) for record in by_name]
    together: dict[float, list[ScoredRecord]] = defaultdict(list)
    for record in by_name:
        together[_snr_db(record)].append(record)
    rows += [_noise_row(NSTDB_TOGETHER, snr_db, part) for snr_db, part in together.items() if len(part) > 1]
    by_level: dict[float, list[ScoredRecord]] = defaultdict(list)
    for snr_db, part in mixed:
        by_level[snr_db] += part
    rows += [_noise_row("em mixed in", snr_db, records) for snr_db, records in by_level.items()]
    return sorted(rows, key=lambda row: (row.source, -row.snr_db))


def fault_rows(scored: Sequence[ScoredRecord], results: Sequence[tuple[str, list[ScoredRecord]]]) -> list[FaultRow]:
    """A row for the same records without a fault, and a row for each fault; no rows if no fault was evaluated."""
    by_fault: dict[str, list[ScoredRecord]] = {fault: [] for fault, _ in results}
    for fault, part in results:
        by_fault[fault] += part
    names = {record.name for records in by_fault.values() for record in records}
    if names:
        by_fault = {LEAD_FAULTS[0]: [record for record in scored if record.name in names]} | by_fault
    rows = []
    for fault, records in by_fault.items():
        counts = np.array([count(record.beats) for record in records])
        f1 = qrs_rates(counts)["qrs_f1"]
        worst = int(np.nanargmin(f1))
        rows.append(FaultRow(fault, len(records), _rates(counts.sum(axis=0)), records[worst].name, float(f1[worst])))
    return rows


def detector_rows(
    results: Sequence[DetectorResult], scored: Sequence[ScoredRecord], latency: Sequence[LatencyRow]
) -> list[DetectorRow]:
    """A row for our own detector, then a row for each other detector; no rows without other detectors."""
    if not results:
        return []
    detected = next((row for row in latency if row.what == "detected"), None)
    delay = f"median {detected.quantiles_s['median']:.2f} s" if detected else "no beat"
    ours = [DetectorResult("wardbeat", r.name, count(r.beats), r.cpu_s, r.duration_s) for r in scored]
    rows = [_detector_row(OURS, ours, f"all leads, live; {delay} after the R peak")]
    by_detector: dict[str, list[DetectorResult]] = defaultdict(list)
    for one in results:
        by_detector[one.detector].append(one)
    return rows + [
        _detector_row(detector, by_detector[detector], INPUT_OF.get(detector, "one lead, the whole record at once"))
        for detector in ROWS
        if detector in by_detector
    ]


def _detector_row(detector: str, results: Sequence[DetectorResult], signal: str) -> DetectorRow:
    counts = sum((one.counts for one in results), start=np.zeros_like(results[0].counts))
    cost_ms = 1000 * sum(one.cpu_s for one in results) / sum(one.signal_s for one in results)
    rates = {name: float(rate) for name, rate in qrs_rates(counts).items()}
    classes = _class_figures([one for one in results if one.record not in PACED]) if detector in CLASSIFY else {}
    missed, extra = int(counts[:NONE, NONE].sum()), int(counts[NONE].sum())
    return DetectorRow(detector, len(results), missed, extra, rates, signal, cost_ms, classes)


def _class_figures(results: Sequence[DetectorResult]) -> dict[str, float]:
    if not results:
        return {}
    return {name: float(rate) for name, rate in class_rates(np.sum([one.counts for one in results], axis=0)).items()}


def _snr_db(record: ScoredRecord) -> float:
    return float(record.name[4:].replace("_", "-"))


def _noise_row(source: str, snr_db: float, records: Sequence[ScoredRecord]) -> NoiseRow:
    beats = ScoredBeats.join([record.beats for record in records])
    noisy = beats.take(in_noise(beats.t_s))
    rates, in_noise_alone = (_rates(counts) | _unreadable(counts) for counts in (count(beats), count(noisy)))
    return NoiseRow(source, snr_db, sorted(r.name for r in records), rates, in_noise_alone)


def _unreadable(counts: Counts) -> dict[str, float]:
    return {name: float(rate) for name, rate in unreadable_rate(counts).items()}


def _rates(counts: Counts) -> dict[str, float]:
    return {name: float(rate) for name, rate in (qrs_rates(counts) | class_rates(counts)).items()}

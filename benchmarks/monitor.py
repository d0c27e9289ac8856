"""Measures how much faster than real time the whole monitor is, and the time of each stage: ``make bench``.

The chunks are decoded and go through a :class:`processors.ward.ward.Ward` as in a worker, from the filter to the
alerts, on one core with every network on one thread. There is no broker, no Redis and no dashboard. The figures are CPU
time, so other programs have little effect; still, use a quiet machine.
"""

import json
import os
import statistics
import sys
from itertools import islice, zip_longest
from pathlib import Path
from time import process_time
from typing import Any, NamedTuple

import click

from benchmarks.timers import Timers
from models.runtime import Runtime
from processors.monitor import network_inputs, session, signal_path
from processors.monitor import patient_monitor as monitor
from processors.monitor.alerting import Alerting
from processors.monitor.chunk_order import ChunkOrder
from processors.monitor.patient_monitor import PatientMonitor, config_of
from processors.monitor.rhythm.rhythm import Rhythm
from processors.monitor.rhythm.ventricular import VentricularRhythm
from processors.monitor.session import Session
from processors.ward import ward as ward_module
from processors.ward.ward import Ward
from processors.ward.warm_up import warm_up
from wardbeat.contracts import codec
from wardbeat.ecg import resample
from wardbeat.ecg.chunking import record_chunks
from wardbeat.ecg.features import beats, quality, ventricular
from wardbeat.ecg.io.excerpts import excerpts_folder
from wardbeat.ecg.io.records import Record, open_record
from wardbeat.ecg.qrs import detector as qrs

Batches = list[list[bytes]]
"""Encoded chunks; each inner list has the chunks of all patients at one time."""

LIVE_CHUNK_S = 0.5
CHUNKS_S = (0.25, 0.5, 1.0)
PATIENTS = (1, 8, 32, 100)


class Spread(NamedTuple):
    """CPU time in µs for 1 s of one patient's signal: median, smallest and largest value of several runs."""

    median: float
    least: float
    most: float

    @property
    def times_real_time(self) -> float:
        return 1e6 / self.median


def stages(networks: Runtime) -> dict[str, list[tuple[Any, str]]]:
    """The timed functions by stage, in the order in which a chunk passes them."""
    return {
        "decode": [(codec, "decode_chunk")],
        "order": [(ChunkOrder, "take")],
        "resample": [(monitor, "chunk_millivolts"), (resample, "resample")],
        "filter + QRS": [(qrs, "detect")],
        "beat measurement": [(signal_path, "_measure_beat"), (beats, "measure")],
        "windows": [(signal_path, "_cut_window"), (network_inputs, "window_inputs")],
        "ventricular + atrial": [
            (ventricular, "signal_features"), (VentricularRhythm, "network_features"),
            (VentricularRhythm, "add_answer"), (VentricularRhythm, "add_beat"), (network_inputs, "atrial_inputs"),
            (session, "add_beat"),
        ],
        "signal quality": [(quality, "assess")],
        "seconds + strips": [(signal_path, "_second"), (PatientMonitor, "_strip")],
        "rest of signal path": [(signal_path, "take_samples"), (PatientMonitor, "_take_piece")],
        "requests + batching": [
            (Ward, "take"), (ward_module, "answer_requests"), (PatientMonitor, "take_chunk"),
            (PatientMonitor, "take_answers"), (Session, "enqueue"),
        ],
        "{} network": [(networks, "run")],
        "rhythm + alerting": [(Rhythm, "add_beat"), (Rhythm, "conditions"), (Alerting, "update")],
        "outputs": [(Session, "advance")],
    }  # fmt: skip


def batches(records: list[Record], patients: int, seconds: float, chunk_s: float) -> Batches:
    """The chunks of several patients at the same time; the patients use the records in turn."""
    streams = []
    for patient in range(patients):
        record = records[patient % len(records)]
        chunks = record_chunks(
            record, stream_id=f"p{patient}", session_id=f"s{patient}", origin="replay", chunk_s=chunk_s
        )
        streams.append([codec.encode(chunk) for chunk in islice(chunks, round(seconds / chunk_s))])
    return [[chunk for chunk in together if chunk is not None] for together in zip_longest(*streams)]


def run(networks: Runtime, work: Batches) -> float:
    """CPU seconds of a new ward for these chunks."""
    ward = Ward(networks, config_of(networks.manifest.thresholds))
    begin = process_time()
    for together in work:
        ward.take([codec.decode_chunk(data) for data in together])
    return process_time() - begin


def spread(values: list[float]) -> Spread:
    return Spread(statistics.median(values), min(values), max(values))


def whole(networks: Runtime, work: Batches, signal_s: float, runs: int) -> Spread:
    """Measure the whole monitor, without timers in it."""
    return spread([run(networks, work) / signal_s * 1e6 for _ in range(runs)])


def by_stage(networks: Runtime, work: Batches, runs: int) -> dict[str, float]:
    """The proportion of each stage in the whole time, as median over runs; no times, because the timers cost time."""
    timers = Timers()
    proportions: dict[str, list[float]] = {}
    for _ in range(runs):
        with timers.around(stages(networks)):
            run(networks, work)
        together = sum(timers.own_ns.values())
        for stage, own_ns in timers.own_ns.items():
            proportions.setdefault(stage, []).append(own_ns / together)
        timers.own_ns.clear()
    return {stage: statistics.median(values) for stage, values in proportions.items()}


def load_records(paths: tuple[Path, ...]) -> tuple[list[Record], str]:
    """The given records, or the shipped excerpts without any, and a description of them."""
    if paths:
        return [open_record(path) for path in paths], ", ".join(path.name for path in paths)
    with excerpts_folder() as folder:
        headers = sorted(folder.glob("*.hea"))
        return [open_record(path.with_suffix("")) for path in headers], "the shipped MIT-BIH excerpts"


def pin_to_one_core() -> None:
    """Use only the last available core, because the first one serves interrupts; some systems do not support this."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


@click.command()
@click.option("--record", "paths", type=click.Path(path_type=Path), multiple=True, help="WFDB record, without .hea.")
@click.option("--bundle", type=click.Path(path_type=Path), help="Bundle of networks; default: the shipped one.")
@click.option("--seconds", default=60.0, show_default=True, help="Duration of the signal of each patient.")
@click.option("--patients", default=32, show_default=True, help="Number of patients at the same time.")
@click.option("--runs", default=5, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as one JSON object on the last line.")
def main(paths: tuple[Path, ...], bundle: Path | None, seconds: float, patients: int, runs: int, as_json: bool) -> None:
    """Measure the whole monitor on one core."""
    pin_to_one_core()
    networks = Runtime.load(bundle)
    warm_up(networks)
    records, what = load_records(paths)
    print(f"{what}, {seconds:g} s of each; {patients} patients at the same time; median of {runs} runs (min–max)")
    print(f"Python {sys.version}\n")
    work, signal_s = batches(records, patients, seconds, LIVE_CHUNK_S), seconds * patients
    run(networks, work)  # warm-up of the processor's caches and the allocator
    total = whole(networks, work, signal_s, runs)
    proportions = by_stage(networks, work, runs)
    _print_stages(total, proportions)

    print("\nChunk length")
    chunk_lengths = {}
    for chunk_s in CHUNKS_S:
        work = batches(records, patients, seconds, chunk_s)
        chunk_lengths[chunk_s] = whole(networks, work, signal_s, runs)
        _print_row(f"{chunk_s:g} s", chunk_lengths[chunk_s])
    print("\nPatients at the same time")
    by_patients = {}
    for n in PATIENTS:
        work = batches(records, n, seconds, LIVE_CHUNK_S)
        by_patients[n] = whole(networks, work, seconds * n, runs)
        _print_row(str(n), by_patients[n])
    print(f"\nOne core processes {int(by_patients[max(PATIENTS)].times_real_time)} such patients in real time.")
    if as_json:
        figures = {
            "records": what,
            "python": sys.version,
            "seconds": seconds,
            "patients": patients,
            "runs": runs,
            "times_real_time": round(total.times_real_time),
            "us_per_s": total._asdict(),
            "shares": proportions,
            "by_chunk_s": {str(key): figure._asdict() for key, figure in chunk_lengths.items()},
            "by_patients": {str(key): figure._asdict() for key, figure in by_patients.items()},
        }
        print(json.dumps(figures))


def _print_stages(total: Spread, proportions: dict[str, float]) -> None:
    for stage, proportion in sorted(proportions.items(), key=lambda row: -row[1]):
        print(f"  {stage:<22}{proportion * total.median:8.1f} µs/s {proportion:8.1%}")
    _print_row("whole monitor", total)


def _print_row(label: str, figure: Spread) -> None:
    times = f"{figure.times_real_time:8.0f} × real time"
    print(f"  {label:<22}{figure.median:8.1f} µs/s ({figure.least:.1f}–{figure.most:.1f}){times}")


if __name__ == "__main__":
    main()

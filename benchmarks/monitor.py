"""How much faster than real time the whole monitor is, and where its time goes: ``make bench``.

Chunks are decoded and go through a :class:`processors.ward.ward.Ward` as in a worker, filter to alert, on one core with
every network on one thread. Beside it stands no broker, no Redis and no screen. Figures are CPU time, so what else the
machine does shows little in them; still, run it on a quiet one.
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
from processors.monitor import patient_monitor as monitor
from processors.monitor import session, signal_path
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
"""Encoded chunks, those of all patients that come at one time together."""

LIVE_CHUNK_S = 0.5
CHUNKS_S = (0.25, 0.5, 1.0)
PATIENTS = (1, 8, 32, 100)


class Spread(NamedTuple):
    """Microseconds of CPU a second of one patient's signal, over runs."""

    median: float
    least: float
    most: float

    @property
    def times_real_time(self) -> float:
        return 1e6 / self.median


def stages(networks: Runtime) -> dict[str, list[tuple[Any, str]]]:
    """What is timed, by stage, in the order that a chunk passes through."""
    return {
        "decode": [(codec, "decode_chunk")],
        "order": [(ChunkOrder, "take")],
        "resample": [(monitor, "chunk_millivolts"), (resample, "resample")],
        "filter + QRS": [(qrs, "detect")],
        "beat measurement": [(signal_path, "_measure_beat"), (beats, "measure")],
        "windows": [(signal_path, "_cut_window"), (session, "window_inputs")],
        "ventricular + atrial": [
            (ventricular, "signal_features"), (VentricularRhythm, "network_features"),
            (VentricularRhythm, "add_answer"), (VentricularRhythm, "add_beat"), (session, "atrial_inputs"),
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
    """Chunks of so many patients side by side, who share out the records among themselves."""
    streams = []
    for patient in range(patients):
        record = records[patient % len(records)]
        chunks = record_chunks(
            record, stream_id=f"p{patient}", session_id=f"s{patient}", origin="replay", chunk_s=chunk_s
        )
        streams.append([codec.encode(chunk) for chunk in islice(chunks, round(seconds / chunk_s))])
    return [[chunk for chunk in together if chunk is not None] for together in zip_longest(*streams)]


def run(networks: Runtime, work: Batches) -> float:
    """CPU seconds that a new ward takes for it."""
    ward = Ward(networks, config_of(networks.manifest.thresholds))
    begin = process_time()
    for together in work:
        ward.take([codec.decode_chunk(data) for data in together])
    return process_time() - begin


def spread(values: list[float]) -> Spread:
    return Spread(statistics.median(values), min(values), max(values))


def whole(networks: Runtime, work: Batches, signal_s: float, runs: int) -> Spread:
    """The whole monitor, nothing timed in it."""
    return spread([run(networks, work) / signal_s * 1e6 for _ in range(runs)])


def by_stage(networks: Runtime, work: Batches, runs: int) -> dict[str, float]:
    """Each stage's share of the whole, the median over runs; the timers themselves cost something, so no times."""
    timers = Timers()
    shares: dict[str, list[float]] = {}
    for _ in range(runs):
        with timers.around(stages(networks)):
            run(networks, work)
        together = sum(timers.own_ns.values())
        for stage, own_ns in timers.own_ns.items():
            shares.setdefault(stage, []).append(own_ns / together)
        timers.own_ns.clear()
    return {stage: statistics.median(values) for stage, values in shares.items()}


def load_records(paths: tuple[Path, ...]) -> tuple[list[Record], str]:
    """The records asked for, else the shipped excerpts, and what they are."""
    if paths:
        return [open_record(path) for path in paths], ", ".join(path.name for path in paths)
    with excerpts_folder() as folder:
        found = sorted(folder.glob("*.hea"))
        return [open_record(path.with_suffix("")) for path in found], "the shipped MIT-BIH excerpts"


def pin_to_one_core() -> None:
    """The last core that we may use: the first has the interrupts. Not every system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


@click.command()
@click.option("--record", "paths", type=click.Path(path_type=Path), multiple=True, help="WFDB record, without .hea.")
@click.option("--bundle", type=click.Path(path_type=Path), help="Of networks; the shipped one by default.")
@click.option("--seconds", default=60.0, show_default=True, help="Of signal a patient.")
@click.option("--patients", default=32, show_default=True, help="Side by side.")
@click.option("--runs", default=5, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="The figures as one object, on the last line.")
def main(paths: tuple[Path, ...], bundle: Path | None, seconds: float, patients: int, runs: int, as_json: bool) -> None:
    """Measure the whole monitor on one core."""
    pin_to_one_core()
    networks = Runtime.load(bundle)
    warm_up(networks)
    records, what = load_records(paths)
    print(f"{what}, {seconds:g} s of each; {patients} patients side by side; median of {runs} runs (least–most)")
    print(f"Python {sys.version}\n")
    work, signal_s = batches(records, patients, seconds, LIVE_CHUNK_S), seconds * patients
    run(networks, work)  # what the processor and the allocator learn is learnt
    total = whole(networks, work, signal_s, runs)
    shares = by_stage(networks, work, runs)
    _print_stages(total, shares)

    print("\nLength of a chunk")
    chunk_lengths = {}
    for chunk_s in CHUNKS_S:
        work = batches(records, patients, seconds, chunk_s)
        chunk_lengths[chunk_s] = whole(networks, work, signal_s, runs)
        _print_row(f"{chunk_s:g} s", chunk_lengths[chunk_s])
    print("\nPatients side by side")
    side_by_side = {}
    for n in PATIENTS:
        work = batches(records, n, seconds, LIVE_CHUNK_S)
        side_by_side[n] = whole(networks, work, seconds * n, runs)
        _print_row(str(n), side_by_side[n])
    print(f"\nOne core carries {int(side_by_side[max(PATIENTS)].times_real_time)} such patients in real time, alone.")
    if as_json:
        figures = {
            "records": what,
            "python": sys.version,
            "seconds": seconds,
            "patients": patients,
            "runs": runs,
            "times_real_time": round(total.times_real_time),
            "us_per_s": total._asdict(),
            "shares": shares,
            "by_chunk_s": {str(key): figure._asdict() for key, figure in chunk_lengths.items()},
            "by_patients": {str(key): figure._asdict() for key, figure in side_by_side.items()},
        }
        print(json.dumps(figures))


def _print_stages(total: Spread, shares: dict[str, float]) -> None:
    for stage, share in sorted(shares.items(), key=lambda row: -row[1]):
        print(f"  {stage:<22}{share * total.median:8.1f} µs/s {share:8.1%}")
    _print_row("the whole", total)


def _print_row(label: str, figure: Spread) -> None:
    times = f"{figure.times_real_time:8.0f} × real time"
    print(f"  {label:<22}{figure.median:8.1f} µs/s ({figure.least:.1f}–{figure.most:.1f}){times}")


if __name__ == "__main__":
    main()

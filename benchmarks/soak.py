"""Runs a whole ward for some time and measures its memory and its lag: ``make soak``.

The processes are those of ``make chaos``, without faults. Memory is the proportional set size of each process, sampled
every 2 s. The slope leaves out the first quarter of the run (``WARM_UP``, at least ``WARM_UP_S``): then the caches are
full, the buffers and learned beats of each monitor have their final size, and the Java heaps have been collected. The
worker measures the lag: the age of the newest ECG of a stream when the worker has written all outputs for it.
"""

import json
import math
import sys
import tempfile
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, NamedTuple

import click
import numpy as np
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.fleet import PARTITIONS, START_LIMIT_S, Fleet, FleetOptions
from benchmarks.memory import Slope, memory_mb, slope_of
from wardbeat.ecg.io.excerpts import excerpts_folder
from wardbeat.embedded.interrupts import Interrupts, interruptible, then_ignore_signals
from wardbeat.errors import WardbeatError

SAMPLE_S: Final = 2.0
WARM_UP: Final = 0.25
WARM_UP_S: Final = 60.0
BEGINNING_S: Final = 20.0
"""The lag is measured from here on, because the partitions are assigned in the first seconds."""
LONGEST_LAG_S: Final = 1.0
LAG: Final = "wardbeat_worker_lag_seconds"
HTTP_TIMEOUT_S: Final = 2.0


class Samples:
    """The measurements of a ward.

    Attributes
    ----------
    memory_mb : dict of lists
        (seconds of the run, MB) by process.
    lag_s : list of float
        Lag of every stream at every sample.
    unanswered : int
        How often a worker did not answer the request for its lag.
    seconds : float
        Time of the last sample in the run.
    """

    def __init__(self) -> None:
        self.memory_mb: dict[str, list[tuple[float, float]]] = {}
        self.lag_s: list[float] = []
        self.unanswered = 0
        self.seconds = 0.0

    def take(self, fleet: Fleet, now_s: float) -> None:
        """Take one sample of every process."""
        self.seconds = now_s
        for name, pid in fleet.processes.items():
            mb = memory_mb(pid)
            if mb is not None:
                self.memory_mb.setdefault(name, []).append((now_s, mb))
        if now_s < BEGINNING_S:
            return
        for port in fleet.metrics_ports:
            lags = lags_of(port)
            self.unanswered += lags is None
            self.lag_s += lags or []


class ProcessMemory(NamedTuple):
    """Memory of one process: last and largest value in MB, and the growth after the warm-up."""

    last_mb: float
    most_mb: float
    slope: Slope | None


def lags_of(port: int) -> list[float] | None:
    """The lag of every stream of the worker with this metrics port; None if the worker does not answer."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=HTTP_TIMEOUT_S) as answer:
            text = answer.read().decode()
    except OSError:
        return None
    families = text_string_to_metric_families(text)
    return [sample.value for family in families if family.name == LAG for sample in family.samples]


def memory_of(samples: list[tuple[float, float]], warm_up_s: float) -> ProcessMemory:
    """The memory of one process; the slope begins after the warm-up."""
    warm = [(at_s, mb) for at_s, mb in samples if at_s >= warm_up_s]
    slope = slope_of([at_s for at_s, _ in warm], [mb for _, mb in warm])
    return ProcessMemory(samples[-1][1], max(mb for _, mb in samples), slope)


def watch(fleet: Fleet, minutes: float, samples: Samples, interrupts: Interrupts) -> None:
    """Take samples for ``minutes``; Ctrl-C ends the run earlier."""
    began_s = time.monotonic()
    try:
        while (now_s := time.monotonic() - began_s) < minutes * 60:
            interrupts.check()
            samples.take(fleet, now_s)
            fleet.restart_ended()
            time.sleep(max(0.0, SAMPLE_S - (time.monotonic() - began_s - now_s)))
    except KeyboardInterrupt:
        print("Interrupted; the report has the samples up to now.", flush=True)


def report(options: FleetOptions, samples: Samples, restarts: list[str]) -> dict[str, Any]:
    """Print the report; gives the figures for ``--json``."""
    warm_up_s = max(WARM_UP_S, WARM_UP * samples.seconds)
    rows = {name: memory_of(taken, warm_up_s) for name, taken in sorted(samples.memory_mb.items())}
    print(f"\nMemory over {samples.seconds / 60:.1f} min; slope after the first {warm_up_s:.0f} s (95 % interval)")
    for name, row in rows.items():
        growth = "too short for a slope"
        if row.slope:
            growth = "{:+8.1f} MB/h ({:+.1f} to {:+.1f})".format(*row.slope)
        print(f"  {name:<10} {row.last_mb:8.1f} MB, at most {row.most_mb:8.1f}   {growth}")
    p50, p99, most = np.percentile(samples.lag_s, [50, 99, 100]).tolist() if samples.lag_s else (math.inf,) * 3
    print(f"Lag: p50 {p50:.3f} s, p99 {p99:.3f} s, at most {most:.3f} s, in {len(samples.lag_s)} samples of a stream")
    for name in restarts:
        print(f"Ended by itself and was started again: {name}")
    return {
        "patients": options.patients,
        "workers": options.workers,
        "minutes": round(samples.seconds / 60, 2),
        "warm_up_s": round(warm_up_s, 1),
        "lag_s": {"p50": round(p50, 4), "p99": round(p99, 4), "max": round(most, 4)},
        "memory": {
            name: {
                "last_mb": round(row.last_mb, 1),
                "most_mb": round(row.most_mb, 1),
                "mb_per_h": row.slope and [round(one, 1) for one in row.slope],
            }
            for name, row in rows.items()
        },
        "restarts": len(restarts),
        "unanswered": samples.unanswered,
        "passed": p99 < LONGEST_LAG_S and not restarts,
    }


@click.command()
@click.option("--minutes", type=click.FloatRange(0, min_open=True), default=20.0, show_default=True)
@click.option("--patients", type=click.IntRange(1), default=100, show_default=True)
@click.option("--workers", type=click.IntRange(1, PARTITIONS), default=2, show_default=True)
@click.option(
    "--records", type=click.Path(path_type=Path, file_okay=False), help="WFDB records; default: the excerpts."
)
@click.option("--logs", type=click.Path(path_type=Path, file_okay=False), help="Keep the logs of all processes here.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as one JSON object on the last line.")
def main(minutes: float, patients: int, workers: int, records: Path | None, logs: Path | None, as_json: bool) -> None:
    """Run a whole ward and measure its memory and its lag. Exit code 0: 99 % of the lags are below 1 s, no restart."""
    with interruptible() as interrupts, ExitStack() as stack, then_ignore_signals():
        folder = records or stack.enter_context(excerpts_folder())
        temporary = tempfile.TemporaryDirectory(prefix="wardbeat-soak-", ignore_cleanup_errors=True)
        kept = logs or Path(stack.enter_context(temporary))
        kept.mkdir(parents=True, exist_ok=True)
        options = FleetOptions(folder.resolve(), patients, minutes * 60 + START_LIMIT_S, workers)
        fleet = Fleet(kept.resolve(), options, stack, lambda text: print(text, flush=True))
        samples = Samples()
        try:
            fleet.start()
            fleet.begin_replay()
            print(f"Patients: {patients}, for {minutes:g} min", flush=True)
            watch(fleet, minutes, samples, interrupts)
        except WardbeatError as error:
            print(f"soak: {error}", file=sys.stderr)
            sys.exit(2)
        figures = report(options, samples, fleet.restarts)
    if as_json:
        print(json.dumps(figures))
    sys.exit(0 if figures["passed"] else 1)


if __name__ == "__main__":
    main()

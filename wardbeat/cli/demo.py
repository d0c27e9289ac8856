"""``wardbeat demo``: start a whole ward on this machine, from the broker to the patients."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from wardbeat.cli.values import SOURCE, Number, Whole
from wardbeat.contracts import rules

if TYPE_CHECKING:
    from wardbeat.embedded.demo import DemoSummary
    from wardbeat.store.live_store import WorkerHealth

INTERRUPTED = 130
"""The exit code after Ctrl-C before the ward was up, as in shells."""


@click.command()
@click.option(
    "--records",
    type=SOURCE,
    help="Folder of WFDB records; WARDBEAT_RECORDS, else the real excerpts that ship with Wardbeat.",
)
@click.option("--synthetic", is_flag=True, help="Synthetic patients instead of records.")
@click.option("--patients", type=Whole(rules.PATIENTS), default=8, show_default=True, help="Number of patients.")
@click.option(
    "--duration",
    "duration_s",
    type=Number(rules.DURATION_S),
    help="Seconds of ECG a patient, then end; without it, until Ctrl-C.",
)
@click.option(
    "--speed",
    type=Number(rules.SPEED),
    default=1.0,
    show_default=True,
    help="Multiple of real time; 0 is full speed.",
)
@click.option(
    "--port",
    type=Whole(rules.PORT),
    help="Port of the dashboard, 0 for a free one; without it, WARDBEAT_DASHBOARD_PORT or 8050 if free.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON object in the last line.")
def command(
    records: Path | None,
    synthetic: bool,
    patients: int,
    duration_s: float | None,
    speed: float,
    port: int | None,
    as_json: bool,
) -> None:
    """Start a whole ward on this machine: broker, Redis, worker, dashboard, patients.

    It needs no Docker and no Java. It prints the address of the dashboard and runs until Ctrl-C. Then it stops all its
    processes and removes its files.
    """
    from wardbeat.embedded.demo import DemoOptions, run_demo
    from wardbeat.errors import ServiceError

    options = DemoOptions(records, synthetic, patients, duration_s, speed, port)
    try:
        with screen() as (report_step, show_health):
            summary = run_demo(options, report_step, show_health)
    except KeyboardInterrupt:
        click.echo("Stopped before it was done; nothing is left running.", err=True)
        raise SystemExit(INTERRUPTED) from None
    click.echo(msgspec.json.encode(summary).decode() if as_json else in_words(summary))
    if summary.chunks_received < summary.chunks_sent:
        raise ServiceError(
            f"the worker received {summary.chunks_received} of {summary.chunks_sent} chunks; "
            "this machine is too slow for that many patients, try fewer"
        )


@contextmanager
def screen() -> Iterator[tuple[Callable[[str], None], "Callable[[WorkerHealth | None], None]"]]:
    """Two callbacks: one prints a step with its time, the other shows the health of the worker on a terminal."""
    from rich.console import Console

    start_s = time.monotonic()
    console = Console(stderr=True)
    status = console.status("") if console.is_terminal else None

    def report_step(step: str) -> None:
        click.echo(f"{time.monotonic() - start_s:6.1f} s  {step}")

    def show_health(health: "WorkerHealth | None") -> None:
        if status is not None:
            status.start()
            status.update(
                f"{health.streams} patients · {health.chunks_received} chunks received · {health.lag} waiting"
                if health
                else "the worker reports nothing"
            )

    try:
        yield report_step, show_health
    finally:
        if status is not None:
            status.stop()


def in_words(summary: "DemoSummary") -> str:
    """The summary as lines of text."""
    raised = sum(sum(codes.values()) for codes in summary.alerts.values())
    latency = summary.latency_ms
    lines = [
        f"{summary.patients} patients, {summary.chunks_sent} chunks sent, {summary.chunks_received} received",
        f"{summary.beats} beats, {summary.windows} windows, {raised} alerts",
        *(
            f"  {stream:<16} " + ", ".join(f"{code} {count}" for code, count in sorted(codes.items()))
            for stream, codes in sorted(summary.alerts.items())
        ),
    ]
    if latency["p50"] is not None and latency["p99"] is not None:
        lines.append(f"from the sample to the alert: p50 {latency['p50']:.0f} ms, p99 {latency['p99']:.0f} ms")
    return "\n".join(lines)

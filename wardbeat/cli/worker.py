"""``wardbeat worker``: one process that monitors patients."""

import asyncio
import json
import logging
import os
import sys
from pathlib import Path

import click

from wardbeat.cli.values import FILE_TO_WRITE


@click.command(
    help="Monitor the patients whose ECG comes through Kafka, until Ctrl-C or SIGTERM. Start as many as needed."
)
@click.option("--summary", type=FILE_TO_WRITE, help="File for the counts, written at the end.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as one JSON object at the end.")
@click.option("-v", "--verbose", is_flag=True, help="Log more.")
def command(summary: Path | None, as_json: bool, verbose: bool) -> None:
    from models.runtime import Runtime
    from processors.monitor.patient_monitor import config_of
    from processors.worker.app import run_worker
    from processors.worker.telemetry.counts import WorkerCounts
    from processors.worker.telemetry.metrics import NEEDS
    from wardbeat.observability import logs
    from wardbeat.observability.instruments import Instruments, serve_instruments
    from wardbeat.settings import settings

    config = settings()
    logs.configure(as_json=config.log_json, level=logging.INFO if verbose else logging.WARNING)
    counts = WorkerCounts()
    instruments = Instruments(NEEDS)
    with serve_instruments(instruments, config.metrics_host, config.metrics_port):
        networks = Runtime.load(config.bundle)
        monitor_config = config_of(networks.manifest.thresholds)
        in_order = asyncio.run(run_worker(config, networks, counts, instruments, monitor_config))
    text = json.dumps(counts.summary())
    if summary is not None:
        _write_summary(summary, text)
    if as_json:
        click.echo(text)
    if not in_order:
        sys.stdout.flush()
        os._exit(0)  # all outputs are written; do not wait for threads that still call a dead broker


def _write_summary(path: Path, text: str) -> None:
    from wardbeat.atomic_files import atomic_file

    path.parent.mkdir(parents=True, exist_ok=True)  # it was there when the worker started
    with atomic_file(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")

"""``wardbeat worker``: one process that monitors patients."""

import asyncio
import json
import logging
import os
import sys
from pathlib import Path

import click


@click.command(help="Monitor the patients that Kafka brings, until told to stop. Start as many as are needed.")
@click.option("--summary", type=click.Path(path_type=Path, dir_okay=False), help="Write what was done here at the end.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as one JSON object at the end.")
@click.option("-v", "--verbose", is_flag=True, help="Say more.")
def command(summary: Path | None, as_json: bool, verbose: bool) -> None:
    from models.runtime import Runtime
    from processors.monitor.patient_monitor import config_of
    from processors.worker.app import run_worker
    from processors.worker.telemetry.counts import Counts
    from processors.worker.telemetry.metrics import NEEDS
    from wardbeat.observability import logs
    from wardbeat.observability.instruments import Instruments, shown
    from wardbeat.settings import settings

    config = settings()
    logs.configure(as_json=config.log_json, level=logging.INFO if verbose else logging.WARNING)
    counts = Counts()
    instruments = Instruments(NEEDS)
    with shown(instruments, config.metrics_host, config.metrics_port):
        networks = Runtime.load(config.bundle)
        monitor_config = config_of(networks.manifest.thresholds)
        in_order = asyncio.run(run_worker(config, networks, counts, instruments, monitor_config))
    text = json.dumps(counts.summary())
    if summary is not None:
        _write_atomically(summary, text)
    if as_json:
        click.echo(text)
    if not in_order:
        sys.stdout.flush()
        os._exit(0)  # all that matters is written; waiting for threads that call a dead broker helps nobody


def _write_atomically(path: Path, text: str) -> None:
    """Write a whole file or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".part")
    partial.write_text(text + "\n", encoding="utf-8")
    partial.replace(path)

"""``wardbeat annotate``: the live detector over records, its findings as files."""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import click
import msgspec


@click.command(name="annotate")
@click.option("--records", "folder", type=click.Path(path_type=Path), required=True, help="Folder of WFDB records.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write to; made if missing.")
@click.option("--bundle", type=click.Path(path_type=Path), help="Model bundle; the shipped one without.")
@click.option(
    "--chunk-s", type=click.FloatRange(0, 1, min_open=True), default=0.5, show_default=True, help="Seconds a chunk."
)
@click.option("--jobs", type=click.IntRange(1), help="Processes; as many as there are cores without.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")
@click.argument("names", nargs=-1)
def command(
    folder: Path, out: Path, bundle: Path | None, chunk_s: float, jobs: int | None, as_json: bool, names: Sequence[str]
) -> None:
    """Run the live detector over records and write NAME.wb, NAME.status.jsonl and NAME.alerts.jsonl for each.

    NAMES are records of the folder; all of them without any.
    """
    from rich.console import Console
    from rich.progress import Progress

    from wardbeat.ecg.records import find_records, open_record

    paths = list(dict.fromkeys(find_records(folder, names)))
    seconds = {path: open_record(path).duration_s for path in paths}  # all are checked before any is begun
    _check_names_differ(paths)
    _make_folder(out)
    began = time.monotonic()
    done: list[dict[str, Any]] = []
    jobs = min(jobs or os.cpu_count() or 1, len(paths))
    groups = _groups(sorted(paths, key=lambda path: -seconds[path]), jobs)
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("records", total=len(paths))
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin_worker) as pool:
            futures: list[Future[list[dict[str, Any]]]] = [
                pool.submit(_annotate_group, group, out, bundle, chunk_s) for group in groups
            ]
            try:
                for future in as_completed(futures):
                    done += future.result()
                    progress.update(task, completed=len(done))
            except BaseException:
                for worker in multiprocessing.active_children():
                    worker.terminate()
                pool.shutdown(wait=True, cancel_futures=True)
                raise
    _report(done, sum(seconds.values()), time.monotonic() - began, out, as_json)


def _groups(paths: Sequence[Path], jobs: int) -> list[list[Path]]:
    """Records for one process at a time: few enough that no core waits for the last group, and of like length."""
    from processors.annotate import TOGETHER

    size = max(1, min(TOGETHER, -(-len(paths) // jobs)))
    return [list(paths[begin : begin + size]) for begin in range(0, len(paths), size)]


def _begin_worker() -> None:
    """Ctrl-C is for the command, which then ends its workers; a worker whose command was killed goes as well."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was being written is taken away again
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _annotate_group(paths: list[Path], out: Path, bundle: Path | None, chunk_s: float) -> list[dict[str, Any]]:
    """Runs in a process of its own."""
    from models.runtime import Runtime
    from processors.annotate import annotate, write_annotations
    from processors.monitor import config_of

    summaries = []
    networks = Runtime.load(bundle)
    config = config_of(networks.manifest.thresholds)
    for name, found in annotate(paths, networks, config=config, chunk_s=chunk_s):
        write_annotations(out, name, found)
        summaries.append(
            {
                "record": name,
                "beats": dict(sorted(Counter(beat.symbol for beat in found.beats).items())),
                "windows": found.windows,
                "alerts": dict(sorted(Counter(alert.code for alert in found.alerts.values()).items())),
            }
        )
    return summaries


def _make_folder(out: Path) -> None:
    from wardbeat.errors import SettingsError

    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"--out {out}: can't be made a folder ({error.strerror}); give another") from error


def _check_names_differ(paths: Sequence[Path]) -> None:
    from wardbeat.errors import RecordError

    twice = [name for name, count in Counter(path.name for path in paths).items() if count > 1]
    if twice:
        raise RecordError(f"record {twice[0]!r}: the name stands in two folders, and would be written twice; give one")


def _report(done: list[dict[str, Any]], seconds: float, took_s: float, out: Path, as_json: bool) -> None:
    done.sort(key=lambda row: str(row["record"]))
    beats = sum(sum(row["beats"].values()) for row in done)
    alerts = sum(sum(row["alerts"].values()) for row in done)
    if as_json:
        report = {"records": done, "beats": beats, "alerts": alerts, "signal_s": seconds, "took_s": round(took_s, 2)}
        click.echo(msgspec.json.encode(report).decode())
        return
    for row in done:
        counts = "  ".join(f"{symbol} {count}" for symbol, count in row["beats"].items())
        listed = ", ".join(f"{code} {count}" for code, count in row["alerts"].items()) or "no alerts"
        click.echo(f"{row['record']:>10}  {counts or 'no beats':<40}  {listed}")
    click.echo(
        f"{len(done)} records, {seconds / 3600:.1f} h of signal in {took_s:.1f} s: "
        f"{beats} beats, {alerts} alerts in {out}"
    )

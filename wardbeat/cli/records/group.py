"""``wardbeat records``: what is in a folder of records, whether it is whole, and where to get more."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
import msgspec

DEFAULT_FOLDER = Path("out") / "records"


@click.group(name="records")
def command() -> None:
    """List, check and download recordings."""


@command.command(name="list")
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("names", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")
def list_(folder: Path, names: tuple[str, ...], as_json: bool) -> None:
    """List the records in FOLDER, with what is wrong with them."""
    rows = list(_rows(folder, names, read_samples=False))
    _print(rows, as_json)


@command.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("names", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")
def check(folder: Path, names: tuple[str, ...], as_json: bool) -> None:
    """Read every sample of the records in FOLDER; exit code 2 if one can't be used."""
    from wardbeat.errors import RecordError

    rows = list(_rows(folder, names, read_samples=True))
    _print(rows, as_json)
    bad = [row for row in rows if row["problem"]]
    if bad:
        raise RecordError(f"{len(bad)} of {len(rows)} records can't be used, the first: {bad[0]['problem']}")


@command.command()
@click.argument("database")
@click.option(
    "--to", "folder", type=click.Path(path_type=Path), help="Folder to write to; out/records/DATABASE without."
)
@click.option("--version", default="1.0.0", show_default=True, help="Version of the database.")
@click.option("--mirror", help="Address that serves the same files as physionet.org/files.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")
def download(database: str, folder: Path | None, version: str, mirror: str | None, as_json: bool) -> None:
    """Download a PhysioNet DATABASE (mitdb is one); run again, it fetches only what is missing."""
    from rich.console import Console
    from rich.progress import Progress

    from wardbeat.ecg.io.download import PHYSIONET, DownloadProgress, download_database
    from wardbeat.ecg.io.records import find_records

    target = folder or DEFAULT_FOLDER / database
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(database, total=None)

        def show(state: DownloadProgress) -> None:
            progress.update(task, completed=state.done, total=state.total, description=f"{database} {state.file}")

        fetched = download_database(database, target, version=version, base_url=mirror or PHYSIONET, on_progress=show)
    records = len(find_records(target))
    if as_json:
        click.echo(msgspec.json.encode({"folder": str(target), "records": records, "fetched_files": fetched}).decode())
    else:
        click.echo(
            f"{records} records in {target}, {fetched} files fetched; `wardbeat records check {target}` reads them"
        )


def _rows(folder: Path, names: tuple[str, ...], read_samples: bool) -> Iterable[dict[str, Any]]:
    from rich.console import Console
    from rich.progress import track

    from wardbeat.ecg.io.records import find_records

    paths = find_records(folder, names)
    console = Console(stderr=True)
    shown = track(paths, "records", console=console, transient=True, disable=not console.is_terminal)
    return (_row(path, read_samples) for path in shown)


def _row(path: Path, read_samples: bool) -> dict[str, Any]:
    from wardbeat.ecg.io.annotations import read_beats
    from wardbeat.ecg.io.records import open_record
    from wardbeat.errors import RecordError

    row: dict[str, Any] = {
        "record": path.name,
        "fs": None,
        "leads": [],
        "duration_s": None,
        "beats": None,
        "problem": None,
    }
    try:
        record = open_record(path)
        row |= {"fs": record.fs, "leads": record.sig_name, "duration_s": round(record.duration_s, 3)}
        if path.with_name(f"{path.name}.atr").is_file():
            row["beats"] = len(read_beats(path))
        if read_samples:
            row["valid"] = _valid_fraction(path)
    except RecordError as error:
        row["problem"] = str(error)
    return row


def _valid_fraction(path: Path) -> float:
    """The share of valid samples; reads all of them."""
    import numpy as np

    from wardbeat.contracts.messages import INVALID_SAMPLE
    from wardbeat.ecg.chunking import record_chunks
    from wardbeat.ecg.io.records import open_record

    record = open_record(path)
    invalid = sum(
        int(np.count_nonzero(chunk.d_signal() == INVALID_SAMPLE))
        for chunk in record_chunks(record, stream_id="check", session_id="check", origin="replay")
    )
    return round(1 - invalid / (record.n_samples * len(record.sig_name)), 4)


def _print(rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode({"records": rows}).decode())
        return
    for row in rows:
        if row["problem"]:
            click.echo(f"{row['record']:<16} {row['problem']}")
            continue
        beats = f"{row['beats']} reference beats" if row["beats"] is not None else "not annotated"
        valid = f"   {row['valid'] * 100:.1f} % valid" if "valid" in row else ""
        click.echo(
            f"{row['record']:<16} {row['fs']:>7g} Hz  {row['duration_s'] / 60:>8.1f} min   {beats:<22} "
            f"{', '.join(row['leads'])}{valid}"
        )
    click.echo(f"{len(rows)} records, {sum(bool(row['problem']) for row in rows)} with a problem")

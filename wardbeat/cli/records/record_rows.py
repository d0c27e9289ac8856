"""Reads records into rows and prints the rows, for the commands that list and check records."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
import msgspec


def record_rows(folder: Path, names: tuple[str, ...], read_samples: bool) -> Iterable[dict[str, Any]]:
    """One row a record of the folder: name, rate, leads, length, reference beats, problem.

    With ``read_samples`` a row also has ``valid``, the proportion of valid samples.

    Raises
    ------
    RecordError
        If the folder is missing or has no such records. Problems of a single record stand in its row.
    """
    from rich.console import Console
    from rich.progress import track

    from wardbeat.ecg.io.records import find_records

    paths = find_records(folder, names)
    console = Console(stderr=True)
    tracked = track(paths, "records", console=console, transient=True, disable=not console.is_terminal)
    return (_row(path, read_samples) for path in tracked)


def print_rows(rows: list[dict[str, Any]], as_json: bool) -> None:
    """Print the rows as lines or as one JSON object."""
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


def _row(path: Path, read_samples: bool) -> dict[str, Any]:
    from wardbeat.ecg.io.annotations import read_beats
    from wardbeat.ecg.io.records import open_record
    from wardbeat.errors import CodecError, RecordError

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
            row["valid"] = _valid_proportion(path)
    except (RecordError, CodecError) as error:
        row["problem"] = str(error)
    return row


def _valid_proportion(path: Path) -> float:
    """The proportion of valid samples, 0 to 1. Reads all samples, and checks them by the rules of the workers."""
    import numpy as np

    from wardbeat.contracts.codec import check_chunk
    from wardbeat.contracts.messages import INVALID_SAMPLE
    from wardbeat.ecg.chunking import record_chunks
    from wardbeat.ecg.io.records import open_record

    record = open_record(path)
    invalid = 0
    for chunk in record_chunks(record, stream_id="check", session_id="check", origin="replay"):
        check_chunk(chunk)
        invalid += int(np.count_nonzero(chunk.d_signal() == INVALID_SAMPLE))
    return round(1 - invalid / (record.n_samples * len(record.sig_name)), 4)

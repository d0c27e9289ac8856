"""Reads records into rows and prints the rows, for the commands that list and check records."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from wardbeat.ecg.selection.wanted import WantedLeads

if TYPE_CHECKING:
    from wardbeat.ecg.io.records import Record


def record_rows(
    folder: Path, names: tuple[str, ...], leads: WantedLeads, read_samples: bool
) -> Iterable[dict[str, Any]]:
    """One row a record of the folder: name, rate, leads and other signals with the reason, length, beats, problem.

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
    leads.check_records(path.name for path in paths)
    console = Console(stderr=True)
    tracked = track(paths, "records", console=console, transient=True, disable=not console.is_terminal)
    return (_row(path, leads.of(path.name), read_samples) for path in tracked)


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
            f"{row['choice']}{valid}"
        )
    click.echo(f"{len(rows)} records, {sum(bool(row['problem']) for row in rows)} with a problem")


def _row(path: Path, leads: tuple[str, ...], read_samples: bool) -> dict[str, Any]:
    from wardbeat.ecg.io.annotations import read_beats
    from wardbeat.ecg.io.records import open_record
    from wardbeat.errors import RecordError

    row: dict[str, Any] = {
        "record": path.name,
        "fs": None,
        "leads": [],
        "choice": "",
        "left_out": [],
        "duration_s": None,
        "beats": None,
        "problem": None,
    }
    try:
        record = open_record(path, leads)
        row |= {"fs": record.fs, "leads": record.sig_name, "duration_s": round(record.duration_s, 3)}
        row |= {"choice": str(record.choice), "left_out": record.left_out}
        if path.with_name(f"{path.name}.atr").is_file():
            row["beats"] = len(read_beats(path, leads=leads))
        if read_samples:
            row["valid"] = _valid_proportion(record)
    except RecordError as error:
        row["problem"] = str(error)
    return row


def _valid_proportion(record: "Record") -> float:
    """The proportion of valid samples, 0 to 1. Reads all samples, and checks the chunks that a ward would receive.

    Raises
    ------
    RecordError
        If samples can't be read, or a chunk breaks its contract.
    """
    import numpy as np

    from wardbeat.contracts.codec import check_chunk
    from wardbeat.contracts.messages import INVALID_SAMPLE
    from wardbeat.ecg.chunking import record_chunks
    from wardbeat.errors import CodecError, RecordError

    invalid = 0
    for chunk in record_chunks(record, stream_id="check", session_id="check", origin="replay"):
        try:
            check_chunk(chunk)
        except CodecError as error:
            raise RecordError(f"{record.path}: no ward takes it, {error}; correct its header") from error
        invalid += int(np.count_nonzero(chunk.d_signal() == INVALID_SAMPLE))
    return round(1 - invalid / (record.n_samples * len(record.sig_name)), 4)

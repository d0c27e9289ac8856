"""``wardbeat records list``: the records in a folder, from their headers."""

from pathlib import Path

import click

from wardbeat.cli.options import json_option
from wardbeat.cli.records.record_rows import print_rows, record_rows
from wardbeat.cli.values import RECORD, SOURCE


@click.command(name="list")
@click.argument("folder", type=SOURCE)
@click.argument("names", type=RECORD, nargs=-1)
@json_option
def command(folder: Path, names: tuple[str, ...], as_json: bool) -> None:
    """List the records in FOLDER and their problems."""
    print_rows(list(record_rows(folder, names, read_samples=False)), as_json)

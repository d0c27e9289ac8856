"""``wardbeat records list``: the records in a folder, from their headers."""

from pathlib import Path

import click

from wardbeat.cli.options import json_option, leads_option
from wardbeat.cli.records.record_rows import print_rows, record_rows
from wardbeat.cli.values import RECORD, SOURCE
from wardbeat.ecg.selection.wanted import wanted_leads


@click.command(name="list")
@leads_option
@click.argument("folder", type=SOURCE)
@click.argument("names", type=RECORD, nargs=-1)
@json_option
def command(leads: tuple[str, ...], folder: Path, names: tuple[str, ...], as_json: bool) -> None:
    """List the records in FOLDER and their problems."""
    print_rows(list(record_rows(folder, names, wanted_leads(leads), read_samples=False)), as_json)

"""``wardbeat records check``: read every sample of the records in a folder."""

from pathlib import Path

import click

from wardbeat.cli.options import json_option, leads_option
from wardbeat.cli.records.record_rows import print_rows, record_rows
from wardbeat.cli.values import RECORD, SOURCE
from wardbeat.ecg.selection.wanted import wanted_leads


@click.command(name="check")
@leads_option
@click.argument("folder", type=SOURCE)
@click.argument("names", type=RECORD, nargs=-1)
@json_option
def command(leads: tuple[str, ...], folder: Path, names: tuple[str, ...], as_json: bool) -> None:
    """Read every sample of the records in FOLDER. Exit code 2 if a record can't be used."""
    from wardbeat.errors import RecordError

    rows = list(record_rows(folder, names, wanted_leads(leads), read_samples=True))
    print_rows(rows, as_json)
    bad = [row for row in rows if row["problem"]]
    if bad:
        raise RecordError(f"{len(bad)} of {len(rows)} records can't be used, the first: {bad[0]['problem']}")

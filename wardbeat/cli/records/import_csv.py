"""``wardbeat records import``: convert CSV files of ECG to WFDB records."""

from pathlib import Path

import click
import msgspec

from wardbeat.cli.options import json_option
from wardbeat.cli.values import FOLDER_TO_WRITE, SOURCE, Number
from wardbeat.contracts import rules


@click.command(name="import")
@click.argument("files", nargs=-1, required=True, type=SOURCE)
@click.option("--to", "folder", type=FOLDER_TO_WRITE, required=True, help="Folder to write to; it is made if missing.")
@click.option(
    "--rate",
    "rate_hz",
    type=Number(rules.FS_RANGE_HZ),
    help="Sampling rate in Hz, for a CSV without a column of times.",
)
@click.option("--overwrite", is_flag=True, help="Replace records of the same names.")
@json_option
def command(files: tuple[Path, ...], folder: Path, rate_hz: float | None, overwrite: bool, as_json: bool) -> None:
    """Convert CSV FILES to WFDB records NAME.hea and NAME.dat.

    The first line of a CSV names the columns. Each further line has one sample of each lead, in millivolts, or in the
    unit behind the name, such as "II (uV)". A first column "time" has seconds; without it, give --rate. EDF and EDF+
    need no conversion: all commands read them.
    """
    from wardbeat.ecg.io.csv_import import import_csv
    from wardbeat.ecg.io.records import open_record

    rows = []
    for file in files:
        record = open_record(import_csv(file, folder, rate_hz, overwrite=overwrite))
        rows.append(
            {
                "file": str(file),
                "record": record.name,
                "fs": record.fs,
                "leads": record.sig_name,
                "duration_s": round(record.duration_s, 3),
            }
        )
        if not as_json:
            leads = ", ".join(record.sig_name)
            click.echo(f"{record.name:<16} {record.fs:>7g} Hz  {record.duration_s / 60:>8.1f} min   {leads}")
    if as_json:
        click.echo(msgspec.json.encode({"folder": str(folder), "records": rows}).decode())
    else:
        click.echo(f"{len(rows)} records in {folder}; `wardbeat records check {folder}` reads them")

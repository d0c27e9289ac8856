"""``wardbeat records download``: download a PhysioNet database."""

from pathlib import Path

import click
import msgspec

from wardbeat.cli.options import json_option
from wardbeat.cli.values import FOLDER_TO_WRITE, LINE, RECORD

DEFAULT_FOLDER = Path("out") / "records"


@click.command(name="download")
@click.argument("database", type=RECORD)
@click.option("--to", "folder", type=FOLDER_TO_WRITE, help="Folder to write to; without it, out/records/DATABASE.")
@click.option("--version", type=LINE, default="1.0.0", show_default=True, help="Version of the database.")
@click.option("--mirror", type=LINE, help="Address that serves the same files as physionet.org/files.")
@json_option
def command(database: str, folder: Path | None, version: str, mirror: str | None, as_json: bool) -> None:
    """Download a PhysioNet DATABASE such as mitdb. A second run fetches only the missing files."""
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress

    from wardbeat.ecg.io.download import PHYSIONET, DownloadProgress, download_database
    from wardbeat.ecg.io.records import find_records

    target = folder or DEFAULT_FOLDER / database
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(escape(database), total=None)

        def show(state: DownloadProgress) -> None:
            description = escape(f"{database} {state.file}")
            progress.update(task, completed=state.done, total=state.total, description=description)

        fetched = download_database(database, target, version=version, base_url=mirror or PHYSIONET, on_progress=show)
    records = len(find_records(target))
    if as_json:
        click.echo(msgspec.json.encode({"folder": str(target), "records": records, "fetched_files": fetched}).decode())
    else:
        click.echo(
            f"{records} records in {target}, {fetched} files fetched; `wardbeat records check {target}` reads them"
        )

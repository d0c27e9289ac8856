"""``wardbeat explore``: what a data set looks like before anyone fits."""

import os
from pathlib import Path

import click
import msgspec

from wardbeat.cli.options import json_option
from wardbeat.cli.values import FOLDER_TO_WRITE, SOURCE, Whole
from wardbeat.contracts import rules

MOST_PAIRS = 10


@click.command(name="explore")
@click.option(
    "--records",
    "folders",
    type=SOURCE,
    multiple=True,
    required=True,
    help="Folder of WFDB records; may be repeated, and duplicates are searched across all of them.",
)
@click.option(
    "--out",
    type=FOLDER_TO_WRITE,
    default=Path("out") / "explore",
    show_default=True,
    help="Folder of the report; an existing report is replaced.",
)
@click.option("--jobs", type=Whole(rules.PROCESSES), help="Parallel processes; without it, one for each core.")
@json_option
def command(folders: tuple[Path, ...], out: Path, jobs: int | None, as_json: bool) -> None:
    """Show what data sets hold: classes, patients, examples, RR, rhythms, quality by lead, duplicates.

    Writes explore.html, explore.json and plots. A record that can't be read becomes a row with its problem. Labels of
    records are read from the tables of challenge-2015, challenge-2017 and PTB-XL.
    """
    from training.explore.explore import explore
    from training.explore.report import PAGE, REPORT, write_exploration
    from wardbeat.atomic_files import atomic_folder
    from wardbeat.cli.training.stage_bars import stage_bars
    from wardbeat.errors import EvaluationError

    with atomic_folder(out, REPORT, EvaluationError, "report") as folder, stage_bars() as progress:
        explored = explore(folders, jobs or os.cpu_count() or 1, progress)
        found = write_exploration(folder, explored.sets, explored.records, explored.duplicates)
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
        return
    for one in found.sets:
        click.echo(f"{one.name}: {one.records} records, {one.patients} patients, {one.hours:.1f} h")
        for warning in one.warnings:
            click.echo(f"  - {warning}")
    for pair in found.duplicates.signals[:MOST_PAIRS]:
        click.echo(f"equal signal: {pair.one} and {pair.other} ({pair.stretches} stretches of 1 s)")
    if len(found.duplicates.signals) > MOST_PAIRS:
        click.echo(f"  and {len(found.duplicates.signals) - MOST_PAIRS} more pairs; see explore.json")
    click.echo(f"{out / PAGE}")

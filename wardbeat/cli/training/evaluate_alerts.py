"""``wardbeat evaluate-alerts``: score alerts, rhythm and heart rate of the live monitor against the reference."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from wardbeat.cli.training.scoring_options import scoring_options
from wardbeat.cli.values import FOLDER_TO_WRITE, SOURCE

if TYPE_CHECKING:
    from training.evaluation.alerts.folders import Kind

KINDS = ("challenge-2015", "challenge-2017", "vfdb", "mitdb", "nsrdb")


@click.command(name="evaluate-alerts")
@click.option("--records", "folders", type=SOURCE, multiple=True, help="Folder of WFDB records; may be repeated.")
@click.option(
    "--as", "kind", type=click.Choice(KINDS), help="The database that the folders hold; without it, recognised."
)
@click.option(
    "--out",
    type=FOLDER_TO_WRITE,
    default=Path("out") / "alert-evaluation",
    show_default=True,
    help="Folder of the report; an existing report is replaced.",
)
@click.option("--splices", is_flag=True, help="Splice flat lines, noise and similar into records that have beats.")
@click.option(
    "--noise", type=SOURCE, help="Folder of nstdb, for its electrode motion in splices; without it, synthetic."
)
@click.option("--waveforms", is_flag=True, help="Score the test waveforms of EC13 as well; needs no records.")
@scoring_options
def command(
    folders: Sequence[Path],
    kind: "Kind | None",
    out: Path,
    bundle: Path | None,
    folds: Path | None,
    splices: bool,
    noise: Path | None,
    waveforms: bool,
    test_strips: bool,
    jobs: int | None,
    seed: int,
    as_json: bool,
    names: Sequence[str],
) -> None:
    """Score alerts, rhythm and heart rate of the live monitor; write report.html, report.json and strips of errors.

    The monitor runs over the records as in `wardbeat annotate`. Folders are recognised: CinC 2015 by its ALARMS, CinC
    2017 by its REFERENCE-v3.csv, vfdb by rhythms without beats, mitdb and nsrdb by beats with and without rhythms.
    NAMES are records of the folders; without NAMES, all records with a reference.
    """
    from training.evaluation.alerts.evaluate import AlertPlan, evaluate_alerts
    from training.evaluation.alerts.folders import read_folders
    from training.evaluation.alerts.report import PAGE, REPORT, write_report
    from wardbeat.atomic_files import atomic_folder
    from wardbeat.cli.training.alert_tables import print_borne_out, print_folder, print_waveforms
    from wardbeat.cli.training.stage_bars import stage_bars
    from wardbeat.errors import EvaluationError

    if not folders and not waveforms:
        raise EvaluationError("nothing to score: give --records DIR, or --waveforms")
    plan = AlertPlan(
        folders=read_folders(folders, kind, names),
        bundle=bundle,
        folds=folds,
        splices=splices,
        noise=noise,
        waveforms=waveforms,
        processes=jobs or os.cpu_count() or 1,
        seed=seed,
    )
    with atomic_folder(out, REPORT, EvaluationError, "report") as folder, stage_bars() as progress:
        report = write_report(folder, evaluate_alerts(plan, progress), test_strips=test_strips)
    if as_json:
        click.echo(msgspec.json.encode(report).decode())
        return
    for figures in report.evaluation.folders:
        print_folder(figures)
    if report.evaluation.borne_out:
        click.echo("\nall folders with reference beats together")
        print_borne_out(report.evaluation.borne_out)
    print_waveforms(report.evaluation.waveforms)
    click.echo(f"\n{out / PAGE}")

"""``wardbeat evaluate``: score the live detector by the field's own protocol and write a report."""

import os
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from wardbeat.cli.training.scoring_options import scoring_options
from wardbeat.cli.values import FOLDER_TO_WRITE, SOURCE


@click.command(name="evaluate")
@click.option("--records", "folder", type=SOURCE, required=True, help="Folder of WFDB records with .atr annotations.")
@click.option(
    "--out",
    type=FOLDER_TO_WRITE,
    default=Path("out") / "evaluation",
    show_default=True,
    help="Folder of the report; an existing report is replaced.",
)
@click.option(
    "--noise-stress",
    type=SOURCE,
    help="Folder of nstdb: the noise stress test, on its records and with its noise mixed in.",
)
@click.option(
    "--lead-faults", is_flag=True, help="Score also with each lead dead, leads swapped, inverted, at half gain."
)
@click.option("--compare", is_flag=True, help="Score sleepecg, xqrs, gqrs and, if installed, openecg too (slow).")
@scoring_options
def command(
    folder: Path,
    out: Path,
    bundle: Path | None,
    folds: Path | None,
    noise_stress: Path | None,
    lead_faults: bool,
    compare: bool,
    test_strips: bool,
    jobs: int | None,
    seed: int,
    as_json: bool,
    names: Sequence[str],
) -> None:
    """Score the live detector as ANSI/AAMI EC57 does and write report.html, report.json and figures.

    The detector runs over the records as in `wardbeat annotate`: it is causal, finds its own R peaks and uses nothing
    of the reference. NAMES are records of the folder; without NAMES, all records with reference annotations.
    """
    from training.evaluation.detector.evaluate import DetectorPlan, evaluate, scorable
    from training.evaluation.detector.report import REPORT, write_report
    from wardbeat.atomic_files import atomic_folder
    from wardbeat.cli.training.detector_tables import print_evaluation
    from wardbeat.cli.training.stage_bars import stage_bars
    from wardbeat.errors import EvaluationError

    paths, left_out = scorable(folder, names)
    plan = DetectorPlan(paths, bundle, folds, noise_stress, lead_faults, compare, jobs or os.cpu_count() or 1, seed)
    with atomic_folder(out, REPORT, EvaluationError, "report") as folder_of_report, stage_bars() as progress:
        evaluated = evaluate(plan, progress)
        report = write_report(folder_of_report, evaluated, plan, left_out, test_strips=test_strips)
    if as_json:
        click.echo(msgspec.json.encode(report).decode())
        return
    print_evaluation(report.evaluation)
    click.echo(f"{out / 'report.html'}")

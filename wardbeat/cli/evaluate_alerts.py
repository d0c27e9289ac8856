"""``wardbeat evaluate-alerts``: alerts, rhythm and heart rate of the live monitor against what is true."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

if TYPE_CHECKING:
    from training.evaluation.alerts.evaluate import FolderFigures
    from training.evaluation.alerts.folders import Kind

FOLDER = click.Path(path_type=Path)
KINDS = ("challenge-2015", "challenge-2017", "vfdb", "mitdb", "nsrdb")


@click.command(name="evaluate-alerts")
@click.option(
    "--records", "folders", type=FOLDER, multiple=True, required=True, help="Folder of WFDB records; may be repeated."
)
@click.option("--as", "kind", type=click.Choice(KINDS), help="What the folders are; recognised without.")
@click.option(
    "--out",
    type=FOLDER,
    default=Path("out") / "alert-evaluation",
    show_default=True,
    help="Folder of the report; one there is replaced.",
)
@click.option("--bundle", type=FOLDER, help="Model bundle; the shipped one without.")
@click.option(
    "--folds", type=FOLDER, help="Folder of cross-validation bundles 0, 1, …: each scores the records it has not seen."
)
@click.option("--jobs", type=click.IntRange(1), help="Processes; as many as there are cores without.")
@click.option("--seed", default=0, show_default=True, help="Of the bootstrap.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")
@click.argument("names", nargs=-1)
def command(
    folders: Sequence[Path],
    kind: "Kind | None",
    out: Path,
    bundle: Path | None,
    folds: Path | None,
    jobs: int | None,
    seed: int,
    as_json: bool,
    names: Sequence[str],
) -> None:
    """Score the live monitor's alerts and write report.json.

    It hears the records as `wardbeat annotate` does. NAMES are records of the folder; without any, all that have a
    reference.
    """
    from training.evaluation.alerts.evaluate import Plan, evaluate_alerts
    from training.evaluation.alerts.folders import read_folder
    from training.evaluation.alerts.report import REPORT, write_report
    from wardbeat.cli.stage_bars import stage_bars
    from wardbeat.draft import draft_of
    from wardbeat.errors import EvaluationError

    plan = Plan(
        [read_folder(folder, kind, names) for folder in folders], bundle, folds, jobs or os.cpu_count() or 1, seed
    )
    with draft_of(out, REPORT, EvaluationError, "report") as draft, stage_bars() as progress:
        report = write_report(draft, evaluate_alerts(plan, progress))
    if as_json:
        click.echo(msgspec.json.encode(report).decode())
        return
    for figures in report.evaluation.folders:
        _print(figures)
    click.echo(f"{out / REPORT}")


def _print(figures: "FolderFigures") -> None:
    """The tables at a glance; the report has them whole."""
    seen = ", ".join(f"{count} {words}" for words, count in figures.seen.items())
    click.echo(f"\n{figures.folder} as {figures.kind}: {len(figures.records)} records, {seen}")
    if figures.challenge_2015:
        click.echo(f"{'alarm':<26}{'TP':>5}{'FP':>5}{'FN':>5}{'TN':>5}{'TPR':>8}{'TNR':>8}{'score':>8}   95 %")
        for row in figures.challenge_2015.types:
            counts = f"{row.tp:>5}{row.fp:>5}{row.fn:>5}{row.tn:>5}{_percent(row.tpr.value)}{_percent(row.tnr.value)}"
            score = f"{row.score.value:>8.1f}   {row.score.low:.1f} to {row.score.high:.1f}"
            click.echo(f"{row.alarm:<26}{counts}{score} (all true {row.score_if_all_true:.1f})")
    if figures.ventricular:
        click.echo(f"{'segments of 5 s':<26}{'Se':>8}{'Se VF':>8}{'Se VT':>8}{'Sp':>8}{'noise':>8}")
        for segments in figures.ventricular.segments:
            rates = (segments.se, segments.se_vf, segments.se_vt, segments.sp, segments.noise_called)
            click.echo(f"{segments.decided:<26}" + "".join(_percent(rate.value) for rate in rates))
        click.echo(f"{'episodes':<26}{'number':>8}{'alerted':>8}{'in time':>8}{'any':>8}{'median':>8}{'p90 s':>8}")
        for episode in (*figures.ventricular.episodes, figures.ventricular.joined):
            name = f"{episode.kind}, within {episode.in_time_s:g} s"
            shares = f"{_percent(episode.in_time.value)}{_percent(episode.any_high_in_time.value)}"
            click.echo(
                f"{name:<26}{episode.episodes:>8}{episode.alerted:>8}{shares}{episode.median_s:>8.1f}{episode.p90_s:>8.1f}"
            )
    if figures.burden:
        click.echo(f"{'alerts':<34}{'number':>8}{'in 24 h':>9}   of {figures.burden.hours:.1f} h")
        for alerts in (*figures.burden.groups, *figures.burden.codes):
            click.echo(f"{alerts.name:<34}{alerts.alerts:>8}{alerts.a_day.value:>9.1f}")


def _percent(value: float) -> str:
    return f"{100 * value:>8.1f}"

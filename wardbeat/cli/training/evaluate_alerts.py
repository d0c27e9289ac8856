"""``wardbeat evaluate-alerts``: alerts, rhythm and heart rate of the live monitor against what is true."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from wardbeat.cli.training.scoring_options import FOLDER, scoring_options

if TYPE_CHECKING:
    from training.evaluation.alerts.figures import FolderFigures, VentricularFigures
    from training.evaluation.alerts.folders import Kind
    from training.evaluation.alerts.scores.waveforms import WaveformRow

KINDS = ("challenge-2015", "challenge-2017", "vfdb", "mitdb", "nsrdb")


@click.command(name="evaluate-alerts")
@click.option("--records", "folders", type=FOLDER, multiple=True, help="Folder of WFDB records; may be repeated.")
@click.option("--as", "kind", type=click.Choice(KINDS), help="What the folders are; recognised without.")
@click.option(
    "--out",
    type=FOLDER,
    default=Path("out") / "alert-evaluation",
    show_default=True,
    help="Folder of the report; one there is replaced.",
)
@click.option("--splices", is_flag=True, help="Splice flat lines, noise and the like into records that have beats.")
@click.option("--noise", type=FOLDER, help="Folder of nstdb, for its electrode motion in splices; made without.")
@click.option("--waveforms", is_flag=True, help="Hear the test waveforms of EC13 as well; needs no records.")
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
    """Score alerts, rhythm and heart rate of the live monitor and write report.html, report.json and strips of errors.

    It hears the records as `wardbeat annotate` does. Folders are recognised: CinC 2015 by its ALARMS, CinC 2017 by its
    REFERENCE-v3.csv, vfdb by rhythms without beats, mitdb and nsrdb by beats with and without rhythms. NAMES are
    records of the folders; without any, all that have a reference.
    """
    from training.evaluation.alerts.evaluate import AlertPlan, evaluate_alerts
    from training.evaluation.alerts.folders import read_folders
    from training.evaluation.alerts.report import PAGE, REPORT, write_report
    from wardbeat.atomic_files import atomic_folder
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
    with atomic_folder(out, REPORT, EvaluationError, "report") as draft, stage_bars() as progress:
        report = write_report(draft, evaluate_alerts(plan, progress), test_strips=test_strips)
    if as_json:
        click.echo(msgspec.json.encode(report).decode())
        return
    for figures in report.evaluation.folders:
        _print(figures)
    _print_waveforms(report.evaluation.waveforms)
    click.echo(f"\n{out / PAGE}")


def _print(figures: "FolderFigures") -> None:
    """The tables at a glance; the report has them whole."""
    seen = ", ".join(f"{count} {words}" for words, count in figures.seen.items())
    click.echo(f"\n{figures.folder} as {figures.kind}: {len(figures.records)} records, {seen}")
    if figures.challenge_2015:
        click.echo(f"{'alarm':<26}{'TP':>5}{'FP':>5}{'FN':>5}{'TN':>5}{'TPR':>8}{'TNR':>8}{'score':>8}   95 %")
        for row in (*figures.challenge_2015.types, *figures.challenge_2015.by_definition[-1:]):
            counts = f"{row.tp:>5}{row.fp:>5}{row.fn:>5}{row.tn:>5}{_percent(row.tpr.value)}{_percent(row.tnr.value)}"
            score = f"{row.score.value:>8.1f}   {row.score.low:.1f} to {row.score.high:.1f}"
            click.echo(f"{row.alarm:<26}{counts}{score} (all true {row.score_if_all_true:.1f})")
    if figures.ventricular:
        _print_ventricular(figures.ventricular)
    if figures.burden:
        click.echo(
            f"{'alerts':<34}{'number':>8}{'in 24 h':>9}{'false':>8}{'in 24 h':>9}   of {figures.burden.hours:.1f} h"
        )
        for alerts in (*figures.burden.groups, *figures.burden.codes):
            false = f"{alerts.false:>8}{alerts.false_a_day.value:>9.1f}" if alerts.false_a_day else ""
            click.echo(f"{alerts.name:<34}{alerts.alerts:>8}{alerts.a_day.value:>9.1f}{false}")
    if figures.asystole is not None:
        click.echo(
            "asystole: " + (", ".join(f"{one.record} {one.onset_s:.1f} s" for one in figures.asystole) or "none")
        )
    if figures.heart_rate:
        shown, right = figures.heart_rate.shown.value, figures.heart_rate.right_of_shown.value
        click.echo(
            f"heart rate: shown {_percent(shown, 2)} % of {figures.heart_rate.seconds} s, right {_percent(right, 2)} %"
        )
    if figures.strips:
        counts = "   ".join(f"{truth} {called}/{of}" for truth, (of, called) in figures.strips.counts.items())
        rates = (figures.strips.se, figures.strips.ppv, figures.strips.f1)
        shares = " ".join(
            f"{name} {_percent(one.value, 1)}" for name, one in zip(("Se", "+P", "F1"), rates, strict=True)
        )
        click.echo(f"AF: {shares}   called {counts}")
    for beats in figures.atrial_beats or ():
        click.echo(f"AF beats, flutter {beats.flutter:<9} Se {_percent(beats.se.value)} +P {_percent(beats.ppv.value)}")
    if figures.splices:
        click.echo(f"{'splices':<14}{'number':>8}{'in time':>8}{'longest':>9}{'rate without alert':>20}")
        for kind in figures.splices.kinds:
            click.echo(
                f"{kind.kind:<14}{kind.splices:>8}{_percent(kind.in_time.value)}{kind.longest_s:>9.1f}{kind.with_rate:>20}"
                f"   {kind.by_code}   other {kind.other_codes}"
            )


def _print_ventricular(figures: "VentricularFigures") -> None:
    click.echo(f"{'segments of 5 s':<26}{'Se':>8}{'Se VF':>8}{'Se VT':>8}{'Sp':>8}{'noise':>8}")
    for segments in figures.segments:
        rates = (segments.se, segments.se_vf, segments.se_vt, segments.sp, segments.noise_called)
        click.echo(f"{segments.decided:<26}" + "".join(_percent(rate.value) for rate in rates))
    click.echo(f"{'episodes':<26}{'number':>8}{'alerted':>8}{'in time':>8}{'any':>8}{'median':>8}{'p90 s':>8}")
    named = [(one.kind, one) for one in figures.episodes] + [("VF joined", figures.joined)]
    for name, episode in named:
        words = f"{name}, within {episode.in_time_s:g} s"
        shares = f"{_percent(episode.in_time.value)}{_percent(episode.any_high_in_time.value)}"
        times = f"{episode.median_s:>8.1f}{episode.p90_s:>8.1f}"
        click.echo(f"{words:<26}{episode.episodes:>8}{episode.alerted:>8}{shares}{times}")


def _print_waveforms(rows: "Sequence[WaveformRow]") -> None:
    for row in rows:
        shown = "none" if row.shown_bpm is None else "{:g} to {:g}".format(*row.shown_bpm)
        alert = f"{row.expected_code} after {row.raised_s} s" if row.expected_code else ""
        words = "right" if row.right else "WRONG"
        click.echo(f"{row.waveform:<20} x{row.gain:<4g} {words:<6} rate {shown:<16} of {row.expected_bpm}   {alert}")


def _percent(value: float, digits: int = 1) -> str:
    return f"{100 * value:>8.{digits}f}"

"""``wardbeat evaluate``: the live detector scored by the field's own protocol, and a report of it."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from wardbeat.cli.training.scoring_options import FOLDER, scoring_options

if TYPE_CHECKING:
    from training.evaluation.detector.evaluate import Evaluation
    from training.evaluation.detector.tables import GroupRow, Rate


@click.command(name="evaluate")
@click.option("--records", "folder", type=FOLDER, required=True, help="Folder of WFDB records with .atr annotations.")
@click.option(
    "--out",
    type=FOLDER,
    default=Path("out") / "evaluation",
    show_default=True,
    help="Folder of the report; one there is replaced.",
)
@click.option(
    "--noise-stress", type=FOLDER, help="Folder of nstdb: the noise stress test, on its records and mixed in."
)
@click.option("--lead-faults", is_flag=True, help="Score with each lead dead, leads swapped, inverted, at half gain.")
@click.option("--compare", is_flag=True, help="Score sleepecg, xqrs and gqrs as well (xqrs and gqrs take their time).")
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

    It hears the records as `wardbeat annotate` does: its own R peaks, causal, nothing from the reference. NAMES are
    records of the folder; without any, all that have reference annotations.
    """
    from training.evaluation.detector.evaluate import DetectorPlan, evaluate, scorable
    from training.evaluation.detector.report import REPORT, write_report
    from wardbeat.atomic_files import atomic_folder
    from wardbeat.cli.training.stage_bars import stage_bars
    from wardbeat.errors import EvaluationError

    paths, left_out = scorable(folder, names)
    plan = DetectorPlan(paths, bundle, folds, noise_stress, lead_faults, compare, jobs or os.cpu_count() or 1, seed)
    with atomic_folder(out, REPORT, EvaluationError, "report") as draft, stage_bars() as progress:
        evaluated = evaluate(plan, progress)
        report = write_report(draft, evaluated, plan, left_out, test_strips=test_strips)
    if as_json:
        click.echo(msgspec.json.encode(report).decode())
        return
    _print(report.evaluation)
    click.echo(f"{out / 'report.html'}")


def _print(evaluation: "Evaluation") -> None:
    """The tables at a glance; the report has them whole."""
    click.echo(f"\n{'QRS, %':<24}{'records':>8}{'Se':>8}{'+P':>8}{'F1':>8}")
    for row in evaluation.qrs:
        figures = "".join(_percent(row.rates[f"qrs_{rate}"].gross) for rate in ("se", "ppv", "f1"))
        click.echo(f"{row.name:<24}{row.records:>8}{figures}")
    for symbol in "VS":
        _print_class(evaluation.classes, symbol)
    if evaluation.windows:
        click.echo(
            f"\n{'windows of 5 s, AUROC':<24}{'records':>8}{'both':>8}{'autoenc.':>10}{'classif.':>10}{'ECE':>8}"
        )
    for window in evaluation.windows:
        auroc = window.auroc
        click.echo(
            f"{window.name:<24}{window.records:>8}{auroc['combined'].value:>8.3f}{auroc['autoencoder'].value:>10.3f}"
            f"{auroc['classifier'].value:>10.3f}{window.ece.value:>8.3f}"
        )
    for noise in evaluation.noise:
        click.echo(f"noise {noise.source:<12} {noise.snr_db:>4g} dB   QRS F1 {_percent(noise.rates['qrs_f1'])}")
    for fault in evaluation.lead_faults:
        click.echo(
            f"{fault.fault:<20} QRS F1 {_percent(fault.rates['qrs_f1'])}"
            f"   worst {fault.worst} {_percent(fault.worst_f1)}"
        )
    for other in evaluation.detectors:
        click.echo(
            f"{other.detector:<26} Se {_percent(other.rates['qrs_se'])} +P {_percent(other.rates['qrs_ppv'])}"
            f" {other.cost_ms:>7.2f} ms a second of signal"
        )
    fitted = [row.record for row in evaluation.records if row.seen == "fitted on"]
    if fitted:
        click.echo(f"\nFITTED ON, so no measure of new patients: {' '.join(fitted)}")


def _print_class(rows: Sequence["GroupRow"], symbol: str) -> None:
    click.echo(f"\n{symbol + ' beats, %':<24}{'beats':>8}{'Se':>8}{'+P':>8}{'F1':>8}   95 % of F1")
    for row in rows:
        rates: dict[str, Rate] = {rate: row.rates[f"{symbol.lower()}_{rate}"] for rate in ("se", "ppv", "f1")}
        beats = sum(row.counts["NSVFQ".index(symbol)])
        figures = "".join(_percent(rate.gross) for rate in rates.values())
        span = f"{_percent(rates['f1'].low).strip()} to {_percent(rates['f1'].high).strip()}"
        click.echo(f"{row.name:<24}{beats:>8}{figures}   {span}")


def _percent(value: float) -> str:
    return f"{100 * value:>8.2f}"

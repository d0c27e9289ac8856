"""Prints the figures of ``wardbeat evaluate`` as short tables. The report has all figures."""

from collections.abc import Sequence
from math import nan
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from training.evaluation.detector.evaluate import Evaluation
    from training.evaluation.detector.tables import GroupRow, Rate


def print_evaluation(evaluation: "Evaluation") -> None:
    """Print the tables of an evaluation. The report has all figures."""
    click.echo(f"\n{'QRS, %':<24}{'records':>8}{'Se':>8}{'+P':>8}{'F1':>8}")
    for row in evaluation.qrs:
        figures = "".join(_percent(row.rates[f"qrs_{rate}"].gross) for rate in ("se", "ppv", "f1"))
        click.echo(f"{row.name:<24}{row.records:>8}{figures}")
    for symbol in "VS":
        _print_class(evaluation.classes, symbol)
    _print_windows(evaluation)
    _print_disturbed(evaluation)
    fitted = [row.record for row in evaluation.records if row.seen == "fitted on"]
    if fitted:
        click.echo(f"\nFITTED ON, so these figures do not hold for new patients: {' '.join(fitted)}")


def _print_windows(evaluation: "Evaluation") -> None:
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


def _print_disturbed(evaluation: "Evaluation") -> None:
    """Noise stress, lead faults and other detectors."""
    for noise in evaluation.noise:
        v = f"V Se {_percent(noise.in_noise['v_se'])} +P {_percent(noise.in_noise['v_ppv'])}"
        q = f"Q {_percent(noise.in_noise['unreadable'])}"
        click.echo(
            f"noise {noise.source:<12} {noise.snr_db:>4g} dB   QRS F1 {_percent(noise.in_noise['qrs_f1'])} {v} {q}"
        )
    for fault in evaluation.lead_faults:
        click.echo(
            f"{fault.fault:<20} QRS F1 {_percent(fault.rates['qrs_f1'])}"
            f"   worst {fault.worst} {_percent(fault.worst_f1)}"
        )
    for other in evaluation.detectors:
        click.echo(
            f"{other.detector:<27} Se {_percent(other.rates['qrs_se'])} +P {_percent(other.rates['qrs_ppv'])}"
            f" V F1 {_percent(other.classes.get('v_f1', nan))} {other.cost_ms:>7.2f} ms a second of signal"
        )


def _print_class(rows: Sequence["GroupRow"], symbol: str) -> None:
    click.echo(f"\n{symbol + ' beats, %':<24}{'beats':>8}{'Se':>8}{'+P':>8}{'F1':>8}   95 % of F1")
    for row in rows:
        rates: dict[str, Rate] = {rate: row.rates[f"{symbol.lower()}_{rate}"] for rate in ("se", "ppv", "f1")}
        beats = sum(row.counts["NSVFQ".index(symbol)])
        figures = "".join(_percent(rate.gross) for rate in rates.values())
        interval = f"{_percent(rates['f1'].low).strip()} to {_percent(rates['f1'].high).strip()}"
        click.echo(f"{row.name:<24}{beats:>8}{figures}   {interval}")


def _percent(value: float) -> str:
    return f"{100 * value:>8.2f}"

"""Prints the figures of ``wardbeat evaluate-alerts`` as short tables. The report has all figures."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from training.evaluation.alerts.results import FolderFigures, VentricularFigures
    from training.evaluation.alerts.scores.borne_out import BorneOut
    from training.evaluation.alerts.scores.naming import Naming
    from training.evaluation.alerts.scores.waveforms import WaveformRow


def print_folder(figures: "FolderFigures") -> None:
    """Print the figures of one folder of records."""
    seen = ", ".join(f"{count} {words}" for words, count in figures.seen.items())
    click.echo(f"\n{figures.folder} as {figures.kind}: {len(figures.records)} records, {seen}")
    _print_challenge_2015(figures)
    if figures.ventricular:
        _print_ventricular(figures.ventricular)
    if figures.borne_out:
        print_borne_out(figures.borne_out)
    _print_burden(figures)
    _print_rates(figures)
    _print_atrial_fibrillation(figures)
    _print_splices(figures)


def print_borne_out(figures: "BorneOut") -> None:
    """Print how many high alerts the reference bears out, and how many of its fast runs of V were alerted in time."""
    head = f"{'high alerts':<34}{'raised':>8}{'borne out':>11}{'%':>8}{'false in 24 h':>15}"
    click.echo(f"{head}   of {figures.hours:.1f} h")
    for row in figures.codes:
        false = f"{row.false_a_day.value:>15.1f} ({row.false_a_day.low:.1f} to {row.false_a_day.high:.1f})"
        click.echo(f"{row.code:<34}{row.raised:>8}{row.borne_out:>11}{_percent(row.share.value)}{false}")
    runs = figures.runs
    within = round(runs.episodes * runs.in_time.value) if runs.episodes else 0
    click.echo(f"runs of 5 V and more at over 100/min: {within} of {runs.episodes} alerted within {runs.in_time_s:g} s")


def print_waveforms(rows: "Sequence[WaveformRow]") -> None:
    """Print a line for each test waveform of EC13."""
    for row in rows:
        shown = "none" if row.shown_bpm is None else "{:g} to {:g}".format(*row.shown_bpm)
        alert = f"{row.expected_code} after {row.raised_s} s" if row.expected_code else ""
        words = "right" if row.right else "WRONG"
        click.echo(f"{row.waveform:<20} x{row.gain:<4g} {words:<6} rate {shown:<16} of {row.expected_bpm}   {alert}")


def _print_challenge_2015(figures: "FolderFigures") -> None:
    if not figures.challenge_2015:
        return
    click.echo(f"{'alarm':<26}{'TP':>5}{'FP':>5}{'FN':>5}{'TN':>5}{'TPR':>8}{'TNR':>8}{'score':>8}   95 %")
    for row in (*figures.challenge_2015.types, *figures.challenge_2015.by_definition[-1:]):
        counts = f"{row.tp:>5}{row.fp:>5}{row.fn:>5}{row.tn:>5}{_percent(row.tpr.value)}{_percent(row.tnr.value)}"
        score = f"{row.score.value:>8.1f}   {row.score.low:.1f} to {row.score.high:.1f}"
        click.echo(f"{row.alarm:<26}{counts}{score} (all true {row.score_if_all_true:.1f})")


def _print_ventricular(figures: "VentricularFigures") -> None:
    click.echo(f"{'segments of 5 s':<26}{'Se':>8}{'Se VF':>8}{'Se VT':>8}{'Sp':>8}{'noise':>8}")
    for segments in figures.segments:
        rates = (segments.se, segments.se_vf, segments.se_vt, segments.sp, segments.noise_called)
        click.echo(f"{segments.decided:<26}" + "".join(_percent(rate.value) for rate in rates))
    click.echo(f"{'episodes':<26}{'number':>8}{'alerted':>8}{'in time':>8}{'any':>8}{'median':>8}{'p90 s':>8}")
    named = [(one.kind, one) for one in figures.episodes] + [("VF joined", figures.joined)]
    for name, episode in named:
        words = f"{name}, within {episode.in_time_s:g} s"
        in_time = f"{_percent(episode.in_time.value)}{_percent(episode.any_high_in_time.value)}"
        times = f"{episode.median_s:>8.1f}{episode.p90_s:>8.1f}"
        click.echo(f"{words:<26}{episode.episodes:>8}{episode.alerted:>8}{in_time}{times}")
    _print_naming(figures.naming)


def _print_naming(naming: "Naming") -> None:
    if naming.patients:
        mean = f"{_percent(naming.mean.value)} %, mean of {len(naming.patients)} patients"
        click.echo(f"VF told from VT, undisputed{mean}")
    if naming.noise_hours:
        click.echo(f"VF alerts in {naming.noise_hours:.2f} h of noise: {naming.noise_vf_alerts}")
    if naming.asystole_s:
        share = _percent(naming.asystole_vf.value).strip()
        click.echo(f"asystole with a VF alert: {naming.asystole_vf_s} of {naming.asystole_s} s ({share} %)")


def _print_burden(figures: "FolderFigures") -> None:
    burden = figures.burden
    if not burden:
        return
    click.echo(f"{'alerts':<34}{'number':>8}{'in 24 h':>9}{'false':>8}{'in 24 h':>9}   of {burden.hours:.1f} h")
    for alerts in (*burden.groups, *burden.codes):
        false = f"{alerts.false:>8}{alerts.false_a_day.value:>9.1f}" if alerts.false_a_day else ""
        click.echo(f"{alerts.name:<34}{alerts.alerts:>8}{alerts.a_day.value:>9.1f}{false}")


def _print_rates(figures: "FolderFigures") -> None:
    if figures.asystole is not None:
        alerts = ", ".join(f"{one.record} {one.onset_s:.1f} s" for one in figures.asystole)
        click.echo(f"asystole: {alerts or 'none'}")
    rate = figures.heart_rate
    if rate:
        shown, right = _percent(rate.shown.value, 2), _percent(rate.right_of_shown.value, 2)
        click.echo(f"heart rate: shown {shown} % of {rate.seconds} s, right {right} %")


def _print_atrial_fibrillation(figures: "FolderFigures") -> None:
    strips = figures.strips
    if strips:
        counts = "   ".join(f"{truth} {called}/{of}" for truth, (of, called) in strips.counts.items())
        rates = (("Se", strips.se), ("+P", strips.ppv), ("F1", strips.f1))
        click.echo(f"AF: {' '.join(f'{name} {_percent(rate.value)}' for name, rate in rates)}   called {counts}")
    for beats in figures.atrial_beats or ():
        click.echo(f"AF beats, flutter {beats.flutter:<9} Se {_percent(beats.se.value)} +P {_percent(beats.ppv.value)}")


def _print_splices(figures: "FolderFigures") -> None:
    if not figures.splices:
        return
    click.echo(f"{'splices':<14}{'number':>8}{'in time':>8}{'longest':>9}{'rate without alert':>20}")
    for kind in figures.splices.kinds:
        times = f"{_percent(kind.in_time.value)}{kind.longest_s:>9.1f}{kind.with_rate:>20}"
        click.echo(f"{kind.kind:<14}{kind.splices:>8}{times}   {kind.by_code}   other {kind.other_codes}")


def _percent(value: float, digits: int = 1) -> str:
    return f"{100 * value:>8.{digits}f}"

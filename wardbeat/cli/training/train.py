"""``wardbeat train``: fit the detector's networks from records and write a bundle."""

import os
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from wardbeat.cli.options import json_option
from wardbeat.cli.training.fit_options import plan_of, plan_options
from wardbeat.cli.training.stage_bars import stage_bars

NETWORKS = ("qrs", "beat", "window", "ventricular", "atrial")


@click.command(name="train")
@plan_options
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="Folder of the bundle; an existing bundle is replaced.",
)
@click.option("--jobs", type=click.IntRange(1), help="Parallel processes; without it, one for each core.")
@json_option
@click.argument("names", metavar="[NETWORK]...", nargs=-1, type=click.Choice(NETWORKS))
def command(
    folders: Sequence[Path],
    rhythms: Sequence[Path],
    take: Sequence[str],
    noise: Path | None,
    work: Path,
    seed: int,
    settings: Path | None,
    out: Path,
    jobs: int | None,
    as_json: bool,
    names: Sequence[str],
) -> None:
    """Fit the networks and write them as a bundle.

    Each network is fitted once on all patients, for service, and once for each of 4 folds without the patients of that
    fold, for the figures. Results in the work folder are used again, except those of a named NETWORK and of the
    networks that build on it. The order is qrs, beat, window, ventricular, atrial.
    """
    plan = plan_of(folders, rhythms, take, noise, seed, settings)
    from training.fit.pipeline import (
        train,
    )  # imports TensorFlow, which takes seconds: only after the options are checked

    with stage_bars() as progress:
        manifest = train(plan, work, out, progress, again=names, processes=jobs or os.cpu_count() or 1)
    if as_json:
        click.echo(msgspec.json.encode({"bundle": str(out), "metrics": manifest.metrics}).decode())
        return
    for name, value in manifest.metrics.items():
        click.echo(f"{name:>40}  {value:.3f}")
    click.echo(f"fitted on {len(manifest.split.fit)} records: {out}")

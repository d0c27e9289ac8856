"""``wardbeat train``: fit the networks in service and write a bundle, or fit a model on a task of the study."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from wardbeat.cli.options import json_option
from wardbeat.cli.training.fit_options import plan_of, plan_options, require_option
from wardbeat.cli.training.stage_bars import stage_bars
from wardbeat.cli.training.study_options import WARD, check_names, study_task, task_option
from wardbeat.cli.values import FOLDER_TO_WRITE, LINE, Whole
from wardbeat.contracts import rules

if TYPE_CHECKING:
    from training.fit.work import FitPlan

NETWORKS = ("qrs", "beat", "window", "ventricular", "atrial")


@click.command(name="train")
@task_option
@plan_options
@click.option(
    "--out",
    type=FOLDER_TO_WRITE,
    help="Folder of the bundle; an existing bundle is replaced.",
)
@click.option("--jobs", type=Whole(rules.PROCESSES), help="Parallel processes; without it, one for each core.")
@json_option
@click.argument("names", type=LINE, metavar="[NETWORK]...", nargs=-1)
def command(
    task_name: str,
    data: Path | None,
    folders: Sequence[Path],
    rhythms: Sequence[Path],
    take: Sequence[str],
    noise: Path | None,
    work: Path,
    seed: int,
    settings: Path | None,
    out: Path | None,
    jobs: int | None,
    as_json: bool,
    names: Sequence[str],
) -> None:
    """Fit the networks in service and write them as a bundle, or fit one model on a task of the study.

    Each network is fitted once on all patients, for service, and once for each of 4 folds without the patients of that
    fold, for the figures. Results in the work folder are used again, except those of a named NETWORK and of the
    networks that build on it. The order is qrs, beat, window, ventricular, atrial.

    With --task, one NETWORK is fitted on a task of the study: `wardbeat train cnn --task beats --data DIR --work DIR`.
    """
    if task_name != WARD:
        data = require_option("--data", data)
        if len(names) != 1:
            raise click.UsageError(f"task {task_name} takes one NETWORK; `wardbeat compare` fits all of them")
        _train_on_task(names[0], task_name, data, work, seed, settings, as_json=as_json)
        return
    check_names(names, NETWORKS)
    require_option("--records", folders)
    require_option("--rhythms", rhythms)
    out = require_option("--out", out)
    _train_ward(plan_of(folders, rhythms, take, noise, seed, settings), names, work, out, jobs, as_json=as_json)


def _train_on_task(
    name: str, task_name: str, data: Path, work: Path, seed: int, settings: Path | None, *, as_json: bool
) -> None:
    task = study_task(task_name)
    from training.fit.work import read_settings
    from training.study.fits import fit_folder, prepare_and_fit
    from training.study.models import MODELS

    chosen = read_settings(settings, tuple(MODELS)).get(name) if settings else None
    with stage_bars() as progress:
        record = prepare_and_fit(name, task, data, work / task.name, seed, progress, chosen)
    scores = [epoch.score for epoch in record.history if epoch.score is not None]
    found = {
        "model": name,
        "task": task.name,
        "seed": seed,
        "epochs": len(record.history),
        "validation": max(scores, default=None),
        "parameters": record.parameters,
        "folder": str(fit_folder(work / task.name, name, seed)),
    }
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
        return
    for key, value in found.items():
        click.echo(f"{key:>12}  {value}")


def _train_ward(
    plan: "FitPlan", names: Sequence[str], work: Path, out: Path, jobs: int | None, *, as_json: bool
) -> None:
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

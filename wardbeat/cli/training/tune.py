"""``wardbeat tune``: search the settings of a network in service, or of a network on a task of the study."""

from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from wardbeat.cli.options import json_option
from wardbeat.cli.training.fit_options import plan_of, plan_options, require_option
from wardbeat.cli.training.stage_bars import stage_bars
from wardbeat.cli.training.study_options import WARD, check_names, study_task, task_option
from wardbeat.cli.values import FILE_TO_WRITE, LINE, Whole
from wardbeat.contracts import rules

NETWORKS = ("qrs", "beat", "window")


@click.command(name="tune")
@task_option
@plan_options
@click.option(
    "--trials",
    type=Whole(rules.FITS),
    default=20,
    show_default=True,
    help="Trials in total, with those of an earlier search in this work folder.",
)
@click.option("--out", type=FILE_TO_WRITE, help="JSON file of settings; the best settings are written into it.")
@json_option
@click.argument("network", type=LINE, metavar="NETWORK")
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
    trials: int,
    out: Path | None,
    as_json: bool,
    network: str,
) -> None:
    """Search the settings of a NETWORK with Optuna. The score is that of the patients of one fold.

    Ctrl-C ends the search at any time, and the same command continues it. The beat and window networks need the work
    folder of a `wardbeat train`. With --task, the score is that of the task's validation patients.
    """
    known: Sequence[str]
    if task_name == WARD:
        check_names([network], NETWORKS)
        require_option("--records", folders)
        require_option("--rhythms", rhythms)
        plan = plan_of(folders, rhythms, take, noise, seed, settings)
        from training.fit.work import WARD_NETWORKS
        from training.tune.search import tune

        known = WARD_NETWORKS
        with stage_bars() as progress:
            found = tune(network, plan, work, trials, progress)
    else:
        data = require_option("--data", data)
        task = study_task(task_name)
        from training.study.models import MODELS
        from training.tune.study_search import tune_on_task

        known = tuple(MODELS)
        with stage_bars() as progress:
            found = tune_on_task(network, task, data, work / task.name, trials, seed, progress)
    from training.fit.work import write_settings

    if out:
        write_settings(out, network, found.settings, known)
    if as_json:
        click.echo(msgspec.json.encode({"network": network, **found._asdict()}).decode())
        return
    for name, value in found.settings.items():
        click.echo(f"{name:>16}  {value:g}")
    click.echo(f"score {found.score:.4f} after {found.trials} trials")

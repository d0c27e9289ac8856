"""``wardbeat compare``: fit and compare the models of the study's tasks, and write a report of each."""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from wardbeat.cli.options import json_option
from wardbeat.cli.training.stage_bars import stage_bars
from wardbeat.cli.training.study_options import STUDY_TASKS, study_task
from wardbeat.cli.values import FOLDER_TO_WRITE, SOURCE, Whole
from wardbeat.contracts import rules


@click.command(name="compare")
@click.option(
    "--task",
    "task_names",
    type=click.Choice(STUDY_TASKS),
    multiple=True,
    help="Task of the study; may be repeated. Without it, all tasks one after another.",
)
@click.option(
    "--data",
    type=SOURCE,
    required=True,
    help="Folder with one folder for each data set (mitdb, svdb, ptb-xl, …).",
)
@click.option(
    "--work",
    type=FOLDER_TO_WRITE,
    required=True,
    help="Folder for prepared data and fitted models; an interrupted run continues from it.",
)
@click.option("--out", type=FOLDER_TO_WRITE, required=True, help="Folder of the reports, one folder a task.")
@click.option(
    "--docs",
    type=FOLDER_TO_WRITE,
    help="Folder of documents; study.md, and the figures and the notebook of each task are written there.",
)
@click.option(
    "--bundles",
    type=FOLDER_TO_WRITE,
    help="Folder of bundles; those whose tasks all run in this command are written anew (pictures; twelve leads).",
)
@click.option("--seeds", type=Whole(rules.FITS), help="Fits of each model; without it, as many as the task asks for.")
@json_option
def command(
    task_names: Sequence[str],
    data: Path,
    work: Path,
    out: Path,
    docs: Path | None,
    bundles: Path | None,
    seeds: int | None,
    as_json: bool,
) -> None:
    """Fit every model of the tasks by one protocol, score the test patients once, and write a report of each task.

    Ctrl-C ends the run at any time, and the same command continues it. A task without its data is named at the end, and
    the exit code is then 2.
    """
    call = shlex.join(["wardbeat", *sys.argv[1:]])
    found: list[dict[str, object]] = []
    not_run: list[str] = []
    for name in task_names or STUDY_TASKS:
        task = study_task(name)
        from training.study.compare import check_data
        from training.study.run import run_task
        from wardbeat.errors import TrainingError

        try:
            check_data(task, data)
        except TrainingError as error:
            not_run.append(str(error))
            continue
        with stage_bars() as progress:
            result = run_task(task, data, work / name, out / name, progress, seeds=seeds, command=call, docs=docs)
        best = next(one for one in result.models if one.name == result.best)
        found.append(
            {"task": name, "best": result.best, "figure": result.figure}
            | msgspec.to_builtins(best.figures[result.figure])
        )
        if not as_json:
            click.echo(f"{name:>20}  {result.conclusion}")
    if bundles:
        from training.study.run import ship

        for bundle in ship([str(one["task"]) for one in found], work, bundles):
            click.echo(f"written: {bundle}", err=True)
    if as_json:
        click.echo(msgspec.json.encode({"tasks": found, "not_run": not_run, "out": str(out)}).decode())
    if not_run:
        raise TrainingError(f"{len(not_run)} tasks were not run: {'; '.join(not_run)}")

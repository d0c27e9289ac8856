"""The options of the commands that fit and compare the models of the study."""

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from wardbeat.cli.training.fit_options import prepare_tensorflow
from wardbeat.cli.values import SOURCE

if TYPE_CHECKING:
    from training.study.task import Task

WARD = "ward"
"""The task of the networks in service; the others are tasks of the study."""
STUDY_TASKS = (
    "beats",
    "instants",
    "windows",
    "rhythm",
    "superclasses",
    "normal",
    "twelve-lead-rhythm",
    "pictures",
)


def task_option(function: Callable[..., None]) -> Callable[..., None]:
    """Add ``--task`` and ``--data``, which the tasks of the study take instead of ``--records``."""
    for option in (
        click.option(
            "--data",
            type=SOURCE,
            help="For a task of the study: folder with one folder for each data set (mitdb, svdb, ptb-xl, …).",
        ),
        click.option(
            "--task",
            "task_name",
            type=click.Choice((WARD, *STUDY_TASKS)),
            default=WARD,
            show_default=True,
            help="ward: the networks in service. The others are tasks of the study, with one model each.",
        ),
    ):
        function = option(function)
    return function


def study_task(name: str) -> "Task":
    """A task of the study, after TensorFlow is set up to use all cores.

    Raises
    ------
    TrainingError
        If TensorFlow is not installed.
    """
    prepare_tensorflow(threads=os.cpu_count() or 1)
    from training.study.catalogue import TASKS

    return TASKS[name]


def check_names(names: Sequence[str], known: Sequence[str]) -> None:
    """Refuse a name that is not known.

    Raises
    ------
    click.BadParameter
        It names the known ones.
    """
    for name in names:
        if name not in known:
            raise click.BadParameter(f"{name!r} is not one of {', '.join(map(repr, known))}.")

"""Progress of long commands: bars on a terminal, lines elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from training.progress import Progress


@contextmanager
def stage_bars() -> Iterator["Progress"]:
    """Report the progress of stages.

    On a terminal each stage is a bar. Elsewhere a step is a line on standard error, if it has a result or is
    the last one. The context value is called with the stage, the finished steps, all steps and a text.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description:<36}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[note]}", markup=False),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        tasks = {}

        def report_progress(stage: str, done: int, total: int, note: str = "") -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total, note="")
            bars.update(tasks[stage], completed=done, note=note)
            if not console.is_terminal and (done == total or not note.endswith("records")):
                click.echo(f"{stage}: {done}/{total} {note}", err=True)

        yield report_progress

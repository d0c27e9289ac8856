"""The options of every command that scores the detector."""

from collections.abc import Callable
from pathlib import Path

import click

from wardbeat.cli.options import json_option

FOLDER = click.Path(path_type=Path)


def scoring_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options for networks, records and processes to a command that scores."""
    for option in reversed(
        (
            click.option("--bundle", type=FOLDER, help="Model bundle; without it, the shipped one."),
            click.option(
                "--folds",
                type=FOLDER,
                help="Folder of cross-validation bundles 0, 1, …: each scores the patients that it was not fitted on.",
            ),
            click.option(
                "--test-strips",
                is_flag=True,
                help="Show errors of mitdb's DS2 too. Do not tune after you have seen them.",
            ),
            click.option("--jobs", type=click.IntRange(1), help="Parallel processes; without it, one for each core."),
            click.option("--seed", default=0, show_default=True, help="Seed of the bootstrap."),
            json_option,
            click.argument("names", nargs=-1),
        )
    ):
        function = option(function)
    return function

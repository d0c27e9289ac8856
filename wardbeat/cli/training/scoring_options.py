"""The options of every command that scores the detector."""

from collections.abc import Callable

import click

from wardbeat.cli.options import json_option
from wardbeat.cli.values import RECORD, SOURCE, Whole
from wardbeat.contracts import rules


def scoring_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options for networks, records and processes to a command that scores."""
    for option in reversed(
        (
            click.option("--bundle", type=SOURCE, help="Model bundle; without it, the shipped one."),
            click.option(
                "--folds",
                type=SOURCE,
                help="Folder of cross-validation bundles 0, 1, …: each scores the patients that it was not fitted on.",
            ),
            click.option(
                "--test-strips",
                is_flag=True,
                help="Show errors of mitdb's DS2 too. Do not tune after you have seen them.",
            ),
            click.option(
                "--jobs", type=Whole(rules.PROCESSES), help="Parallel processes; without it, one for each core."
            ),
            click.option("--seed", type=Whole(rules.SEED), default=0, show_default=True, help="Seed of the bootstrap."),
            json_option,
            click.argument("names", type=RECORD, nargs=-1),
        )
    ):
        function = option(function)
    return function

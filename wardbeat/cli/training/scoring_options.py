"""What every command that scores the detector can be told."""

from collections.abc import Callable
from pathlib import Path

import click

FOLDER = click.Path(path_type=Path)


def scoring_options(function: Callable[..., None]) -> Callable[..., None]:
    """The options that say which networks are scored, on which records, and how."""
    for option in reversed(
        (
            click.option("--bundle", type=FOLDER, help="Model bundle; the shipped one without."),
            click.option(
                "--folds",
                type=FOLDER,
                help="Folder of cross-validation bundles 0, 1, …: each scores the patients it has not seen.",
            ),
            click.option(
                "--test-strips",
                is_flag=True,
                help="Show errors of mitdb's DS2 too: who looks at them must not tune.",
            ),
            click.option("--jobs", type=click.IntRange(1), help="Processes; as many as there are cores without."),
            click.option("--seed", default=0, show_default=True, help="Of the bootstrap."),
            click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line."),
            click.argument("names", nargs=-1),
        )
    ):
        function = option(function)
    return function

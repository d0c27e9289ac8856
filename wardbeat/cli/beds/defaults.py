"""``wardbeat beds defaults``: show or set the ward's limits."""

import click
import msgspec

from wardbeat.cli.beds.bed_settings import given_limits, limit_options, limit_words, with_admissions
from wardbeat.cli.options import json_option
from wardbeat.cli.values import INITIALS


@click.command(name="defaults")
@limit_options
@click.option("--by", type=INITIALS, help="Your initials, 2 to 4 letters; needed for a change.")
@json_option
def command(by: str | None, as_json: bool, **limits: float | None) -> None:
    """Show or set the limits of every bed that has none of its own.

    `wardbeat annotate --ward-defaults FILE` takes the output of --json.
    """
    given = given_limits(limits)
    if given and by is None:
        raise click.UsageError("--by: a change needs your initials")
    defaults = with_admissions(
        lambda store: store.defaults.change(by, **given) if given and by else store.defaults.read()
    )
    if as_json:
        click.echo(msgspec.json.encode(defaults).decode())
        return
    click.echo(limit_words(defaults.limits))
    click.echo(f"Version {defaults.version}" + (f", set by {defaults.by}" if defaults.version else ", as shipped"))

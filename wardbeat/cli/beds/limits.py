"""``wardbeat beds limits``: set limits of a patient."""

import click

from wardbeat.cli.beds.bed_settings import given_limits, limit_options, print_bed, with_bed
from wardbeat.cli.options import by_option, json_option


@click.command(name="limits", help="Set limits of the patient in a bed.")
@click.argument("bed")
@limit_options
@by_option
@json_option
def command(bed: str, by: str, as_json: bool, **limits: float | None) -> None:
    given = given_limits(limits)
    if not given:
        raise click.UsageError("name at least one limit")
    print_bed(with_bed(bed, lambda store: store.set_limits(bed, by, **given)), as_json)

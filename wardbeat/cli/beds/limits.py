"""``wardbeat beds limits``: set limits of a patient."""

import click

from wardbeat.care.admissions import RANGES
from wardbeat.cli.beds.bed_settings import given_limits, limit_options, print_bed, with_bed
from wardbeat.cli.options import by_option, json_option


@click.command(name="limits", help="Set limits of the patient in a bed.")
@click.argument("bed")
@limit_options
@click.option("--ward-defaults", is_flag=True, help="Take the ward's limits in place of all others of the patient.")
@by_option
@json_option
def command(bed: str, by: str, ward_defaults: bool, as_json: bool, **limits: float | None) -> None:
    given = given_limits(limits)
    if not given and not ward_defaults:
        raise click.UsageError("name at least one limit, or give --ward-defaults")
    ward = RANGES.keys() - given.keys() if ward_defaults else ()
    print_bed(with_bed(bed, lambda store: store.set_limits(bed, by, ward, **given)), as_json)

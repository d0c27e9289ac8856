"""``wardbeat beds category``: set whether a patient is paced or has known atrial fibrillation."""

import click

from wardbeat.cli.beds.bed_settings import print_bed, with_bed
from wardbeat.cli.options import by_option, json_option


@click.command(name="category", help="Set whether the patient in a bed is paced or has known atrial fibrillation.")
@click.argument("bed")
@click.option("--paced/--not-paced", default=None, help="The patient has a pacemaker, or has none.")
@click.option("--known-af/--no-known-af", default=None, help="Atrial fibrillation is known: no alert for it; or not.")
@by_option
@json_option
def command(bed: str, by: str, paced: bool | None, known_af: bool | None, as_json: bool) -> None:
    if paced is None and known_af is None:
        raise click.UsageError("name at least one category: --paced, --not-paced, --known-af or --no-known-af")
    print_bed(with_bed(bed, lambda store: store.set_category(bed, by, paced=paced, known_af=known_af)), as_json)

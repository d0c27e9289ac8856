"""``wardbeat beds transfer``: move a patient to another bed."""

import click

from wardbeat.cli.beds.bed_settings import print_bed, with_bed
from wardbeat.cli.options import by_option, json_option


@click.command(name="transfer", help="Move the patient of BED to the free bed TARGET, with limits and history.")
@click.argument("bed")
@click.argument("target")
@by_option
@json_option
def command(bed: str, target: str, by: str, as_json: bool) -> None:
    print_bed(with_bed(bed, lambda store: store.transfer(bed, target, by)), as_json)

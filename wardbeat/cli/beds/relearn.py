"""``wardbeat beds relearn``: let a monitor learn its patient again."""

import click

from wardbeat.cli.beds.bed_settings import print_bed, with_bed
from wardbeat.cli.options import by_option, json_option


@click.command(
    name="relearn",
    help="Let the monitor learn the patient again, after new electrodes. It forgets the patient's beats and windows.",
)
@click.argument("bed")
@by_option
@json_option
def command(bed: str, by: str, as_json: bool) -> None:
    print_bed(with_bed(bed, lambda store: store.relearn(bed, by)), as_json)

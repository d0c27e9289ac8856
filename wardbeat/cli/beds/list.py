"""``wardbeat beds list``: the beds with an admission or a standby, now or earlier."""

import json

import click

from wardbeat.cli.beds.bed_settings import as_plain, bed_line, with_admissions
from wardbeat.cli.options import json_option


@click.command(name="list", help="List the beds in which staff have ever set anything.")
@json_option
def command(as_json: bool) -> None:
    by_stream = with_admissions(lambda store: store.beds())
    beds = [bed for _, bed in sorted(by_stream.items())]
    if as_json:
        click.echo(json.dumps({"beds": [as_plain(bed) for bed in beds]}))
    elif not beds:
        click.echo("No patient is admitted; every stream is monitored with the defaults.")
    else:
        for bed in beds:
            click.echo(bed_line(bed))

"""Options that several commands have."""

import click

from wardbeat.cli.values import INITIALS, LINE

leads_option = click.option(
    "--leads",
    type=LINE,
    multiple=True,
    metavar="[RECORD=]LEAD,…",
    help="Leads to use, in this order, for every record or for one: `--leads II,V1 --leads 102=V5,V2`. Without it, "
    "names, units and the shape of the signals decide which signals are ECG.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")
by_option = click.option(
    "--by", type=INITIALS, required=True, help="Your initials, 2 to 4 letters. Wardbeat stores them with the act."
)

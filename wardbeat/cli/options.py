"""Options that several commands have."""

import click

from wardbeat.cli.values import INITIALS

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")
by_option = click.option(
    "--by", type=INITIALS, required=True, help="Your initials, 2 to 4 letters. Wardbeat stores them with the act."
)

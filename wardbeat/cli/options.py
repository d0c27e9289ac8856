"""Options that several commands have."""

import click

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")
by_option = click.option("--by", required=True, help="Your initials. Wardbeat stores them with the act.")

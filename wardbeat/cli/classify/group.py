"""``wardbeat classify``: registers the commands that ask the networks of the study."""

import click

from wardbeat.cli.classify.picture import command as picture_command
from wardbeat.cli.classify.serve import command as serve_command
from wardbeat.cli.classify.twelve_lead import command as twelve_lead_command


@click.group(name="classify")
def command() -> None:
    """Classify pictures of single beats and records of twelve leads. Not a medical device."""


command.add_command(picture_command)
command.add_command(twelve_lead_command)
command.add_command(serve_command)

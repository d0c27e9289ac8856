"""``wardbeat records``: registers the commands on recordings."""

import click

from wardbeat.cli.records.check import command as check_command
from wardbeat.cli.records.download import command as download_command
from wardbeat.cli.records.import_csv import command as import_command
from wardbeat.cli.records.list import command as list_command


@click.group(name="records")
def command() -> None:
    """List, check, download and convert recordings."""


command.add_command(list_command)
command.add_command(check_command)
command.add_command(download_command)
command.add_command(import_command)

"""``wardbeat dead-letters``: registers the commands on rejected records."""

import click

from wardbeat.cli.dead_letters.list import command as list_command
from wardbeat.cli.dead_letters.replay import command as replay_command


@click.group(name="dead-letters", help="List the records that workers rejected, and send them again.")
def command() -> None:
    pass


command.add_command(list_command)
command.add_command(replay_command)

"""``wardbeat alerts``: registers the commands on alerts. They follow the same rules as the screens."""

import click

from wardbeat.cli.alerts.acknowledge import command as acknowledge_command
from wardbeat.cli.alerts.export import command as export_command
from wardbeat.cli.alerts.list import command as list_command
from wardbeat.cli.alerts.replay import command as replay_command
from wardbeat.cli.alerts.resolve import command as resolve_command
from wardbeat.cli.alerts.show import command as show_command


@click.group(name="alerts", help="List, show, acknowledge, resolve, export and replay alerts.")
def command() -> None:
    pass


command.add_command(list_command)
command.add_command(show_command)
command.add_command(acknowledge_command)
command.add_command(resolve_command)
command.add_command(export_command)
command.add_command(replay_command)

"""``wardbeat beds``: registers the commands on beds. They follow the same rules as the screens."""

import click

from wardbeat.cli.beds.admit import command as admit_command
from wardbeat.cli.beds.category import command as category_command
from wardbeat.cli.beds.defaults import command as defaults_command
from wardbeat.cli.beds.discharge import command as discharge_command
from wardbeat.cli.beds.limits import command as limits_command
from wardbeat.cli.beds.list import command as list_command
from wardbeat.cli.beds.relearn import command as relearn_command
from wardbeat.cli.beds.remove import command as remove_command
from wardbeat.cli.beds.standby import command as standby_command
from wardbeat.cli.beds.transfer import command as transfer_command


@click.group(name="beds", help="Admit, move and discharge patients; set limits; put beds on standby; remove beds.")
def command() -> None:
    pass


command.add_command(list_command)
command.add_command(admit_command)
command.add_command(transfer_command)
command.add_command(discharge_command)
command.add_command(relearn_command)
command.add_command(remove_command)
command.add_command(standby_command)
command.add_command(category_command)
command.add_command(limits_command)
command.add_command(defaults_command)

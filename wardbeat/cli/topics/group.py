"""``wardbeat topics``: registers the commands on the Kafka topics."""

import click

from wardbeat.cli.topics.create import command as create_command
from wardbeat.cli.topics.describe import command as describe_command


@click.group(help="Make and describe the Kafka topics.")
def command() -> None:
    pass


command.add_command(create_command)
command.add_command(describe_command)

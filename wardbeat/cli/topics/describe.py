"""``wardbeat topics describe``: the Kafka topics and their differences from the settings."""

import json
import sys

import click

from wardbeat.cli.options import json_option
from wardbeat.cli.topics.topic_states import as_plain, described_topics, print_differences, topic_line

DIFFERENT = 1
"""The exit code of a check that found a missing topic or a difference from the settings."""


@click.command(name="describe")
@click.option("--check", is_flag=True, help="End with exit code 1 if a topic is missing or differs from the settings.")
@json_option
def command(check: bool, as_json: bool) -> None:
    """Describe the topics and list their differences from the settings."""
    states, differences = described_topics()
    if as_json:
        rows = {topic.name: topic._asdict() for topic in states}
        click.echo(json.dumps({"topics": rows, "differences": as_plain(differences)}))
    else:
        for topic in states:
            click.echo(f"{topic_line(topic)}, {'ready' if topic.ready else 'not every partition has a leader'}")
        print_differences(differences)
    if check and differences:
        sys.exit(DIFFERENT)

"""``wardbeat topics create``: make the missing Kafka topics."""

import json

import click

from wardbeat.cli.options import json_option
from wardbeat.cli.topics.topic_states import as_plain, described_topics, print_differences, topic_line


@click.command(name="create")
@json_option
def command(as_json: bool) -> None:
    """Make the missing topics with the configuration of the settings.

    An existing topic is not changed. If it differs from the settings, the command reports the difference.
    """
    from wardbeat.contracts import topics
    from wardbeat.kafka.topic_admin import create_topics, topic_plans
    from wardbeat.settings import settings

    given = settings()
    created = create_topics(given.kafka, topic_plans(given))
    states, differences = described_topics()
    if as_json:
        existing = [name for name in topics.ALL if name not in created]
        click.echo(json.dumps({"created": created, "existing": existing, "differences": as_plain(differences)}))
        return
    for topic in states:
        click.echo(f"{topic_line(topic)}, {'created' if topic.name in created else 'was there'}")
    print_differences(differences)

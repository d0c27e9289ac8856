"""Reads the topics of the configured Kafka and prints them, for the commands on topics."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from wardbeat.kafka.topic_admin import TopicDifference, TopicState


def described_topics() -> "tuple[list[TopicState], list[TopicDifference]]":
    """The existing topics in the order of ``topics.ALL``, and their differences from the settings.

    Raises
    ------
    BrokerError
        If Kafka does not answer.
    """
    from wardbeat.contracts import topics
    from wardbeat.kafka.topic_admin import describe_topics, differences, topic_plans
    from wardbeat.settings import settings

    given = settings()
    states = sorted(describe_topics(given.kafka), key=lambda topic: topics.ALL.index(topic.name))
    return states, differences(topic_plans(given), states)


def as_plain(differences: "Sequence[TopicDifference]") -> list[dict[str, str]]:
    """The differences as JSON objects."""
    return [difference._asdict() for difference in differences]


def topic_line(topic: "TopicState") -> str:
    """A topic in words: its name, partitions and replication."""
    in_sync = "" if topic.in_sync == topic.replication else f" ({topic.in_sync} in sync)"
    return f"{topic.name:20} {topic.partitions} partitions, replication {topic.replication}{in_sync}"


def print_differences(differences: "Sequence[TopicDifference]") -> None:
    """Print a line for each difference from the settings."""
    for one in differences:
        if one.what == "topic":
            click.echo(f"{one.topic:20} missing; `wardbeat topics create` makes it")
        else:
            click.echo(f"{one.topic:20} {one.what} is {one.found}, {one.wanted} is set; left as it is")

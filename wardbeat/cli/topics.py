"""``wardbeat topics``: make and describe the Kafka topics."""

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from wardbeat.kafka.topic_admin import TopicDifference, TopicState

DIFFERENT = 1
"""The exit code of a check that found a topic other than the settings want it."""
_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")


@click.group(help="Make and describe the Kafka topics.")
def command() -> None:
    pass


@command.command()
@_json_option
def create(as_json: bool) -> None:
    """Make the topics that are not there yet, as the settings want them.

    A topic that is there stays as it is, and what is different of it is said.
    """
    from wardbeat.contracts import topics
    from wardbeat.kafka.topic_admin import create_topics, topic_plans
    from wardbeat.settings import settings

    given = settings()
    made = create_topics(given.kafka, topic_plans(given))
    states, different = _described()
    if as_json:
        existing = [name for name in topics.ALL if name not in made]
        click.echo(json.dumps({"created": made, "existing": existing, "differences": _plain(different)}))
        return
    for topic in states:
        click.echo(f"{_line(topic)}, {'created' if topic.name in made else 'was there'}")
    _tell(different)


@command.command()
@click.option("--check", is_flag=True, help="End with exit code 1 if any is missing or not as it is set.")
@_json_option
def describe(check: bool, as_json: bool) -> None:
    """Say how the topics are, and what of it is not as the settings want it."""
    states, different = _described()
    if as_json:
        rows = {topic.name: topic._asdict() for topic in states}
        click.echo(json.dumps({"topics": rows, "differences": _plain(different)}))
    else:
        for topic in states:
            click.echo(f"{_line(topic)}, {'ready' if topic.ready else 'not every partition has a leader'}")
        _tell(different)
    if check and different:
        sys.exit(DIFFERENT)


def _described() -> "tuple[list[TopicState], list[TopicDifference]]":
    """The topics that are there, and how they differ from what is set."""
    from wardbeat.contracts import topics
    from wardbeat.kafka.topic_admin import describe_topics, differences, topic_plans
    from wardbeat.settings import settings

    given = settings()
    states = sorted(describe_topics(given.kafka), key=lambda topic: topics.ALL.index(topic.name))
    return states, differences(topic_plans(given), states)


def _plain(different: "Sequence[TopicDifference]") -> list[dict[str, str]]:
    return [one._asdict() for one in different]


def _line(topic: "TopicState") -> str:
    in_sync = "" if topic.in_sync == topic.replication else f" ({topic.in_sync} in sync)"
    return f"{topic.name:20} {topic.partitions} partitions, replication {topic.replication}{in_sync}"


def _tell(different: "Sequence[TopicDifference]") -> None:
    for one in different:
        if one.what == "topic":
            click.echo(f"{one.topic:20} missing; `wardbeat topics create` makes it")
        else:
            click.echo(f"{one.topic:20} {one.what} is {one.found}, {one.wanted} is set; left as it is")

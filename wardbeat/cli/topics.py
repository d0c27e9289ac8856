"""``wardbeat topics``: make and describe the Kafka topics."""

import json

import click


@click.group(help="Make and describe the Kafka topics.")
def command() -> None:
    pass


@command.command(help="Make the topics that are not there yet; those that are stay as they are.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def create(as_json: bool) -> None:
    from wardbeat import topics
    from wardbeat.kafka_topics import create_topics, describe_topics
    from wardbeat.settings import settings

    given = settings()
    made = create_topics(given.kafka_bootstrap_servers, given.partitions, given.replication)
    if as_json:
        click.echo(json.dumps({"created": made, "existing": [name for name in topics.ALL if name not in made]}))
        return
    for topic in describe_topics(given.kafka_bootstrap_servers):
        what = "created" if topic.name in made else "was there"
        asked = "" if topic.partitions == given.partitions else f" ({given.partitions} asked for; left as it is)"
        click.echo(f"{topic.name:20} {what}, {topic.partitions} partitions{asked}")


@command.command(help="Say which topics there are, and how.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def describe(as_json: bool) -> None:
    from wardbeat import topics
    from wardbeat.kafka_topics import describe_topics
    from wardbeat.settings import settings

    there = {topic.name: topic for topic in describe_topics(settings().kafka_bootstrap_servers)}
    if as_json:
        click.echo(json.dumps({name: topic._asdict() for name, topic in there.items()}))
        return
    for name in topics.ALL:
        topic = there.get(name)
        if topic is None:
            click.echo(f"{name:20} missing; `wardbeat topics create` makes it")
            continue
        state = "ready" if topic.ready else "not every partition has a leader"
        click.echo(f"{name:20} {topic.partitions} partitions, replication {topic.replication}, {state}")

"""Reads the dead letters that the options of a command choose."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from wardbeat.cli.options import json_option
from wardbeat.cli.values import LINE, Number
from wardbeat.cli.with_redis import with_redis
from wardbeat.contracts import rules
from wardbeat.contracts.dead_letter_kinds import KINDS

if TYPE_CHECKING:
    from wardbeat.kafka.dead_letters import DeadLetter

MS_PER_H = 3_600_000


def choice_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options and arguments that choose dead letters to a command."""
    for option in (
        click.argument("ids", type=LINE, metavar="[ID]...", nargs=-1),
        json_option,
        click.option(
            "--bootstrap-servers", type=LINE, help="Kafka brokers; WARDBEAT_KAFKA_BOOTSTRAP_SERVERS, else this machine."
        ),
        click.option("--hours", type=Number(rules.LAST_HOURS), help="Only letters of the last hours."),
        click.option("--kind", type=click.Choice(KINDS), help="Only letters of this kind."),
        click.option("--reason", type=LINE, help="Only letters whose reason contains this text."),
        click.option("--stream", "stream_id", help="Only letters of this stream."),
    ):
        function = option(function)
    return function


def chosen_letters(
    ids: Sequence[str],
    bootstrap_servers: str | None,
    hours: float | None,
    kind: str | None,
    reason: str | None,
    stream_id: str | None,
) -> "Iterator[DeadLetter]":
    """The dead letters that the options choose, partition by partition.

    Raises
    ------
    BrokerError
        If Kafka does not answer, or if no letter has one of the ids.
    UnknownBedError
        If no letter is of the stream, and no bed has its name.
    """
    from wardbeat.errors import BrokerError
    from wardbeat.kafka.dead_letters import read_dead_letters
    from wardbeat.settings import settings
    from wardbeat.store.beds.bed_names import BedNames

    since_ms = 0 if hours is None else round(time.time() * 1000 - hours * MS_PER_H)
    unknown = set(ids)
    streams = set()
    for letter in read_dead_letters(settings().kafka.at(bootstrap_servers), since_ms):
        unknown.discard(letter.letter_id)
        streams.add(letter.stream_id)
        if (
            (not ids or letter.letter_id in ids)
            and (kind is None or letter.kind == kind)
            and (reason is None or reason in letter.reason)
            and (stream_id is None or letter.stream_id == stream_id)
        ):
            yield letter
    if stream_id is not None and stream_id not in streams:
        beds = with_redis(lambda redis: BedNames(redis).present(former=True))
        rules.known_bed(stream_id, {*beds, *filter(None, streams)})
    if unknown:
        raise BrokerError(
            f"dead letter {min(unknown)!r}: there is none; `wardbeat dead-letters list` shows the existing ones"
        )

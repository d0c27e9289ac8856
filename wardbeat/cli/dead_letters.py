"""``wardbeat dead-letters``: list what no worker could use, and send it once more."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from wardbeat.cli.with_redis import with_redis
from wardbeat.contracts.dead_letter_kinds import KINDS

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from wardbeat.care.admissions import Bed
    from wardbeat.kafka.dead_letters import DeadLetter
    from wardbeat.store.live_store import LastSeen

MS_PER_H = 3_600_000


def _choice(function: Callable[..., None]) -> Callable[..., None]:
    """The options and arguments that say which dead letters are meant."""
    for option in (
        click.argument("ids", metavar="[ID]...", nargs=-1),
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line."),
        click.option("--bootstrap-servers", help="Kafka brokers; WARDBEAT_KAFKA_BOOTSTRAP_SERVERS, else this machine."),
        click.option("--hours", type=click.FloatRange(0, min_open=True), help="Only what came in the last hours."),
        click.option("--kind", type=click.Choice(KINDS), help="Only those of a kind."),
        click.option("--reason", help="Only those whose reason has this text in it."),
        click.option("--stream", "stream_id", help="Only those of a stream."),
    ):
        function = option(function)
    return function


@click.group(name="dead-letters", help="List records that no worker could use, and send them once more.")
def command() -> None:
    pass


@command.command(name="list")
@_choice
def list_letters(as_json: bool, **choice: Any) -> None:
    """List dead letters, oldest first: id, when, where from, bytes, stream, kind, reason."""
    rows = sorted((_row(letter) for letter in _chosen(**choice)), key=lambda row: str(row["time"]))
    if as_json:
        click.echo(json.dumps({"dead_letters": rows}))
        return
    for row in rows:
        click.echo(_line(row))
    if not rows:
        click.echo("There are none.")


@command.command()
@click.option("--unreadable", is_flag=True, help="Also those that this version can't read; they will die again.")
@_choice
def replay(unreadable: bool, as_json: bool, **choice: Any) -> None:
    """Send dead letters to the topic that they came from, with a header that says so.

    A chunk goes under the key of its stream. Left out is what this version can't read either, and what would disturb:
    a chunk of another session than the one that is monitored in the bed now, or of a patient who lay there before.
    Alerts that are found in old ECG are raised now. Sent twice, nothing changes.
    """
    from wardbeat.kafka.dead_letters import obstacle, send_again
    from wardbeat.settings import settings

    beds, last_seen = with_redis(_known)
    left = {}

    def sendable() -> "Iterator[DeadLetter]":
        for letter in _chosen(**choice):
            stream_id = letter.stream_id or ""
            why = obstacle(letter, beds.get(stream_id), last_seen.get(stream_id), time.time_ns())
            if why is None and letter.chunk is None and not unreadable:
                why = "this version can't read it either; --unreadable sends it all the same"
            if why is None:
                yield letter
            else:
                left[letter.letter_id] = why

    sent = send_again(settings().kafka.at(choice["bootstrap_servers"]), sendable())
    if as_json:
        click.echo(json.dumps({"replayed": sent, "left_out": left}))
        return
    click.echo(f"{len(sent)} sent once more, {len(left)} left out")
    for why, count in Counter(left.values()).most_common():
        click.echo(f"{count:8} {why}")


def _chosen(
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
        If an id is none.
    """
    from wardbeat.errors import BrokerError
    from wardbeat.kafka.dead_letters import read_dead_letters
    from wardbeat.settings import settings

    since_ms = 0 if hours is None else round(time.time() * 1000 - hours * MS_PER_H)
    unknown = set(ids)
    for letter in read_dead_letters(settings().kafka.at(bootstrap_servers), since_ms):
        unknown.discard(letter.letter_id)
        if (
            (not ids or letter.letter_id in ids)
            and (kind is None or letter.kind == kind)
            and (reason is None or reason in letter.reason)
            and (stream_id is None or letter.stream_id == stream_id)
        ):
            yield letter
    if unknown:
        raise BrokerError(
            f"dead letter {min(unknown)!r}: there is none; `wardbeat dead-letters list` shows what there is"
        )


async def _known(redis: "Redis") -> "tuple[dict[str, Bed], dict[str, LastSeen]]":
    """Who lies in which bed, and where each stream was last heard."""
    from wardbeat.store.admission_store import AdmissionStore
    from wardbeat.store.live_store import LiveStore

    live = LiveStore(redis)
    last_seen = await live.last_seen(await live.streams())
    return await AdmissionStore(redis).beds(), {one.stream_id: one for one in last_seen}


def _row(letter: "DeadLetter") -> dict[str, Any]:
    return {
        "id": letter.letter_id,
        "time": datetime.fromtimestamp(letter.time_ms / 1000, UTC).isoformat(timespec="milliseconds"),
        "topic": letter.source or None,
        "partition": letter.source_partition,
        "offset": letter.source_offset,
        "stream": letter.stream_id,
        "bytes": letter.size,
        "readable": letter.chunk is not None,
        "kind": letter.kind or None,
        "reason": letter.reason,
    }


def _line(row: dict[str, Any]) -> str:
    place = f"{row['topic'] or 'unknown'}/{row['partition']}/{row['offset']}"
    return (
        f"{row['id']:>8}  {row['time']}  {place}  {row['bytes']} bytes  {row['stream'] or '-'}  "
        f"{row['kind'] or '-'}  {row['reason'] or 'no reason given'}"
    )

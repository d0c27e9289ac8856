"""``wardbeat dead-letters replay``: send rejected records to their topic again."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from wardbeat.cli.dead_letters.chosen_letters import choice_options, chosen_letters
from wardbeat.cli.with_redis import with_redis

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from wardbeat.care.admissions import Bed
    from wardbeat.kafka.dead_letters import DeadLetter
    from wardbeat.store.live_store import LastSeen


@click.command(name="replay")
@click.option(
    "--unreadable", is_flag=True, help="Also letters that this version can't read; workers reject them again."
)
@choice_options
def command(unreadable: bool, as_json: bool, **choice: Any) -> None:
    """Send dead letters to the topic that they came from, with a header that marks them.

    A chunk goes under the key of its stream. The command leaves out letters that this version can't read, and chunks
    that would disturb the monitor: those of another session than the current one of the bed, or of a former patient.
    A worker raises the alerts of old ECG now. Sending a letter twice changes nothing.
    """
    from wardbeat.kafka.dead_letters import obstacle, send_again
    from wardbeat.settings import settings

    beds, last_seen = with_redis(_read_beds)
    left_out = {}

    def sendable() -> "Iterator[DeadLetter]":
        for letter in chosen_letters(**choice):
            stream_id = letter.stream_id or ""
            why = obstacle(letter, beds.get(stream_id), last_seen.get(stream_id), time.time_ns())
            if why is None and letter.chunk is None and not unreadable:
                why = "this version can't read it either; --unreadable sends it all the same"
            if why is None:
                yield letter
            else:
                left_out[letter.letter_id] = why

    sent = send_again(settings().kafka.at(choice["bootstrap_servers"]), sendable())
    if as_json:
        click.echo(json.dumps({"replayed": sent, "left_out": left_out}))
        return
    click.echo(f"{len(sent)} sent again, {len(left_out)} left out")
    for why, count in Counter(left_out.values()).most_common():
        click.echo(f"{count:8} {why}")


async def _read_beds(redis: "Redis") -> "tuple[dict[str, Bed], dict[str, LastSeen]]":
    """The beds with their patients, and the last record of each stream."""
    from wardbeat.store.beds.admission_store import AdmissionStore
    from wardbeat.store.live_store import LiveStore

    live = LiveStore(redis)
    last_seen = await live.last_seen(await live.streams())
    return await AdmissionStore(redis).beds(), {one.stream_id: one for one in last_seen}

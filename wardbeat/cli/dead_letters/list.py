"""``wardbeat dead-letters list``: the records that workers rejected."""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from wardbeat.cli.dead_letters.chosen_letters import choice_options, chosen_letters

if TYPE_CHECKING:
    from wardbeat.kafka.dead_letters import DeadLetter


@click.command(name="list")
@choice_options
def command(as_json: bool, **choice: Any) -> None:
    """List dead letters, oldest first: id, time, source, bytes, stream, kind, reason."""
    rows = sorted((_row(letter) for letter in chosen_letters(**choice)), key=lambda row: str(row["time"]))
    if as_json:
        click.echo(json.dumps({"dead_letters": rows}))
        return
    for row in rows:
        click.echo(_line(row))
    if not rows:
        click.echo("There are none.")


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

"""``wardbeat alerts list``: the open alerts of the ward, or all alerts of one stream."""

import json
from typing import TYPE_CHECKING

import click

from wardbeat.cli.alerts.alert_records import as_plain, time_since
from wardbeat.cli.options import json_option
from wardbeat.cli.values import Whole
from wardbeat.cli.with_redis import with_redis
from wardbeat.contracts import rules

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from wardbeat.care.alert_lifecycle import AlertRecord

WIDTH_WITHOUT_TERMINAL = 200
"""Columns of the table in a file or a pipe."""


@click.command(name="list", help="List open alerts, the most urgent first, or all alerts of one stream.")
@click.option("--stream", help="All alerts of this stream, newest first, with the resolved ones.")
@click.option(
    "--limit", type=Whole(rules.ROWS), default=100, show_default=True, help="Largest number of alerts of the stream."
)
@json_option
def command(stream: str | None, limit: int, as_json: bool) -> None:
    from wardbeat.care.alert_lifecycle import most_urgent_first

    async def read(redis: "Redis") -> "list[AlertRecord]":
        from wardbeat.store.alert_store import AlertStore

        store = AlertStore(redis)
        if stream is not None:
            return await store.history(stream, limit)
        return most_urgent_first(record for record in await store.open_alerts() if record.alert.origin != "canary")

    records = with_redis(read, bed=stream, or_former_bed=True)
    if as_json:
        click.echo(json.dumps({"alerts": [as_plain(record) for record in records]}))
    elif records:
        _print_table(records)
    else:
        click.echo("No alerts.")


def _print_table(records: "list[AlertRecord]") -> None:
    from rich.console import Console
    from rich.table import Table

    from wardbeat.contracts.alert_codes import words_of_alert

    table = Table(box=None, pad_edge=False)
    for heading in ("stream", "priority", "what", "state", "age", "seen by", "id"):
        table.add_column(heading, no_wrap=True)
    for record in records:
        alert = record.alert
        table.add_row(
            alert.stream_id,
            alert.priority,
            words_of_alert(alert),
            record.state,
            time_since(record.raised_ns),
            record.acknowledged_by or "",
            alert.alert_id,
        )
    console = Console(markup=False, emoji=False)  # print text that people typed verbatim
    if not console.is_terminal:
        console.width = WIDTH_WITHOUT_TERMINAL
    console.print(table)

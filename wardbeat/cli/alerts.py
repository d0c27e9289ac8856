"""``wardbeat alerts``: the ward's alerts from a terminal, by the same rules as on the screens."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click
import msgspec

from wardbeat.cli import alerts_replay
from wardbeat.errors import AlertActionError

if TYPE_CHECKING:
    from wardbeat.alert_store import AlertStore
    from wardbeat.alerts import AlertRecord

_T = TypeVar("_T")
_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")
_by_option = click.option("--by", required=True, help="Your initials; they stay with the alert.")


@click.group(name="alerts", help="List, show, acknowledge and resolve alerts.")
def command() -> None:
    pass


command.add_command(alerts_replay.command)


@command.command(name="list", help="List open alerts, or all of one stream.")
@click.option("--stream", help="All alerts of this stream, newest first, resolved ones too.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="At most so many of a stream.")
@_json_option
def list_alerts(stream: str | None, limit: int, as_json: bool) -> None:
    records = _ask(lambda store: store.history(stream, limit) if stream else store.open_alerts())
    if as_json:
        click.echo(json.dumps({"alerts": [_plain(record) for record in records]}))
    else:
        _print_table(records)


@command.command(help="Show one alert with its evidence.")
@click.argument("alert_id")
@_json_option
def show(alert_id: str, as_json: bool) -> None:
    _print_one(known_alert(alert_id), as_json)


@command.command(help="Note that somebody has seen an alert.")
@click.argument("alert_id")
@_by_option
@_json_option
def ack(alert_id: str, by: str, as_json: bool) -> None:
    _print_one(_ask(lambda store: store.acknowledge(alert_id, by)), as_json)


@command.command(help="Close an alert whose condition is over.")
@click.argument("alert_id")
@_by_option
@_json_option
def resolve(alert_id: str, by: str, as_json: bool) -> None:
    _print_one(_ask(lambda store: store.resolve(alert_id, by)), as_json)


def known_alert(alert_id: str) -> "AlertRecord":
    """The alert with this id.

    Raises
    ------
    AlertActionError
        If there is none.
    """
    record = _ask(lambda store: store.get(alert_id))
    if record is None:
        raise AlertActionError(f"alert {alert_id}: there is none with this id; see `wardbeat alerts list`")
    return record


def _ask(question: "Callable[[AlertStore], Awaitable[_T]]") -> _T:
    """The store's answer to one question."""
    from wardbeat import redis_client
    from wardbeat.alert_store import AlertStore
    from wardbeat.settings import settings

    async def ask() -> _T:
        config = settings()
        redis = redis_client.connect(config.redis_url)
        try:
            await redis_client.check(redis, config.redis_url)
            return await question(AlertStore(redis, sounds_again_s=config.sounds_again_s))
        finally:
            await redis.aclose()

    return asyncio.run(ask())


def _plain(record: "AlertRecord") -> dict[str, Any]:
    """An alert as JSON, without its signals, which are no reading for a terminal."""
    plain: dict[str, Any] = msgspec.to_builtins(record)
    for signal in ("strip", "reconstruction", "residual"):
        del plain["alert"]["evidence"][signal]
    return plain


def _print_one(record: "AlertRecord", as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(_plain(record)))
        return
    from wardbeat.alerts import CODES

    alert, evidence = record.alert, record.alert.evidence
    over = "lasts" if alert.ended_s is None else f"over at {alert.ended_s:.1f} s"
    rows = [
        ("alert", alert.alert_id),
        ("stream", f"{alert.stream_id} ({alert.origin}, session {alert.session_id})"),
        ("what", f"{CODES[alert.code].words}, {alert.priority} priority"),
        ("state", record.state),
        ("condition", f"since {alert.onset_s:.1f} s of the session, raised at {alert.raised_s:.1f} s, {over}"),
        ("why", f"{evidence.rule}: {evidence.value:g} {evidence.unit}, threshold {evidence.threshold:g}"),
    ]
    if record.acknowledged_by:
        rows.append(("seen by", f"{record.acknowledged_by}, {_ago(record.acknowledged_ns)} ago"))
    if record.resolved_by:
        rows.append(("closed by", f"{record.resolved_by}, {_ago(record.resolved_ns)} ago"))
    for name, value in rows:
        click.echo(f"{name:>10}  {value}")


def _print_table(records: "list[AlertRecord]") -> None:
    from rich.console import Console
    from rich.table import Table

    from wardbeat.alerts import CODES

    if not records:
        click.echo("No alerts.")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("stream", "priority", "what", "state", "age", "seen by", "id"):
        table.add_column(heading, no_wrap=True)
    for record in records:
        alert = record.alert
        table.add_row(
            alert.stream_id,
            alert.priority,
            CODES[alert.code].words,
            record.state,
            _ago(record.raised_ns),
            record.acknowledged_by or "",
            alert.alert_id,
        )
    console = Console()
    if not console.is_terminal:
        console.width = 200  # a file or pipe has no width to fit
    console.print(table)


def _ago(since_ns: int | None) -> str:
    seconds = (time.time_ns() - (since_ns or 0)) // 1_000_000_000
    if seconds < 60:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 3600 else f"{seconds // 3600} h {seconds % 3600 // 60:02d} min"

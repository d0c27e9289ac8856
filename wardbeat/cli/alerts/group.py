"""``wardbeat alerts``: the ward's alerts from a terminal, by the same rules as on the screens."""

import json
import time
from typing import TYPE_CHECKING

import click

from wardbeat.cli.alerts.alert_records import known_alert, moment, plain
from wardbeat.cli.alerts.export import command as export
from wardbeat.cli.alerts.replay import command as replay
from wardbeat.cli.with_redis import with_redis

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from wardbeat.care.alert_lifecycle import AlertRecord
    from wardbeat.care.audit import AuditEntry
    from wardbeat.contracts.messages import Evidence

_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")
_by_option = click.option("--by", required=True, help="Your initials; they stay with the alert.")


@click.group(name="alerts", help="List, show, acknowledge, resolve, export and replay alerts.")
def command() -> None:
    pass


command.add_command(export)
command.add_command(replay)


@command.command(name="list", help="List open alerts, or all of one stream.")
@click.option("--stream", help="All alerts of this stream, newest first, resolved ones too.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="At most so many of a stream.")
@_json_option
def list_alerts(stream: str | None, limit: int, as_json: bool) -> None:
    async def read(redis: "Redis") -> "list[AlertRecord]":
        from wardbeat.store.alert_store import AlertStore

        store = AlertStore(redis)
        return await store.history(stream, limit) if stream else await store.open_alerts()

    records = with_redis(read)
    if as_json:
        click.echo(json.dumps({"alerts": [plain(record) for record in records]}))
    else:
        _print_table(records)


@command.command(help="Show one alert with its evidence and history.")
@click.argument("alert_id")
@_json_option
def show(alert_id: str, as_json: bool) -> None:
    record = known_alert(alert_id)

    async def read(redis: "Redis") -> "list[AuditEntry]":
        from wardbeat.store.audit_log import AuditLog

        return await AuditLog(redis).of(record.alert.stream_id, subject=alert_id, since_ns=record.raised_ns)

    _print_one(record, with_redis(read)[::-1], as_json)


@command.command(help="Note that somebody has seen an alert.")
@click.argument("alert_id")
@_by_option
@click.option("--comment", default="", help="What there is to say of it; it stays with the alert, so no names.")
@_json_option
def ack(alert_id: str, by: str, comment: str, as_json: bool) -> None:
    async def act(redis: "Redis") -> "AlertRecord":
        from wardbeat.settings import settings
        from wardbeat.store.alert_store import AlertStore

        store = AlertStore(redis, sounds_again_s=settings().sounds_again_s)
        return await store.acknowledge(alert_id, by, comment)

    _print_one(with_redis(act), None, as_json)


@command.command(help="Close an alert whose condition is over.")
@click.argument("alert_id")
@_by_option
@_json_option
def resolve(alert_id: str, by: str, as_json: bool) -> None:
    async def act(redis: "Redis") -> "AlertRecord":
        from wardbeat.store.alert_store import AlertStore

        return await AlertStore(redis).resolve(alert_id, by)

    _print_one(with_redis(act), None, as_json)


def _print_one(record: "AlertRecord", history: "list[AuditEntry] | None", as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(plain(record, history)))
        return
    from wardbeat.contracts.alert_codes import words_of_alert

    alert, evidence = record.alert, record.alert.evidence
    over = "lasts" if alert.ended_s is None else f"over at {alert.ended_s:.1f} s"
    rows = [
        ("alert", alert.alert_id),
        ("stream", f"{alert.stream_id} ({alert.origin}, session {alert.session_id})"),
        ("what", f"{words_of_alert(alert)}, {alert.priority} priority"),
        ("state", record.state),
        ("condition", f"since {alert.onset_s:.1f} s of the session, raised at {alert.raised_s:.1f} s, {over}"),
        ("why", f"{evidence.rule}: {evidence.value:g} {evidence.unit}, threshold {evidence.threshold:g}"),
        ("ECG", _ecg_in_words(evidence)),
    ]
    if record.acknowledged_by:
        rows.append(("seen by", f"{record.acknowledged_by}, {_ago(record.acknowledged_ns)} ago"))
    if record.resolved_by:
        rows.append(("closed by", f"{record.resolved_by}, {_ago(record.resolved_ns)} ago"))
    rows += [("comment", f"{comment.by}: {comment.text}") for comment in record.comments]
    for name, value in rows:
        click.echo(f"{name:>10}  {value}")
    for entry in history or []:
        click.echo(f"{moment(entry.at_ns):>24}  {entry.act:<12}  {entry.by:<9}  {entry.detail}".rstrip())


def _ecg_in_words(evidence: "Evidence") -> str:
    from wardbeat.contracts.evidence_signals import outlived_signals

    span = f"{evidence.strip_start_s:.1f} s to {evidence.strip_end_s:.1f} s, {len(evidence.beats)} beats"
    return f"{span}; its signals are not kept any more" if outlived_signals(evidence) else span


def _print_table(records: "list[AlertRecord]") -> None:
    from rich.console import Console
    from rich.table import Table

    from wardbeat.contracts.alert_codes import words_of_alert

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
            words_of_alert(alert),
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

"""Reads and prints alert records, for the commands on alerts. Text that people typed is printed verbatim."""

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click
import msgspec

from wardbeat.cli.with_redis import with_redis
from wardbeat.errors import AlertActionError

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from wardbeat.care.alert_lifecycle import AlertRecord
    from wardbeat.care.audit import AuditEntry
    from wardbeat.contracts.messages import Evidence

_NS_PER_S = 1_000_000_000


def known_alert(alert_id: str) -> "AlertRecord":
    """Read the alert with this id from Redis.

    Raises
    ------
    AlertActionError
        If no alert has this id.
    StoreError
        If Redis does not answer.
    """

    async def read(redis: "Redis") -> "AlertRecord | None":
        from wardbeat.store.alert_store import AlertStore

        return await AlertStore(redis).get(alert_id)

    record = with_redis(read)
    if record is None:
        raise AlertActionError(f"alert {alert_id}: there is none with this id; see `wardbeat alerts list`")
    return record


def as_plain(record: "AlertRecord", history: "Sequence[AuditEntry] | None" = None) -> dict[str, Any]:
    """An alert with its audit as a JSON object, without the signals of its evidence, which are bytes."""
    from wardbeat.contracts.evidence_signals import SIGNALS

    row: dict[str, Any] = msgspec.to_builtins(record)
    for signal in SIGNALS:
        del row["alert"]["evidence"][signal]
    if history is not None:
        row["history"] = msgspec.to_builtins(history)
    return row


def print_alert(record: "AlertRecord", history: "Sequence[AuditEntry] | None", as_json: bool) -> None:
    """Print one alert and its history, oldest entry first, as lines or as one JSON object."""
    if as_json:
        click.echo(json.dumps(as_plain(record, history)))
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
        rows.append(("seen by", f"{record.acknowledged_by}, {time_since(record.acknowledged_ns)} ago"))
    if record.resolved_by:
        rows.append(("closed by", f"{record.resolved_by}, {time_since(record.resolved_ns)} ago"))
    rows += [("comment", f"{comment.by}: {comment.text}") for comment in record.comments]
    for name, value in rows:
        click.echo(f"{name:>10}  {value}")
    for entry in history or ():
        click.echo(f"{iso_time(entry.at_ns):>24}  {entry.act:<12}  {entry.by:<9}  {entry.detail}".rstrip())


def iso_time(unix_ns: int | None) -> str:
    """Unix time in ns as ``2026-11-21T03:12:45.250Z``; an empty string for None."""
    if unix_ns is None:
        return ""
    at = datetime.fromtimestamp(unix_ns / 1e9, UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{unix_ns // 1_000_000 % 1000:03d}Z"


def time_since(unix_ns: int | None) -> str:
    """The time from a Unix time in ns until now, as ``12 s``, ``3 min`` or ``2 h 05 min``."""
    seconds = (time.time_ns() - (unix_ns or 0)) // _NS_PER_S
    if seconds < 60:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 3600 else f"{seconds // 3600} h {seconds % 3600 // 60:02d} min"


def _ecg_in_words(evidence: "Evidence") -> str:
    from wardbeat.contracts.evidence_signals import signals_expired

    strip = f"{evidence.strip_start_s:.1f} s to {evidence.strip_end_s:.1f} s, {len(evidence.beats)} beats"
    return f"{strip}; its signals are deleted" if signals_expired(evidence) else strip

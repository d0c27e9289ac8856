"""``wardbeat alerts export``: alerts with their history as a table or as JSON lines, for a review of a shift."""

import csv
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import click
import msgspec

from wardbeat.cli.alerts.alert_records import as_plain, iso_time
from wardbeat.cli.values import FILE_TO_WRITE, SINCE
from wardbeat.cli.with_redis import with_redis

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from wardbeat.care.alert_lifecycle import AlertRecord
    from wardbeat.care.audit import AuditEntry

MOST_ENTRIES = 1_000_000
"""Most audit entries to read of one bed: more than 30 days can have."""


class _Exported(NamedTuple):
    """An alert with its audit, oldest entry first."""

    record: "AlertRecord"
    history: "list[AuditEntry]"


@click.command(name="export")
@click.option(
    "--since", type=SINCE, default="24h", show_default=True, help="ISO time (UTC without a zone) or 30min, 8h, 7d."
)
@click.option("--stream", help="Only alerts of this stream.")
@click.option("--format", "form", type=click.Choice(["csv", "jsonl"]), default="csv", show_default=True)
@click.option("--out", type=FILE_TO_WRITE, help="File to write; without it, standard output.")
def command(since: int, stream: str | None, form: str, out: Path | None) -> None:
    """Write the alerts that were raised or changed since a time: one alert a line, oldest first.

    In CSV, one column has the whole history of an alert. In JSON lines, each act is an object. ECG strips are left out.
    """
    found = with_redis(lambda redis: _read(redis, since, stream), bed=stream, or_former_bed=True)
    if out is None:
        _write(sys.stdout, found, form)
        return
    with out.open("w", newline="") as file:
        _write(file, found, form)
    click.echo(f"{len(found)} alerts in {out}")


async def _read(redis: "Redis", since_ns: int, stream: str | None) -> list[_Exported]:
    from wardbeat.store.alert_store import AlertStore
    from wardbeat.store.audit_log import AuditLog

    store, audit = AlertStore(redis), AuditLog(redis)
    found = []
    for stream_id in await audit.audited(since_ns):
        if stream not in (None, stream_id):
            continue
        entries = await audit.of(stream_id, since_ns=since_ns, limit=MOST_ENTRIES)
        for subject in {entry.subject for entry in entries}:
            record = await store.get(subject)
            if record is not None:  # other subjects of a bed are an admission or a pause
                history = await audit.of(stream_id, subject=subject, since_ns=record.raised_ns, limit=MOST_ENTRIES)
                found.append(_Exported(record, history[::-1]))
    return sorted(found, key=lambda row: (row.record.raised_ns, row.record.alert.alert_id))


def _write(file: IO[str], found: Sequence[_Exported], form: str) -> None:
    if form == "jsonl":
        for record, history in found:
            file.write(msgspec.json.encode(as_plain(record, history)).decode() + "\n")
        return
    rows = [_row(record, history) for record, history in found]
    columns = csv.DictWriter(file, fieldnames=COLUMNS)
    columns.writeheader()
    columns.writerows(rows)


COLUMNS = (
    "alert_id", "stream_id", "session_id", "origin", "kind", "code", "words", "priority", "state", "raised", "onset_s",
    "raised_s", "ended_s", "rule", "value", "threshold", "unit", "acknowledged", "acknowledged_by", "resolved",
    "resolved_by", "comments", "history",
)  # fmt: skip


def _row(record: "AlertRecord", history: "Sequence[AuditEntry]") -> dict[str, Any]:
    from wardbeat.contracts.alert_codes import words_of_alert

    alert, evidence = record.alert, record.alert.evidence
    return {
        "alert_id": alert.alert_id,
        "stream_id": alert.stream_id,
        "session_id": alert.session_id,
        "origin": alert.origin,
        "kind": alert.kind,
        "code": alert.code,
        "words": words_of_alert(alert),
        "priority": alert.priority,
        "state": record.state,
        "raised": iso_time(record.raised_ns),
        "onset_s": round(alert.onset_s, 3),
        "raised_s": round(alert.raised_s, 3),
        "ended_s": None if alert.ended_s is None else round(alert.ended_s, 3),
        "rule": evidence.rule,
        "value": evidence.value,
        "threshold": evidence.threshold,
        "unit": evidence.unit,
        "acknowledged": iso_time(record.acknowledged_ns),
        "acknowledged_by": record.acknowledged_by,
        "resolved": iso_time(record.resolved_ns),
        "resolved_by": record.resolved_by,
        "comments": _cell(f"{comment.by}: {comment.text}" for comment in record.comments),
        "history": _cell(
            f"{iso_time(entry.at_ns)} {entry.act} {entry.by} {entry.detail}".rstrip() for entry in history
        ),
    }


def _cell(parts: Iterable[str]) -> str:
    """Several parts in one cell.

    A spreadsheet takes text that begins with one of = + - @ for a formula, so such a cell gets a quote in front.
    """
    text = "; ".join(parts)
    return f"'{text}" if text[:1] in {"=", "+", "-", "@"} else text

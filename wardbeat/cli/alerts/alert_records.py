"""Alerts as commands read and write them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from wardbeat.cli.with_redis import with_redis
from wardbeat.errors import AlertActionError

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from wardbeat.care.alert_lifecycle import AlertRecord
    from wardbeat.care.audit import AuditEntry


def known_alert(alert_id: str) -> "AlertRecord":
    """The alert with this id.

    Raises
    ------
    AlertActionError
        If there is none.
    """

    async def read(redis: "Redis") -> "AlertRecord | None":
        from wardbeat.store.alert_store import AlertStore

        return await AlertStore(redis).get(alert_id)

    record = with_redis(read)
    if record is None:
        raise AlertActionError(f"alert {alert_id}: there is none with this id; see `wardbeat alerts list`")
    return record


def plain(record: "AlertRecord", history: "Sequence[AuditEntry] | None" = None) -> dict[str, Any]:
    """An alert, and what was done with it, as JSON: without its signals, which are no reading."""
    from wardbeat.contracts.evidence_signals import SIGNALS

    row: dict[str, Any] = msgspec.to_builtins(record)
    for signal in SIGNALS:
        del row["alert"]["evidence"][signal]
    if history is not None:
        row["history"] = msgspec.to_builtins(history)
    return row


def moment(unix_ns: int | None) -> str:
    """``2026-11-21T03:12:45.250Z``; empty without a time."""
    if unix_ns is None:
        return ""
    time = datetime.fromtimestamp(unix_ns / 1e9, UTC)
    return f"{time:%Y-%m-%dT%H:%M:%S}.{unix_ns // 1_000_000 % 1000:03d}Z"

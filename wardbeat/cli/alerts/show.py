"""``wardbeat alerts show``: one alert with its evidence and history."""

from typing import TYPE_CHECKING

import click

from wardbeat.cli.alerts.alert_records import known_alert, print_alert
from wardbeat.cli.options import json_option
from wardbeat.cli.values import LINE
from wardbeat.cli.with_redis import with_redis

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from wardbeat.care.audit import AuditEntry


@click.command(name="show", help="Show one alert with its evidence and history.")
@click.argument("alert_id", type=LINE)
@json_option
def command(alert_id: str, as_json: bool) -> None:
    record = known_alert(alert_id)

    async def read(redis: "Redis") -> "list[AuditEntry]":
        from wardbeat.store.audit_log import AuditLog

        return await AuditLog(redis).of(record.alert.stream_id, subject=alert_id, since_ns=record.raised_ns)

    newest_first = with_redis(read)
    print_alert(record, newest_first[::-1], as_json)

"""``wardbeat alerts resolve``: close an alert whose condition has ended."""

from typing import TYPE_CHECKING

import click

from wardbeat.cli.alerts.alert_records import print_alert
from wardbeat.cli.options import by_option, json_option
from wardbeat.cli.values import LINE
from wardbeat.cli.with_redis import with_redis

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from wardbeat.care.alert_lifecycle import AlertRecord


@click.command(name="resolve", help="Close an alert whose condition has ended.")
@click.argument("alert_id", type=LINE)
@by_option
@json_option
def command(alert_id: str, by: str, as_json: bool) -> None:
    async def act(redis: "Redis") -> "AlertRecord":
        from wardbeat.store.alert_store import AlertStore

        return await AlertStore(redis).resolve(alert_id, by)

    print_alert(with_redis(act), None, as_json)

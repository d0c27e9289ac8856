"""``wardbeat alerts ack``: acknowledge an alert."""

from typing import TYPE_CHECKING

import click

from wardbeat.cli.alerts.alert_records import print_alert
from wardbeat.cli.options import by_option, json_option
from wardbeat.cli.values import COMMENT, LINE
from wardbeat.cli.with_redis import with_redis

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from wardbeat.care.alert_lifecycle import AlertRecord


@click.command(name="ack", help="Acknowledge an alert.")
@click.argument("alert_id", type=LINE)
@by_option
@click.option(
    "--comment", type=COMMENT, default="", help="A comment. Wardbeat stores it with the alert, so write no names."
)
@json_option
def command(alert_id: str, by: str, comment: str, as_json: bool) -> None:
    async def act(redis: "Redis") -> "AlertRecord":
        from wardbeat.settings import settings
        from wardbeat.store.alert_store import AlertStore

        store = AlertStore(redis, sounds_again_s=settings().sounds_again_s)
        return await store.acknowledge(alert_id, by, comment)

    print_alert(with_redis(act), None, as_json)

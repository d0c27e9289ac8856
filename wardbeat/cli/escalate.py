"""``wardbeat escalate``: one process that notifies other staff of alerts that are not acknowledged in time."""

import asyncio
import json
import logging
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from processors.escalation.canary_watch import CanaryWatch
    from processors.escalation.escalator import Escalator
    from wardbeat.observability.instruments import Instruments
    from wardbeat.settings import Settings


@click.command(
    help="Notify other staff of alerts that are not acknowledged in time, until Ctrl-C or SIGTERM. "
    "Start two, so that one remains."
)
@click.option("--json", "as_json", is_flag=True, help="Print the counts as one JSON object at the end.")
def command(as_json: bool) -> None:
    from wardbeat.observability import logs
    from wardbeat.observability.instruments import Instruments, serve_instruments
    from wardbeat.settings import settings

    config = settings()
    logs.configure(as_json=config.log_json, level=logging.WARNING)
    instruments = Instruments(("redis",))
    with serve_instruments(instruments, config.metrics_host, config.metrics_port):
        escalator = asyncio.run(_run(config, instruments))
    if as_json:
        click.echo(json.dumps({"told": escalator.notified, "failed": escalator.failed}))


async def _run(settings: "Settings", instruments: "Instruments") -> "Escalator":
    from processors.escalation import channels
    from processors.escalation.canary_watch import CanaryWatch, ping_url
    from processors.escalation.escalator import Escalator
    from processors.escalation.system_watch import SystemWatch
    from wardbeat.clock import unix_ns
    from wardbeat.kafka.topic_admin import check_topics
    from wardbeat.stop_signals import stop_event
    from wardbeat.store import migrations, redis_client
    from wardbeat.store.alert_store import AlertStore
    from wardbeat.store.beds.admission_store import AdmissionStore
    from wardbeat.store.escalation_store import EscalationStore
    from wardbeat.store.live_store import LiveStore
    from wardbeat.store.screen_store import ScreenStore

    stop = stop_event()
    turning = asyncio.create_task(instruments.probes.keep_turning())
    redis = redis_client.connect(settings.redis_address)
    try:
        await redis_client.check(redis, settings.redis_address)
        await migrations.migrate(redis)
        await asyncio.to_thread(check_topics, settings.kafka)
        by = {"topic": channels.topic(settings.kafka)}
        if settings.escalation_webhook is not None:
            by["webhook"] = channels.webhook(str(settings.escalation_webhook))
        alerts = AlertStore(redis)
        escalator = Escalator(
            alerts,
            AdmissionStore(redis),
            EscalationStore(redis),
            SystemWatch(alerts, LiveStore(redis), ScreenStore(redis), unix_ns),
            by,
            settings.escalate_after_s,
            unix_ns,
        )
        _show(instruments, escalator)
        running = [escalator.run(stop)]
        if settings.canary:
            ping = ping_url(str(settings.canary_ping_url)) if settings.canary_ping_url is not None else None
            canary = CanaryWatch(alerts, LiveStore(redis), ping, unix_ns)
            _show_canary(instruments, canary)
            running.append(canary.run(stop))
        async with asyncio.TaskGroup() as tasks:
            for one in running:
                tasks.create_task(one)
        return escalator
    finally:
        turning.cancel()
        await redis.aclose()


def _show(instruments: "Instruments", escalator: "Escalator") -> None:
    instruments.probes.set_check("redis", lambda: escalator.redis_problem)
    instruments.read("wardbeat_escalator_told_total", lambda: escalator.notified)
    instruments.read("wardbeat_escalator_failed_total", lambda: escalator.failed)


def _show_canary(instruments: "Instruments", canary: "CanaryWatch") -> None:
    instruments.read("wardbeat_escalator_canary_age_seconds", lambda: canary.age_s)
    instruments.read("wardbeat_escalator_canary_delay_seconds", lambda: canary.delay_s)
    instruments.read("wardbeat_escalator_canary_pings_failed_total", lambda: canary.pings_failed)

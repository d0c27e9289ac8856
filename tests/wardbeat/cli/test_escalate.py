"""`wardbeat escalate` as a process: it notifies of an unacknowledged alert, and ends after a signal."""

import asyncio
import json
import time
from pathlib import Path

import pytest
from confluent_kafka import Consumer

from tests.support.limits import WAIT_S
from tests.support.samples import make_alert
from wardbeat.contracts import topics
from wardbeat.contracts.codec import decode_escalation
from wardbeat.embedded.services import environment, start_escalator
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.redis_client import connect

pytestmark = pytest.mark.slow  # real Kafka and Redis


def test_an_unacknowledged_alert_is_escalated(
    ward_topics: str, redis_server: str, consumer_group: str, tmp_path: Path
) -> None:
    alert = make_alert("asystole")

    async def raise_a_minute_ago() -> None:
        async with connect(redis_server) as redis:
            await AlertStore(redis, lambda: time.time_ns() - 61_000_000_000).take(alert)

    asyncio.run(raise_a_minute_ago())
    variables = environment(ward_topics, redis_server, "w", tmp_path)
    consumer = Consumer({"bootstrap.servers": ward_topics, "group.id": consumer_group, "auto.offset.reset": "earliest"})
    consumer.subscribe([topics.ESCALATION])
    with start_escalator(tmp_path, variables) as escalator:
        try:
            (message,) = consumer.consume(1, WAIT_S)
        finally:
            consumer.close()
        assert escalator.stop(WAIT_S) == 0, escalator.tail()
    value = message.value()
    assert value is not None
    assert decode_escalation(value).alert_id == alert.alert_id
    summary = json.loads(escalator.out.read_text().splitlines()[-1])
    assert summary == {"told": 1, "failed": 0}

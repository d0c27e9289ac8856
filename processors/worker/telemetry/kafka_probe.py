"""Asks Kafka once a second whether it answers, beside the consumer, which says nothing while it waits."""

import asyncio
from typing import Final

import structlog
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from wardbeat.contracts import topics
from wardbeat.kafka.access import KafkaAccess

EVERY_S: Final = 1.0
ANSWER_S: Final = 1.0
"""A Kafka without an answer for 1 s hangs. With the question, the heartbeat and the poll of the dashboard, a screen
shows it within 4 s."""
RECONNECT_MS: Final = 500
"""librdkafka would wait up to 10 s before it tries a Kafka again that was away."""

_log = structlog.get_logger(__name__)


class KafkaProbe:
    """Whether Kafka answers.

    Parameters
    ----------
    kafka : KafkaAccess

    Attributes
    ----------
    problem : str or None
        Why Kafka does not answer; None if it does.
    """

    def __init__(self, kafka: KafkaAccess) -> None:
        self.problem: str | None = None
        config = {**kafka.client_config(), "reconnect.backoff.max.ms": RECONNECT_MS, "log_level": 0}
        self._admin = AdminClient(config)

    async def run(self) -> None:
        """Ask until cancelled."""
        while True:
            await self.ask()
            await asyncio.sleep(EVERY_S)

    async def ask(self) -> None:
        """Ask once."""
        try:
            await asyncio.to_thread(self._admin.list_topics, topics.WAVEFORM, ANSWER_S)
        except KafkaException as error:
            if self.problem is None:
                _log.warning("Kafka does not answer: no bed of this worker is monitored", error=str(error))
            self.problem = f"Kafka does not answer ({error.args[0].str()})"
        else:
            if self.problem is not None:
                _log.info("Kafka answers again")
            self.problem = None

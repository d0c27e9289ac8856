"""The channels that deliver an escalation: a webhook and a Kafka topic."""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable
from typing import Final

import httpx
import msgspec
import stamina
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from wardbeat.contracts import topics
from wardbeat.contracts.codec import encode
from wardbeat.contracts.messages import Escalation
from wardbeat.errors import EscalationError
from wardbeat.kafka.access import KafkaAccess

WEBHOOK_TIMEOUT_S: Final = 5.0
WEBHOOK_TRIES: Final = 4
WEBHOOK_FIRST_WAIT_S: Final = 1.0
"""The wait doubles after each try: 1, 2 and 4 s. All tries take less than half of ``escalation_store.LEASE_S``."""
KAFKA_TIMEOUT_S: Final = 15.0

Channel = Callable[[Escalation], Awaitable[None]]
"""Delivers an escalation, or raises an EscalationError."""


def webhook(url: str, *, tries: int = WEBHOOK_TRIES, first_wait_s: float = WEBHOOK_FIRST_WAIT_S) -> Channel:
    """Post each escalation as JSON to ``url``.

    The ``Idempotency-Key`` header is the escalation's id, so that a receiver recognises a repeated post. Any answer but
    2xx is a failure, and so is a redirect: a client would follow it with a GET without the body.

    Parameters
    ----------
    url : str
        It may contain a token, so no log line and no error names it.
    tries : int
        How often a post is tried.
    first_wait_s : float
        The wait after the first try; it doubles after each further one.
    """
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log the URL of each request
    certificates = ssl.create_default_context()  # the machine's own, as a hospital may have a private authority
    retrying = stamina.AsyncRetryingCaller(
        attempts=tries, timeout=None, wait_initial=first_wait_s, wait_max=first_wait_s * 2**tries, wait_jitter=0
    ).on((httpx.HTTPError, _NotAcceptedError))

    async def post(escalation: Escalation) -> None:
        headers = {"Content-Type": "application/json", "Idempotency-Key": escalation.escalation_id}
        async with (
            httpx.AsyncClient(verify=certificates, timeout=WEBHOOK_TIMEOUT_S, follow_redirects=False) as client,
            client.stream("POST", url, content=msgspec.json.encode(escalation), headers=headers) as answer,
        ):
            if not answer.is_success:
                raise _NotAcceptedError(f"HTTP Error {answer.status_code}: {answer.reason_phrase}")

    async def notify(escalation: Escalation) -> None:
        try:
            await retrying(post, escalation)
        except (httpx.HTTPError, _NotAcceptedError) as error:
            reason = str(error) or type(error).__name__
            raise EscalationError(f"webhook did not take it in {tries} tries ({reason}); see to it") from error

    return notify


def topic(kafka: KafkaAccess) -> Channel:
    """Send each escalation to ``ecg.escalation.v1``, under the key of its bed."""
    producer = Producer(
        {
            **kafka.client_config(),
            "client.id": "wardbeat-escalate",
            "enable.idempotence": True,
            "partitioner": topics.PARTITIONER,
            "delivery.timeout.ms": round(KAFKA_TIMEOUT_S * 1000),
            "log_level": 0,
        }
    )

    async def notify(escalation: Escalation) -> None:
        await asyncio.to_thread(_send, producer, escalation)

    return notify


class _NotAcceptedError(Exception):
    """The webhook's answer is not 2xx."""


def _send(producer: Producer, escalation: Escalation) -> None:
    problems: list[KafkaError] = []

    def delivered(error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            problems.append(error)

    try:
        producer.produce(
            topics.ESCALATION, encode(escalation), topics.key_of(escalation.stream_id), on_delivery=delivered
        )
        undelivered = producer.flush(KAFKA_TIMEOUT_S + 1)
    except (KafkaException, BufferError) as error:
        raise EscalationError(f"topic {topics.ESCALATION} did not take it ({error}); is Kafka up?") from error
    if problems or undelivered:
        reason = problems[0].str() if problems else f"no answer within {KAFKA_TIMEOUT_S:g} s"
        raise EscalationError(f"topic {topics.ESCALATION} did not take it ({reason}); is Kafka up?")

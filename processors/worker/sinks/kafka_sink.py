"""Sends alerts, beats, windows and dead letters to Kafka, alerts first.

Nothing that follows from the canary is sent, except dead letters: whoever counts what is in a topic counts patients.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Protocol

from processors.ward.ward import WardOutput
from processors.worker.records import OutgoingRecord, RejectedRecord, dead_letter_record, output_record
from processors.worker.sinks.persist import persist
from processors.worker.sinks.urgency_order import most_urgent_first
from wardbeat.contracts.canary import is_canary
from wardbeat.contracts.messages import Alert, Beat, Window


class Send(Protocol):
    """Sends one record to Kafka and waits until it is delivered.

    Raises
    ------
    BrokerError
        If Kafka does not confirm the delivery.
    """

    async def __call__(
        self, topic: str, key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes]]
    ) -> None: ...


class KafkaSink:
    """Sends the outputs of a batch with ``send``."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def write(self, outputs: Sequence[WardOutput], rejected: Iterable[RejectedRecord]) -> None:
        """Send what a batch brought, alerts first; returns once Kafka has all of it. Waits while Kafka is away."""
        urgent = most_urgent_first([output for output in outputs if not is_canary(output.stream_id)])
        alerts = [output_record(output) for output in urgent if isinstance(output, Alert)]
        others = [output_record(output) for output in urgent if isinstance(output, Beat | Window)]
        records = [*alerts, *others, *map(dead_letter_record, rejected)]
        if records:
            await persist("Kafka", lambda: self._send_all(records))

    async def _send_all(self, records: list[OutgoingRecord]) -> None:
        await asyncio.gather(*(self._send(*record) for record in records))

"""Tells others when nobody comes to an alert: by webhook and by topic, once for each alert and priority.

A process of its own, of which there may be several: an alert is told by whoever claims it. What can't be delivered is
an alert itself, and is tried again until it is, or until somebody has come.
"""

import asyncio
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

import msgspec
import structlog
from confluent_kafka import KafkaError, KafkaException, Message, Producer
from redis.exceptions import RedisError

from wardbeat.care.admissions import silenced
from wardbeat.care.alert_lifecycle import AlertRecord
from wardbeat.care.escalation import escalation_of, failure_ended, failure_of, is_due
from wardbeat.contracts import topics
from wardbeat.contracts.codec import encode
from wardbeat.contracts.messages import Alert, Escalation
from wardbeat.errors import EscalationError
from wardbeat.kafka.access import KafkaAccess
from wardbeat.store.admission_store import AdmissionStore
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.escalation_store import EscalationStore

LOOK_EVERY_S: Final = 1.0
WEBHOOK_TIMEOUT_S: Final = 5.0
WEBHOOK_WAITS_S: Final = (1.0, 2.0, 4.0)
"""Before each further try; all of it takes less than half of ``escalation_store.LEASE_S``."""
KAFKA_TIMEOUT_S: Final = 15.0

Channel = Callable[[Escalation], Awaitable[None]]
"""Tells somebody, or raises an EscalationError."""

_log = structlog.get_logger(__name__)


class Escalator:
    """Looks for alerts that nobody came to, and tells by every channel.

    Parameters
    ----------
    alerts : AlertStore
    beds : AdmissionStore
        Nobody is told of what is silent while a patient is away.
    store : EscalationStore
    channels : mapping of str to Channel
        By the names that staff read if one of them fails.
    after_s : float
        How long an alert may call.
    clock_ns : callable
        Unix time in nanoseconds.

    Attributes
    ----------
    notified, failed : int
        Escalations that were delivered, and tries that were not.
    redis_problem : str or None
        Why it can't tell of anything just now.
    """

    def __init__(
        self,
        alerts: AlertStore,
        beds: AdmissionStore,
        store: EscalationStore,
        channels: Mapping[str, Channel],
        after_s: float,
        clock_ns: Callable[[], int],
    ) -> None:
        self._alerts = alerts
        self._beds = beds
        self._store = store
        self._channels = channels
        self._after_s = after_s
        self._clock_ns = clock_ns
        self.notified = 0
        self.failed = 0
        self.redis_problem: str | None = "not asked yet"

    async def run(self, stop: asyncio.Event) -> None:
        """Look every second until ``stop`` is set; a Redis that is away is waited for."""
        away = False
        while not stop.is_set():
            try:
                await self._store.show_life()
                await self.look()
                away = False
                self.redis_problem = None
            except RedisError as error:
                self.redis_problem = f"Redis does not answer ({error})"
                if not away:
                    _log.warning("Redis does not answer: nobody can be told of anything", error=str(error))
                away = True
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    await stop.wait()
            except TimeoutError:
                continue

    async def look(self) -> None:
        """Tell of all that is due now and nobody else is telling of."""
        await self._end_failures()
        alert_ids = await self._store.claim(self._after_s)
        await asyncio.gather(*(self._escalate(alert_id) for alert_id in alert_ids))

    async def _escalate(self, alert_id: str) -> None:
        record = await self._alerts.get(alert_id)
        if record is None or not is_due(record, self._clock_ns(), self._after_s):
            await self._store.give_back(alert_id)
            return
        bed = await self._beds.bed(record.alert.stream_id)
        if record.alert.code in silenced(bed, self._clock_ns()):
            return  # looked at again when the lease is over, as the patient may be back then
        escalation = escalation_of(record, self._clock_ns())
        problems = await self._notify(escalation)
        if problems:
            self.failed += 1
            await self._fail(record, escalation, problems)
            return  # it stays ours for the rest of the lease; then it is tried again
        self.notified += 1
        await self._alerts.note_escalation(alert_id, escalation.priority)
        await self._store.give_back(alert_id)

    async def _notify(self, escalation: Escalation) -> dict[str, str]:
        """Tell by every channel that has not told yet; what went wrong, by channel."""
        notified = await self._store.notified(escalation.escalation_id)
        left = [name for name in self._channels if name not in notified]
        answers = await asyncio.gather(*(self._channels[name](escalation) for name in left), return_exceptions=True)
        problems = {}
        for name, answer in zip(left, answers, strict=True):
            if answer is None:
                await self._store.note_notified(escalation.escalation_id, name)
            elif isinstance(answer, Exception):  # whatever it is: nobody was told, and the other alerts must not wait
                problems[name] = str(answer) if isinstance(answer, EscalationError) else repr(answer)
            else:
                raise answer
        return problems

    async def _fail(self, record: AlertRecord, escalation: Escalation, problems: dict[str, str]) -> None:
        channel, error = next(iter(problems.items()))
        _log.error("nobody could be told of an alert", alert_id=record.alert.alert_id, problems=problems)
        known = (await self._store.failures()).get(record.alert.alert_id)
        failure = failure_of(record.alert, escalation, channel, error)
        if known is not None and known.alert_id != failure.alert_id:
            await self._end(known)
        await self._store.add_failure(record.alert.alert_id, failure)
        await self._alerts.take(failure)

    async def _end_failures(self) -> None:
        """End the alerts on failures of what was told after all, or whom somebody came to."""
        for alert_id, failure in (await self._store.failures()).items():
            if not await self._store.waits(alert_id):
                await self._end(failure)
                await self._store.remove_failure(alert_id)

    async def _end(self, failure: Alert) -> None:
        record = await self._alerts.get(failure.alert_id)
        now_ns = self._clock_ns()
        await self._alerts.take(failure_ended(failure, record.raised_ns if record else now_ns, now_ns))


def webhook(url: str, waits_s: Sequence[float] = WEBHOOK_WAITS_S) -> Channel:
    """Posts each escalation as JSON; its id is the ``Idempotency-Key``, so that a receiver knows a repetition."""

    async def notify(escalation: Escalation) -> None:
        for wait_s in (*waits_s, None):
            try:
                await asyncio.to_thread(_post, url, escalation)
            except (OSError, ValueError) as error:
                if wait_s is None:
                    tries = len(waits_s) + 1
                    raise EscalationError(f"webhook did not take it in {tries} tries ({error}); see to it") from error
                await asyncio.sleep(wait_s)
            else:
                return

    return notify


def topic(kafka: KafkaAccess) -> Channel:
    """Sends each escalation to ``ecg.escalation.v1``, under the key of its bed."""
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


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirected POST arrives as a GET without its body, and is answered as if all were well."""

    def redirect_request(self, *_: object) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect)


def _post(url: str, escalation: Escalation) -> None:
    request = urllib.request.Request(  # noqa: S310 # the settings let http and https through only
        url,
        data=msgspec.json.encode(escalation),
        headers={"Content-Type": "application/json", "Idempotency-Key": escalation.escalation_id},
        method="POST",
    )
    with _opener.open(request, timeout=WEBHOOK_TIMEOUT_S) as answer:
        answer.read(1024)


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

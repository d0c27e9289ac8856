"""ECG chunks into Kafka: idempotent, acknowledged by the broker and counted, never dropped."""

import logging
import time
from collections.abc import Mapping
from functools import partial
from typing import Any, Final, NamedTuple, Protocol

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from wardbeat.contracts import topics
from wardbeat.contracts.codec import encode_chunk
from wardbeat.contracts.messages import EcgChunk
from wardbeat.errors import BrokerError
from wardbeat.kafka.access import KafkaAccess
from wardbeat.kafka.client import Complaints, first_answer, unusable

CONNECT_TIMEOUT_S: Final = 10.0
FLUSH_TIMEOUT_S: Final = 30.0
HUNG_AFTER_S: Final = 4.0
"""A node that has not answered by then is given up, and its partitions' new leader asked; librdkafka waits for 60 s."""
LEADERS_EVERY_S: Final = 1.0
"""How often it asks who leads: a node that hangs tells nobody that another has taken its place."""
DELIVERY_TIMEOUT_S: Final = 120.0
"""How long a chunk may wait for a broker that is away; one that could not be delivered by then has failed."""

# librdkafka tells of every reconnection; heard only where a program has set up logging.
_log = logging.getLogger("producers.kafka")
_log.addHandler(logging.NullHandler())


class Delivered(NamedTuple):
    """Chunks that the broker has acknowledged, and those that it never did."""

    sent: int
    failed: int


class ChunkSink(Protocol):
    """Where chunks go."""

    def send(self, chunk: EcgChunk) -> None:
        """Take a chunk; blocks while there is no room, and never drops one."""
        ...

    def delivered(self) -> Delivered:
        """The counts so far."""
        ...

    @property
    def arrived(self) -> Mapping[str, int]:
        """By stream, the chunks that the broker has acknowledged before the first that it has not."""
        ...

    def close(self) -> Delivered:
        """Wait until every chunk is acknowledged or has failed."""
        ...


def producer_config(kafka: KafkaAccess) -> dict[str, Any]:
    """Settings of every Wardbeat producer, as librdkafka names them."""
    return {
        **kafka.client_config(),
        "client.id": "wardbeat-replay",
        "enable.idempotence": True,
        "partitioner": topics.PARTITIONER,
        "linger.ms": 5,
        "socket.timeout.ms": round(HUNG_AFTER_S * 1000),
        "delivery.timeout.ms": round(DELIVERY_TIMEOUT_S * 1000),
        "topic.metadata.refresh.interval.ms": round(LEADERS_EVERY_S * 1000),
        "log.connection.close": False,
    }


class KafkaChunkSink:
    """Sends chunks to the waveform topic, keyed by stream.

    Raises
    ------
    BrokerError
        At once if no broker answers, it refuses us or the topic does not exist; later if the broker refuses the
        producer for good.
    CodecError
        From :meth:`send`, for a chunk that no worker would take, such as one that is too long; it is not sent.
    """

    def __init__(self, kafka: KafkaAccess, topic: str = topics.WAVEFORM, **config: object) -> None:
        self._topic = topic
        self._kafka = kafka
        self._sent = 0
        self._failed = 0
        self._accepted = 0
        self._arrived: dict[str, int] = {}
        self._with_gap: set[str] = set()
        self._last_failure = ""
        self._complaints = Complaints()
        try:
            self._producer = Producer({**producer_config(kafka), "error_cb": self._on_error, "logger": _log, **config})
        except KafkaException as error:
            raise unusable(error, kafka) from error
        self._check_topic()

    def send(self, chunk: EcgChunk) -> None:
        value, key = encode_chunk(chunk), topics.key_of(chunk.stream_id)
        on_delivery = partial(self._on_delivery, chunk.stream_id)
        while True:
            try:
                self._producer.produce(self._topic, value=value, key=key, on_delivery=on_delivery)
            except BufferError:  # the local queue is full: wait until the broker has taken some
                self._producer.poll(0.1)
            except KafkaException as error:
                raise self._broken(error) from error
            else:
                self._accepted += 1
                self._producer.poll(0)
                return

    def delivered(self) -> Delivered:
        return Delivered(self._sent, self._failed)

    def close(self) -> Delivered:
        deadline_s = time.monotonic() + FLUSH_TIMEOUT_S
        while self._producer.flush(0.5) and time.monotonic() < deadline_s:
            pass
        return Delivered(self._sent, self._accepted - self._sent)

    @property
    def arrived(self) -> Mapping[str, int]:
        return self._arrived

    @property
    def waiting(self) -> int:
        """Chunks that were taken and neither acknowledged nor given up yet."""
        return self._accepted - self._sent - self._failed

    @property
    def last_failure(self) -> str:
        """What the broker or the connection last complained of; empty if nothing."""
        return self._last_failure

    def _check_topic(self) -> None:
        there = first_answer(self._producer, self._kafka, self._complaints, CONNECT_TIMEOUT_S, self._topic)
        problem = there.topics[self._topic].error
        if problem is not None:
            raise BrokerError(
                f"Kafka at {self._kafka.servers}: no topic {self._topic} ({problem.str()}); "
                "`wardbeat topics create` makes the topics"
            )

    def _on_delivery(self, stream_id: str, error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            self._failed += 1
            self._last_failure = error.str()
            self._with_gap.add(stream_id)
            return
        self._sent += 1
        if stream_id not in self._with_gap:  # an idempotent producer's records of one key arrive in their order
            self._arrived[stream_id] = self._arrived.get(stream_id, 0) + 1

    def _on_error(self, error: KafkaError) -> None:
        # librdkafka retries what can be retried; what can't be makes the next produce() raise.
        self._complaints(error)
        self._last_failure = error.str()

    def _broken(self, error: KafkaException) -> BrokerError:
        return BrokerError(
            f"Kafka at {self._kafka.servers}: the producer was refused ({error.args[0].str()}); "
            "correct that and start again"
        )

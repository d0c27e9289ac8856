"""Sends ECG chunks into Kafka. The producer is idempotent, counts acknowledgements and never drops a chunk."""

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
"""After this time without an answer the client leaves a node and asks the new leader. librdkafka's default is 60 s."""
LEADERS_EVERY_S: Final = 1.0
"""The interval of metadata requests: a node that hangs does not report its new leader."""
DELIVERY_TIMEOUT_S: Final = 120.0
"""A chunk that waits longer than this for a broker counts as failed."""

# librdkafka logs every reconnection; the lines appear only in programs that configure logging.
_log = logging.getLogger("producers.kafka")
_log.addHandler(logging.NullHandler())


class Delivered(NamedTuple):
    """The number of chunks with an acknowledgement of the broker, and of those without one."""

    sent: int
    failed: int


class ChunkSink(Protocol):
    """A destination of chunks."""

    def send(self, chunk: EcgChunk) -> None:
        """Accept a chunk. It blocks while the queue is full, and never drops a chunk."""
        ...

    def delivered(self) -> Delivered:
        """The counts so far."""
        ...

    @property
    def arrived(self) -> Mapping[str, int]:
        """By stream, the number of acknowledged chunks before the first one without an acknowledgement."""
        ...

    def close(self) -> Delivered:
        """Wait until the broker has acknowledged every chunk, or the chunk has failed."""
        ...


def producer_config(kafka: KafkaAccess) -> dict[str, Any]:
    """The settings of every Wardbeat producer, under librdkafka's names."""
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
        From the constructor, if no broker answers, the broker refuses us or the topic does not exist. From
        :meth:`send`, if the broker refuses the producer permanently.
    CodecError
        From :meth:`send`, for a chunk that every worker would reject, such as one that is too long. It is not sent.
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
            except BufferError:  # the local queue is full: wait until the broker has accepted some
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
        """The number of accepted chunks that are neither acknowledged nor failed yet."""
        return self._accepted - self._sent - self._failed

    @property
    def last_failure(self) -> str:
        """The last error of the broker or the connection; empty without an error."""
        return self._last_failure

    def _check_topic(self) -> None:
        metadata = first_answer(self._producer, self._kafka, self._complaints, CONNECT_TIMEOUT_S, self._topic)
        problem = metadata.topics[self._topic].error
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
        if stream_id not in self._with_gap:  # an idempotent producer delivers the records of one key in order
            self._arrived[stream_id] = self._arrived.get(stream_id, 0) + 1

    def _on_error(self, error: KafkaError) -> None:
        # librdkafka retries by itself. After a permanent error the next produce() raises.
        self._complaints(error)
        self._last_failure = error.str()

    def _broken(self, error: KafkaException) -> BrokerError:
        return BrokerError(
            f"Kafka at {self._kafka.servers}: the producer was refused ({error.args[0].str()}); "
            "correct that and start again"
        )

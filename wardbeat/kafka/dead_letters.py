"""The dead-letter topic: records that no worker could use, what is known of each, and what may be sent once more."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from confluent_kafka import KafkaError, Message, Producer

from wardbeat.care.admissions import Bed
from wardbeat.contracts import topics
from wardbeat.contracts.codec import STREAM_ID, decode_chunk
from wardbeat.contracts.dead_letter_kinds import REFUSALS
from wardbeat.contracts.messages import EcgChunk
from wardbeat.errors import BrokerError, CodecError
from wardbeat.kafka.access import KafkaAccess
from wardbeat.kafka.reading import open_topic, read_partition
from wardbeat.store.live_store import LastSeen

IN_SERVICE_S: Final = 60.0
"""A session that was heard within this is a device at the bed, even if the workers are behind (our choice)."""
DELIVERY_S: Final = 30.0


class DeadLetter(NamedTuple):
    """A record that no worker could use.

    Attributes
    ----------
    partition, offset : int
        Where it lies in the dead-letter topic.
    time_ms : int
        Unix time at which it was put there.
    kind, reason : str
        What is wrong with it, in one word and in many; empty if it does not say.
    source : str
        The topic that it came from; empty if it does not say.
    source_partition, source_offset : int
        Where it lay there; -1 if it does not say.
    key, value : bytes, optional
        As they came.
    size : int
        Bytes of the value that came; more than ``value`` has if only its beginning was kept.
    """

    partition: int
    offset: int
    time_ms: int
    kind: str
    reason: str
    source: str
    source_partition: int
    source_offset: int
    key: bytes | None
    value: bytes | None
    size: int

    @property
    def letter_id(self) -> str:
        """What people name it by."""
        return f"{self.partition}/{self.offset}"

    @property
    def chunk(self) -> EcgChunk | None:
        """The chunk that it holds, if this version can read one."""
        try:
            return decode_chunk(self.value or b"")
        except CodecError:
            return None

    @property
    def stream_id(self) -> str | None:
        """The stream that it is of, by its content, else by its key, if either can be read."""
        if self.chunk:
            return self.chunk.stream_id
        key = (self.key or b"").decode("ascii", "replace")
        return key if STREAM_ID.fullmatch(key) else None


def read_dead_letters(kafka: KafkaAccess, since_ms: int = 0) -> Iterator[DeadLetter]:
    """All dead letters from some time on, partition by partition, each record once.

    A worker that was interrupted may have put a record there twice.

    Raises
    ------
    BrokerError
        If the broker does not answer, or has no such topic.
    """
    seen = set()
    with open_topic(kafka, topics.DEAD_LETTER) as (consumer, partitions):
        for partition in partitions:
            for message in read_partition(consumer, topics.DEAD_LETTER, partition, since_ms):
                letter = dead_letter_of(message)
                record = (letter.source, letter.source_partition, letter.source_offset, hash(letter.value))
                if not letter.source or record not in seen:
                    seen.add(record)
                    yield letter


def dead_letter_of(message: Message) -> DeadLetter:
    """What a record of the dead-letter topic says; headers that are missing or garbage leave it unknown."""
    headers = {name: _text(value) for name, value in dict(message.headers() or []).items()}
    value = message.value()
    return DeadLetter(
        partition=_number(message.partition()),
        offset=_number(message.offset()),
        time_ms=message.timestamp()[1],
        kind=headers.get(topics.KIND, ""),
        reason=headers.get("reason", ""),
        source=headers.get("topic", ""),
        source_partition=_number(headers.get("partition")),
        source_offset=_number(headers.get("offset")),
        key=message.key(),
        value=value,
        size=max(len(value or b""), _number(headers.get(topics.CUT_FROM))),
    )


def obstacle(letter: DeadLetter, bed: Bed | None, last_seen: LastSeen | None, now_ns: int) -> str | None:
    """Why a dead letter must not be sent once more; None if it may.

    Parameters
    ----------
    letter : DeadLetter
    bed : Bed, optional
        The bed of its stream.
    last_seen : LastSeen, optional
        Where its stream was when it was last heard.
    now_ns : int
        Unix time.
    """
    if letter.source != topics.WAVEFORM:
        return f"it does not say that it came from {topics.WAVEFORM}"
    if letter.size > len(letter.value or b""):
        return f"only its beginning was kept, of {letter.size} bytes"
    if letter.kind in REFUSALS:
        return "the monitor has refused it for its place in the signal, and would do so again"
    chunk = letter.chunk
    if chunk is None:
        return None
    admission = bed.admission if bed else None
    if admission and admission.stays[-1].since_ns > chunk.acquired_ns:
        return "another patient lies in the bed since"
    monitored = last_seen and not last_seen.final and now_ns - last_seen.last_seen_ns < IN_SERVICE_S * 1e9
    if last_seen and monitored and last_seen.session_id != chunk.session_id:
        return "the bed is monitored, in another session"
    return None


def send_again(kafka: KafkaAccess, letters: Iterable[DeadLetter]) -> list[str]:
    """Send records to where they came from, once more, in the order given; the ids of the dead letters.

    A chunk goes under the key that it should have had. Sent again, it changes nothing: the monitor knows its place.

    Raises
    ------
    BrokerError
        If any was not delivered; all may be sent again.
    """
    producer = Producer(
        kafka.client_config()
        | {
            "client.id": "wardbeat-dead-letters",
            "enable.idempotence": True,
            "partitioner": topics.PARTITIONER,
            "delivery.timeout.ms": round(DELIVERY_S * 1000),
            "log_level": 0,
        }
    )
    problems: list[KafkaError] = []

    def delivered(error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            problems.append(error)

    sent = []
    try:
        for letter in letters:
            _send(producer, letter, delivered)
            sent.append(letter.letter_id)
    finally:  # what was sent before reading failed is delivered all the same
        left = producer.flush(DELIVERY_S + 1)
    if problems or left:
        reason = problems[0].str() if problems else f"no answer within {DELIVERY_S:g} s"
        raise BrokerError(
            f"{max(len(problems), left)} of {len(sent)} dead letters were not delivered ({reason}); "
            "check the broker and replay them again, which does no harm"
        )
    return sent


def _send(producer: Producer, letter: DeadLetter, delivered: Callable[[KafkaError | None, Message], None]) -> None:
    chunk = letter.chunk
    key = topics.key_of(chunk.stream_id) if chunk else letter.key
    headers: dict[str, str | bytes | None] = {topics.REPLAYED_FROM: f"{topics.DEAD_LETTER}/{letter.letter_id}"}
    while True:
        try:
            producer.produce(letter.source, letter.value, key, headers=headers, on_delivery=delivered)
        except BufferError:  # the local queue is full: wait until the broker has taken some
            producer.poll(0.1)
        else:
            return


def _text(value: object) -> str:
    """A header as one printable line: whoever can write to the topic can write anything into it."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value or "")
    return "".join(character if character.isprintable() else " " for character in text)


def _number(value: str | int | None) -> int:
    try:
        return int(value if value is not None else -1)
    except ValueError:
        return -1

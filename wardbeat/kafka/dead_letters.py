"""The dead-letter topic: records that a worker could not use, and which of them may be replayed."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from confluent_kafka import KafkaError, Message, Producer

from wardbeat.care.admissions import Bed
from wardbeat.contracts import topics
from wardbeat.contracts.codec import decode_chunk
from wardbeat.contracts.dead_letter_kinds import REFUSALS
from wardbeat.contracts.messages import EcgChunk
from wardbeat.contracts.rules import STREAM_ID
from wardbeat.errors import BrokerError, CodecError
from wardbeat.kafka.access import KafkaAccess
from wardbeat.kafka.reading import open_topic, read_partition
from wardbeat.store.live_store import LastSeen

IN_SERVICE_S: Final = 60.0
"""A session with data in this time belongs to a device at the bed, even if the workers are behind (our choice)."""
DELIVERY_S: Final = 30.0


class DeadLetter(NamedTuple):
    """A record that a worker could not use.

    Attributes
    ----------
    partition, offset : int
        Its place in the dead-letter topic.
    time_ms : int
        Unix time at which the worker wrote it there.
    kind, reason : str
        The fault in one word and in a sentence; empty if the headers do not state it.
    source : str
        The topic of the record; empty if the headers do not state it.
    source_partition, source_offset : int
        Its place in that topic; -1 if the headers do not state it.
    key, value : bytes, optional
        As the producer sent them.
    size : int
        Bytes of the original value; more than in ``value`` if only the beginning was kept.
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
        """The id for people: ``PARTITION/OFFSET``."""
        return f"{self.partition}/{self.offset}"

    @property
    def chunk(self) -> EcgChunk | None:
        """The chunk in the record; None if this version can't read one."""
        try:
            return decode_chunk(self.value or b"")
        except CodecError:
            return None

    @property
    def stream_id(self) -> str | None:
        """The stream of the record, by its content, else by its key; None if neither can be read."""
        if self.chunk:
            return self.chunk.stream_id
        key = (self.key or b"").decode("ascii", "replace")
        return key if STREAM_ID.fullmatch(key) else None


def read_dead_letters(kafka: KafkaAccess, since_ms: int = 0) -> Iterator[DeadLetter]:
    """All dead letters since a Unix time in ms, partition by partition, each record once.

    A worker that was interrupted may have written a record there twice.

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
    """A dead letter from its record; a field is unknown if its header is missing or not valid."""
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
    """Why a dead letter must not be replayed; None if it may be.

    Parameters
    ----------
    letter : DeadLetter
    bed : Bed, optional
        The bed of its stream.
    last_seen : LastSeen, optional
        The last record of its stream.
    now_ns : int
        Unix time.
    """
    if letter.source != topics.WAVEFORM:
        return f"its headers do not name {topics.WAVEFORM} as its topic"
    if letter.size > len(letter.value or b""):
        return f"only the beginning of its {letter.size} bytes was kept"
    if letter.kind in REFUSALS:
        return "the monitor refused it because of its place in the signal, and would refuse it again"
    chunk = letter.chunk
    if chunk is None:
        return None
    admission = bed.admission if bed else None
    if admission and admission.stays[-1].since_ns > chunk.acquired_ns:
        return "another patient is in the bed now"
    monitored = last_seen and not last_seen.final and now_ns - last_seen.last_seen_ns < IN_SERVICE_S * 1e9
    if last_seen and monitored and last_seen.session_id != chunk.session_id:
        return "the bed is monitored in another session"
    return None


def send_again(kafka: KafkaAccess, letters: Iterable[DeadLetter]) -> list[str]:
    """Send records again to their topics, in the order given; the ids of the dead letters.

    A chunk gets the key of its stream. A chunk that is sent twice changes nothing: the monitor knows its place.

    Raises
    ------
    BrokerError
        If a record was not delivered. All records may be sent again.
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
    finally:  # if reading fails, the records that were sent before are delivered
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
    while True:  # our own loop, not stamina's: the producer must be polled to empty its queue
        try:
            producer.produce(letter.source, letter.value, key, headers=headers, on_delivery=delivered)
        except BufferError:  # the local queue is full: wait until the broker has accepted some records
            producer.poll(0.1)
        else:
            return


def _text(value: object) -> str:
    """A header as one printable line; a producer may write any bytes into it."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value or "")
    return "".join(character if character.isprintable() else " " for character in text)


def _number(value: str | int | None) -> int:
    try:
        return int(value if value is not None else -1)
    except ValueError:
        return -1

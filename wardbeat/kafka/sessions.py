"""Reads the chunks of one session that Kafka retains."""

from collections.abc import Iterator

from wardbeat.contracts import topics
from wardbeat.contracts.codec import decode_chunk
from wardbeat.contracts.messages import EcgChunk
from wardbeat.kafka.access import KafkaAccess
from wardbeat.kafka.reading import open_topic, read_partition


def session_chunks(
    kafka: KafkaAccess, stream_id: str, session_id: str, *, since_ms: int = 0, topic: str = topics.WAVEFORM
) -> Iterator[EcgChunk]:
    """The chunks of a session in the order of offsets, up to the present end of the topic.

    Parameters
    ----------
    kafka : KafkaAccess
    stream_id, session_id : str
    since_ms : int
        Unix time of the first record in ms; 0 reads all records that the topic retains.
    topic : str

    Raises
    ------
    BrokerError
        If the broker does not answer, or has no such topic.
    CodecError
        If a chunk of the stream is not valid.
    """
    key = topics.key_of(stream_id)
    with open_topic(kafka, topic) as (consumer, partitions):
        for message in read_partition(consumer, topic, topics.partition_of(key, len(partitions)), since_ms):
            if message.key() != key:
                continue
            chunk = decode_chunk(message.value() or b"")
            if chunk.session_id == session_id:
                yield chunk

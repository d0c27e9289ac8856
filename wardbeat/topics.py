"""Kafka topics: names, keys, and how a key finds its partition."""

WAVEFORM = "ecg.waveform.v1"
BEAT = "ecg.beat.v1"
ALERT = "ecg.alert.v1"
DEAD_LETTER = "ecg.dead-letter.v1"
ALL = (WAVEFORM, BEAT, ALERT, DEAD_LETTER)

DEFAULT_PARTITIONS = 12
PARTITIONER = "murmur2_random"
"""What aiokafka and the Java client use; librdkafka's own default sends the same key elsewhere."""


def key_of(stream_id: str) -> bytes:
    """The Kafka key of everything about one stream."""
    return stream_id.encode()

"""Kafka topics: names, keys, and how a key finds its partition."""

WAVEFORM = "ecg.waveform.v1"
BEAT = "ecg.beat.v1"
WINDOW = "ecg.window.v1"
ALERT = "ecg.alert.v1"
ESCALATION = "ecg.escalation.v1"
DEAD_LETTER = "ecg.dead-letter.v1"
ALL = (WAVEFORM, BEAT, WINDOW, ALERT, ESCALATION, DEAD_LETTER)

REPLAYED_FROM = "replayed-from"
"""The header of a record that was replayed: the place of its dead letter."""
CUT_FROM = "cut-from"
"""The header of a dead letter of which only the beginning was kept: its original size in bytes."""
KIND = "kind"
"""The header of a dead letter that names its kind (:mod:`wardbeat.contracts.dead_letter_kinds`)."""

DEFAULT_PARTITIONS = 12
PARTITIONER = "murmur2_random"
"""aiokafka and the Java client use this one; librdkafka's default sends the same key to another partition."""


def key_of(stream_id: str) -> bytes:
    """The Kafka key of all records of a stream."""
    return stream_id.encode()


def partition_of(key: bytes, partitions: int) -> int:
    """The partition that every client sends a key to (see ``PARTITIONER``)."""
    return (_murmur2(key) & 0x7FFFFFFF) % partitions


def _murmur2(data: bytes) -> int:
    """MurmurHash 2 as in Kafka's Java client (org.apache.kafka.common.utils.Utils.murmur2)."""
    m, mask = 0x5BD1E995, 0xFFFFFFFF
    h = (0x9747B28C ^ len(data)) & mask
    whole = len(data) - len(data) % 4
    for start in range(0, whole, 4):
        k = int.from_bytes(data[start : start + 4], "little") * m & mask
        k = (k ^ (k >> 24)) * m & mask
        h = (h * m & mask) ^ k
    if tail := data[whole:]:
        h = (h ^ int.from_bytes(tail, "little")) * m & mask
    h = (h ^ (h >> 13)) * m & mask
    return h ^ (h >> 15)

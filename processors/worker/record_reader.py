"""Decodes the records of a batch, and keeps which stream lies in which partition."""

from collections.abc import Iterable, Sequence

import structlog

from processors.monitor.chunk_order import Refused
from processors.ward.ward import WardOutput
from processors.worker.checkpoint import Checkpoint
from processors.worker.records import KafkaRecord, RejectedRecord, read_chunk, reject
from processors.worker.telemetry.counts import WorkerCounts
from wardbeat.contracts.messages import EcgChunk
from wardbeat.errors import CodecError

_log = structlog.get_logger(__name__)

ReadRecord = tuple[KafkaRecord, EcgChunk]
"""A record and the chunk in it."""


class AssignedStreams:
    """The streams that a worker has read from its partitions, or has restored, since the last assignment.

    Attributes
    ----------
    partition_of : dict of str to int
        The partition of each stream.
    arrived_ns : dict of str to int
        When the newest record of a stream arrived in Kafka, in Unix nanoseconds. Streams whose records have no time are
        missing.
    """

    def __init__(self) -> None:
        self.partition_of: dict[str, int] = {}
        self.arrived_ns: dict[str, int] = {}

    def add(self, stream_id: str, record: KafkaRecord) -> None:
        self.partition_of[stream_id] = record.partition
        if record.timestamp_s > 0:
            self.arrived_ns[stream_id] = round(record.timestamp_s * 1e9)

    def clear(self) -> None:
        self.partition_of.clear()
        self.arrived_ns.clear()


class RecordReader:
    """Turns records into chunks or into rejected records, and advances the checkpoint behind each record."""

    def __init__(self, checkpoint: Checkpoint, streams: AssignedStreams, counts: WorkerCounts) -> None:
        self._checkpoint = checkpoint
        self._streams = streams
        self._counts = counts

    def is_new(self, record: KafkaRecord) -> bool:
        """Whether the effects of the record may not be written yet."""
        return self._checkpoint.is_new(record.partition, record.offset, record.timestamp_s)

    def read(self, records: Iterable[KafkaRecord]) -> tuple[list[ReadRecord], list[RejectedRecord]]:
        """The records that hold a chunk, with it, and the records that do not."""
        read: list[ReadRecord] = []
        rejected = []
        for record in records:
            repeated = self._checkpoint.has_read(record.partition, record.offset) or not self.is_new(record)
            stream_id = None
            try:
                chunk = read_chunk(record)
            except CodecError as error:
                rejected.append(reject(record, error.kind, str(error)))
            else:
                stream_id = chunk.stream_id
                self._streams.add(stream_id, record)
                self._counts.repeats += repeated
                if not repeated:
                    self._counts.add_chunk(chunk, record.timestamp_s)
                    _log_leads(chunk)
                read.append((record, chunk))
            self._checkpoint.advance(record.partition, record.offset, record.timestamp_s, stream_id)
        return read, rejected


def _log_leads(chunk: EcgChunk) -> None:
    """Write to the log, at the start of a session, which signals of the source are not monitored."""
    if chunk.left_out and chunk.sequence == 0:
        _log.warning("signals left out", stream=chunk.stream_id, leads=chunk.sig_name, left_out=chunk.left_out)


def chunks_of(read: Sequence[ReadRecord]) -> list[EcgChunk]:
    return [chunk for _, chunk in read]


def ended_streams(chunks: Iterable[EcgChunk], outputs: Iterable[WardOutput]) -> set[str]:
    """The streams that end with these chunks. A refused chunk ends no stream: its device is not the bed's device."""
    refused = {id(output.chunk) for output in outputs if isinstance(output, Refused)}
    return {chunk.stream_id for chunk in chunks if chunk.final and id(chunk) not in refused}

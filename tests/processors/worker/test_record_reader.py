"""Records become chunks or rejected records, and the checkpoint moves behind each."""

import msgspec
import structlog
from redis.asyncio import Redis

from processors.monitor.chunk_order import Refused
from processors.worker.checkpoint import Checkpoint
from processors.worker.record_reader import AssignedStreams, RecordReader, chunks_of, ended_streams
from processors.worker.records import KafkaRecord
from processors.worker.telemetry.counts import WorkerCounts
from tests.support.samples import make_chunk
from tests.support.worker_bench import record_of
from wardbeat.contracts import topics
from wardbeat.store.snapshot_store import SnapshotStore


class Reading:
    def __init__(self) -> None:
        self.checkpoint = Checkpoint(SnapshotStore(Redis(), "wards"), 10.0)
        self.streams = AssignedStreams()
        self.counts = WorkerCounts()
        self.reader = RecordReader(self.checkpoint, self.streams, self.counts)


def test_chunks_and_rejected_records_keep_their_order() -> None:
    reading = Reading()
    chunks = [make_chunk("bed-1"), make_chunk("bed-2")]
    junk = KafkaRecord(topics.WAVEFORM, 0, 1, b"bed-1", b"junk")
    read, rejected = reading.reader.read([record_of(chunks[0], 0), junk, record_of(chunks[1], 2)])
    assert chunks_of(read) == chunks
    assert [(one.record.offset, one.kind) for one in rejected] == [(1, "invalid")]
    assert reading.checkpoint.next_offsets == {0: 3}
    assert reading.checkpoint.changed(0) == ["bed-1", "bed-2"]


def test_the_partition_and_the_arrival_of_each_stream_are_kept() -> None:
    reading = Reading()
    first = record_of(make_chunk("bed-1"), 0, partition=2)._replace(timestamp_s=1.5)
    reading.reader.read([first, record_of(make_chunk("bed-2"), 0, partition=3)])
    assert reading.streams.partition_of == {"bed-1": 2, "bed-2": 3}
    assert reading.streams.arrived_ns == {"bed-1": 1_500_000_000}, "the second record has no time"
    reading.streams.clear()
    assert (reading.streams.partition_of, reading.streams.arrived_ns) == ({}, {})


def test_signals_that_are_left_out_are_logged_at_the_start_of_a_session() -> None:
    left_out = ("Resp (respiration by name)",)
    chunks = [msgspec.structs.replace(make_chunk(sequence=n), left_out=left_out) for n in range(3)]
    with structlog.testing.capture_logs() as logs:
        Reading().reader.read([record_of(chunk, n) for n, chunk in enumerate(chunks)])
    assert [(entry["event"], entry["leads"], entry["left_out"]) for entry in logs] == [
        ("signals left out", ("MLII", "V5"), left_out)
    ]


def test_a_record_that_comes_again_is_counted_as_repeat() -> None:
    reading = Reading()
    records = [record_of(make_chunk(sequence=n), n) for n in range(3)]
    reading.reader.read(records)
    reading.reader.read(records[1:])
    assert (reading.counts.chunks_received, reading.counts.repeats) == (3, 2)


def test_a_stream_ends_with_its_last_chunk_unless_it_is_refused() -> None:
    last = msgspec.structs.replace(make_chunk("bed-1"), final=True)
    of_second_device = msgspec.structs.replace(make_chunk("bed-2"), final=True)
    chunks = [last, of_second_device, make_chunk("bed-3")]
    assert ended_streams(chunks, [Refused(of_second_device, "replaced")]) == {"bed-1"}

"""One batch of Kafka records, from its bytes to everything that a worker writes. This module does not use Faust.

What is written before an offset is committed?
    1. The effects of all records before it: alerts, applied settings, statuses, windows and live ECG to Redis, then
       alerts, beats, windows and dead letters to Kafka (:meth:`BatchProcessor._process_new`).
    2. The snapshots of the partition's monitors, with this offset, to Redis. Then the offset becomes committable
       (:meth:`processors.worker.snapshot_keeper.SnapshotKeeper.save_partition`).
    3. :mod:`processors.worker.offsets` commits it to Kafka.

    If a worker dies between two steps, the records come again.

What happens to a chunk that comes twice?
    If the worker before us has written its effects, the monitor runs the chunk again to reach the same state, but Kafka
    gets nothing a second time (:meth:`BatchProcessor._process_repeated`). Otherwise the chunk is processed like a new
    one. Both are safe: monitors are deterministic, and a repeated write to Redis changes nothing. If a device sends a
    chunk twice, its monitor ignores the second one (:mod:`processors.monitor.chunk_order`).

What does a worker do while Redis is away?
    A batch waits: :func:`processors.worker.sinks.persist.persist` repeats a write until it succeeds. The worker
    processes no further records, Kafka keeps them, and no offset moves. The work of each second (settings, silence,
    snapshots) logs a warning and is tried again a second later.
"""

import asyncio
from collections.abc import Callable, Sequence

import structlog
from redis.exceptions import RedisError

from processors.ward.ward import Ward
from processors.worker import overload
from processors.worker.assigned_monitors import AssignedMonitors
from processors.worker.bed_watch import BedWatch
from processors.worker.checkpoint import Assignment, Checkpoint
from processors.worker.record_reader import AssignedStreams, RecordReader, chunks_of, ended_streams
from processors.worker.records import KafkaRecord, first_offsets, refused_records
from processors.worker.settings_changes import SettingsChanges
from processors.worker.sinks.kafka_sink import KafkaSink
from processors.worker.sinks.output_writer import OutputWriter
from processors.worker.sinks.persist import persist
from processors.worker.sinks.redis_sink import RedisSink
from processors.worker.snapshot_keeper import SnapshotKeeper
from processors.worker.telemetry.counts import WorkerCounts
from processors.worker.ward_thread import WardThread
from wardbeat.clock import unix_ns
from wardbeat.contracts.canary import is_canary
from wardbeat.store.live_store import WorkerHealth

_log = structlog.get_logger(__name__)


class BatchProcessor:
    """Runs batches through the ward, one after the other, and writes their outputs.

    Parameters
    ----------
    ward : Ward
        This processor runs it in a thread of its own; nothing else may use it.
    redis : RedisSink
    kafka : KafkaSink
    beds : BedWatch
    checkpoint : Checkpoint
    counts : WorkerCounts
        The processor adds what it does.
    clock_ns : callable
        Unix time in nanoseconds.
    """

    def __init__(
        self,
        ward: Ward,
        redis: RedisSink,
        kafka: KafkaSink,
        beds: BedWatch,
        checkpoint: Checkpoint,
        counts: WorkerCounts,
        clock_ns: Callable[[], int] = unix_ns,
    ) -> None:
        self._ward = WardThread(ward)
        self._beds = beds
        self._checkpoint = checkpoint
        self._counts = counts
        self._clock_ns = clock_ns
        self._streams = AssignedStreams()
        self._reader = RecordReader(checkpoint, self._streams, counts)
        self._redis = redis
        self._writer = OutputWriter(redis, kafka, beds, self._streams, counts, clock_ns)
        self._snapshots = SnapshotKeeper(self._ward, checkpoint, self._streams, counts)
        self._settings = SettingsChanges(beds, self._ward, self._snapshots, checkpoint, self._streams)
        self._monitors = AssignedMonitors(self._ward, redis, beds, checkpoint, self._streams, counts)
        self._busy = asyncio.Lock()
        self._leaving = False
        self._batch_start: dict[int, int] = {}

    def assign(self, assignment: Assignment) -> None:
        """Own these partitions from the next batch on, and read all of them from their committed offset."""
        self._monitors.assignment = assignment
        self._leaving = False

    async def process(self, records: Sequence[KafkaRecord]) -> None:
        """Write everything that follows from a batch, then return.

        If partitions move while the batch waits, it is dropped: Kafka brings its records again.
        """
        assignment = self._monitors.assignment
        async with self._busy:
            if self._leaving or self._monitors.assignment is not assignment:
                return
            await self._take_over()
            waited_s = overload.waited_s(records, self._clock_ns() / 1e9)
            self._counts.behind = overload.is_behind(self._counts.behind, waited_s)
            self._batch_start = first_offsets(records)
            with self._counts.batch(len(records), waited_s):
                await self._process(records)
            self._batch_start = {}

    async def watch(self, end_offset: Callable[[int], int | None]) -> None:
        """Once a second: apply changed settings, raise and end alerts on silent beds, write snapshots that are due.

        ``end_offset`` gives the end offset of a partition, None if it is not known. If Redis is away, the worker tries
        again in the next second.
        """
        async with self._busy:
            if self._leaving:
                return
            await self._take_over()
            await self._check_history()
            await self._update_beds(end_offset)
            await self._snapshots.save_due()

    async def finish(self) -> None:
        """End the running batch, write all snapshots, and start no other batch before the next assignment."""
        self._leaving = True
        async with self._busy:
            await self._snapshots.save_all()

    def close(self) -> None:
        self._ward.close()

    @property
    def committable(self) -> dict[int, int]:
        """The offset by partition that the worker may commit: all before it is written, see the module's docstring."""
        return self._checkpoint.committable

    @property
    def snapshot_age_s(self) -> float:
        """The age of the oldest snapshots, in seconds: a takeover runs at most so much signal again."""
        return self._checkpoint.age_s

    def lag(self, end_offset: Callable[[int], int | None]) -> int:
        """How many records have effects that are not written yet, over all partitions that this worker has read from.

        The records of the running batch count until all that follows from them is written.
        """
        return self._checkpoint.lag(end_offset, self._batch_start)

    def health(self, worker_id: str, partitions: int, lag: int) -> WorkerHealth:
        return WorkerHealth(
            worker_id=worker_id,
            beat_ns=self._clock_ns(),
            partitions=partitions,
            streams=sum(not is_canary(stream_id) for stream_id in self._streams.partition_of),
            chunks_received=self._counts.chunks_received,
            dead_letters=self._counts.dead_letters.total(),
            lag=lag,
            waited_s=self._counts.waited_s,
        )

    async def _check_history(self) -> None:
        """Write again what Redis has lost, before anything is decided from what it has."""
        try:
            gap = await self._redis.lost_history()
        except RedisError as error:
            _log.warning("can't ask Redis for its history; tried again in a second", error=str(error))
            return
        if gap is None:
            return
        await persist("beds", self._beds.put_back)
        raised = await self._redis.write_again()
        _log.error("Redis has lost its history; open alerts were raised again", gap=gap, alerts=raised)

    async def _take_over(self) -> None:
        if self._monitors.is_takeover_due:
            outputs = await self._monitors.take_over()
            self._settings.mark_outdated()
            await self._writer.write(outputs)

    async def _process(self, records: Sequence[KafkaRecord]) -> None:
        if not self._beds.is_loaded:  # otherwise the first monitors would start without the patients' settings
            await self._writer.write(await persist("beds", self._settings.apply))
        repeated = [record for record in records if not self._reader.is_new(record)]
        if repeated:
            await self._process_repeated(repeated)
        new = [record for record in records if self._reader.is_new(record)]
        if new:
            await self._process_new(new)

    async def _process_new(self, records: Sequence[KafkaRecord]) -> None:
        """Decode the records, run their chunks through the ward, write the outputs to Redis and then to Kafka."""
        with self._counts.stage["decode"].time():
            read, rejected = self._reader.read(records)
        chunks = chunks_of(read)
        with self._counts.stage["monitor"].time():
            outputs = await self._ward.take(chunks)
        rejected += refused_records(outputs, read)
        await self._writer.write(outputs, rejected, ended_streams(chunks, outputs))
        self._counts.add_written(chunks, self._clock_ns(), self._streams.arrived_ns)
        self._counts.dead_letters.update(letter.kind for letter in rejected)

    async def _process_repeated(self, records: Sequence[KafkaRecord]) -> None:
        """Run records again whose effects the worker before us has written, and send nothing to Kafka."""
        read, _ = self._reader.read(records)
        chunks = chunks_of(read)
        outputs = await self._ward.take(chunks)
        await self._writer.write_repeated(outputs, ended_streams(chunks, outputs))

    async def _update_beds(self, end_offset: Callable[[int], int | None]) -> None:
        try:
            await self._monitors.drop_removed()
            await self._writer.write(await self._settings.apply())
            alerts = await self._beds.update_alerts(
                lambda partition: self._checkpoint.is_caught_up(partition, end_offset)
            )
        except RedisError as error:
            _log.warning("can't read the beds; settings and silence may be outdated", error=str(error))
        else:
            await self._writer.write(alerts)

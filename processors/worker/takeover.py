"""Takes over the partitions of a new assignment, with the monitors that the worker before us has saved."""

from collections.abc import Sequence
from functools import partial

import structlog

from processors.ward.ward import WardOutput
from processors.worker.bed_watch import BedWatch
from processors.worker.checkpoint import Assignment, Checkpoint
from processors.worker.record_reader import AssignedStreams
from processors.worker.sinks.persist import persist
from processors.worker.sinks.redis_sink import RedisSink
from processors.worker.telemetry.counts import WorkerCounts
from processors.worker.ward_thread import WardThread

_log = structlog.get_logger(__name__)


class Takeover:
    """Drops all monitors and restores those of the assigned partitions from their snapshots.

    Attributes
    ----------
    assignment : Assignment
        The newest assignment of Kafka.
    """

    def __init__(
        self,
        ward: WardThread,
        redis: RedisSink,
        beds: BedWatch,
        checkpoint: Checkpoint,
        streams: AssignedStreams,
        counts: WorkerCounts,
    ) -> None:
        self._ward = ward
        self._redis = redis
        self._beds = beds
        self._checkpoint = checkpoint
        self._streams = streams
        self._counts = counts
        self.assignment = Assignment()
        self._done = self.assignment

    @property
    def is_pending(self) -> bool:
        """Whether the newest assignment is not taken over yet."""
        return self._done is not self.assignment

    async def run(self) -> Sequence[WardOutput]:
        """Take the assigned partitions over; the outputs of the restored monitors. Waits while Redis is away.

        All partitions of an assignment are read from their committed offset, so a monitor of a partition that stays
        with this worker goes back to its snapshot as well.
        """
        assignment = self.assignment
        await self._drop_monitors(assignment)
        saved = await persist("takeover", partial(self._checkpoint.take_over, assignment))
        for partition, of_partition in saved.items():
            self._streams.partition_of |= dict.fromkeys(of_partition, partition)
        snapshots = {stream_id: data for of_partition in saved.values() for stream_id, data in of_partition.items()}
        outputs = await self._ward.restore(snapshots)
        restored = [stream_id for stream_id in snapshots if self._ward.has(stream_id)]
        await persist("takeover", partial(self._redis.restore, restored))
        self._done = assignment
        _log.info("patients taken over", restored=len(restored), not_restored=len(snapshots) - len(restored))
        return outputs

    async def _drop_monitors(self, assignment: Assignment) -> None:
        for stream_id, partition in self._streams.partition_of.items():
            await self._ward.drop(stream_id)
            self._redis.remove_stream(stream_id)
            if partition not in assignment.partitions:
                self._counts.remove_stream(stream_id)
                self._beds.remove_stream(stream_id)
        self._streams.clear()
        self._beds.set_partitions(assignment.partitions)

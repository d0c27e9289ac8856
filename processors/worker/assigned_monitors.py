"""The monitors of the assigned partitions: taken over from the worker before us, and dropped with a removed bed."""

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


class AssignedMonitors:
    """The monitors that a worker runs, with all that it keeps about their streams.

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
        self._taken_over = self.assignment

    @property
    def is_takeover_due(self) -> bool:
        """Whether the newest assignment is not taken over yet."""
        return self._taken_over is not self.assignment

    async def take_over(self) -> Sequence[WardOutput]:
        """Drop all monitors and restore those of the assigned partitions from their snapshots; the outputs of these.

        It waits while Redis is away. All partitions of an assignment are read from their committed offset, so a monitor
        of a partition that stays with this worker goes back to its snapshot as well.
        """
        assignment = self.assignment
        for stream_id, partition in self._streams.partition_of.items():
            await self._drop(stream_id, leaves=partition not in assignment.partitions)
        self._streams.clear()
        self._beds.set_partitions(assignment.partitions)
        saved = await persist("takeover", partial(self._checkpoint.take_over, assignment))
        for partition, of_partition in saved.items():
            self._streams.partition_of |= dict.fromkeys(of_partition, partition)
        snapshots = {stream_id: data for of_partition in saved.values() for stream_id, data in of_partition.items()}
        outputs = await self._ward.restore(snapshots)
        restored = [stream_id for stream_id in snapshots if self._ward.has(stream_id)]
        await persist("takeover", partial(self._redis.restore, restored))
        self._taken_over = assignment
        _log.info("patients taken over", restored=len(restored), not_restored=len(snapshots) - len(restored))
        return outputs

    async def drop_removed(self) -> None:
        """Drop the monitors of the beds that staff have removed, with their snapshots.

        A device that still sends gets a new monitor with its next chunk.

        Raises
        ------
        RedisError
            If Redis is away. The call may be repeated.
        """
        for stream_id in await self._beds.newly_removed():
            partition = self._streams.partition_of.pop(stream_id, None)
            if partition is None:
                continue
            await self._drop(stream_id, leaves=True)
            await self._checkpoint.remove_stream(partition, stream_id)
            _log.info("bed removed", stream=stream_id)

    async def _drop(self, stream_id: str, *, leaves: bool) -> None:
        """Drop a monitor; if its stream leaves this worker, also what the worker knows of the bed."""
        await self._ward.drop(stream_id)
        self._redis.remove_stream(stream_id)
        if leaves:
            self._counts.remove_stream(stream_id)
            self._beds.remove_stream(stream_id)

"""Drops the monitors of beds that staff have removed, so that no snapshot of them is written again."""

import structlog

from processors.worker.bed_watch import BedWatch
from processors.worker.checkpoint import Checkpoint
from processors.worker.record_reader import AssignedStreams
from processors.worker.sinks.redis_sink import RedisSink
from processors.worker.telemetry.counts import WorkerCounts
from processors.worker.ward_thread import WardThread

_log = structlog.get_logger(__name__)


class RemovedBeds:
    """Follows the removal of beds. A device that still sends gets a new monitor with its next chunk."""

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

    async def apply(self) -> None:
        """Drop what was removed since the last call.

        Raises
        ------
        RedisError
            If Redis is away. The call may be repeated.
        """
        for stream_id in await self._beds.newly_removed():
            partition = self._streams.partition_of.pop(stream_id, None)
            if partition is None:
                continue
            await self._ward.drop(stream_id)
            self._redis.remove_stream(stream_id)
            self._beds.remove_stream(stream_id)
            self._counts.remove_stream(stream_id)
            await self._checkpoint.remove_stream(partition, stream_id)
            _log.info("bed removed", stream=stream_id)

"""When the snapshots of monitors are taken and written to Redis."""

from collections.abc import Iterable, Mapping

import structlog
from redis.exceptions import RedisError

from processors.worker.checkpoint import Checkpoint
from processors.worker.record_reader import AssignedStreams
from processors.worker.telemetry.counts import WorkerCounts
from processors.worker.ward_thread import WardThread
from wardbeat.care.admissions import PatientSettings

_log = structlog.get_logger(__name__)


class SnapshotKeeper:
    """Takes snapshots of monitors and writes them with the checkpoint. Call it only while no batch runs."""

    def __init__(
        self, ward: WardThread, checkpoint: Checkpoint, streams: AssignedStreams, counts: WorkerCounts
    ) -> None:
        self._ward = ward
        self._checkpoint = checkpoint
        self._streams = streams
        self._counts = counts

    async def save_partition(self, partition: int) -> None:
        """Write the changed snapshots of a partition; only then its offset becomes committable.

        The effects of all records before this offset are written already, as no batch runs.

        Raises
        ------
        RedisError
            If Redis is away. The committable offset then stays where it is.
        """
        with self._counts.snapshot_s.time():
            snapshots = await self._ward.snapshots(self._checkpoint.changed(partition))
            await self._checkpoint.save(partition, snapshots)
        for snapshot in snapshots.values():
            self._counts.snapshot_bytes.observe(len(snapshot))

    async def save_due(self) -> None:
        """Write the snapshots that are due, and up to where effects are written. If Redis is away, only warn."""
        try:
            await self._save(self._checkpoint.due())
            await self._checkpoint.persist_effects_written()
        except RedisError as error:
            self._counts.snapshot_failures += 1
            _log.warning("snapshots not written; a takeover starts from older ones", error=str(error))

    async def save_all(self) -> None:
        """Write the snapshots of all partitions before another worker takes them over. If Redis is away, only warn."""
        try:
            await self._save(list(self._checkpoint.next_offsets))
        except RedisError as error:
            self._counts.snapshot_failures += 1
            _log.warning("snapshots not written; the next worker starts from older ones", error=str(error))

    async def save_before_settings(self, stream_ids: Iterable[str], settings: Mapping[str, PatientSettings]) -> None:
        """Write the snapshots of some streams, with the settings that their monitors get next.

        If this worker dies after it has applied the settings, the next one applies them at the same sample.

        Raises
        ------
        RedisError
            If Redis is away.
        """
        for stream_id in stream_ids:
            snapshot = await self._ward.snapshots([stream_id], settings)
            await self._checkpoint.save_snapshots(self._streams.partition_of[stream_id], snapshot)

    async def _save(self, partitions: Iterable[int]) -> None:
        for partition in partitions:
            await self.save_partition(partition)

"""Applies what staff change about a patient (limits, admission, alert off) to the monitors."""

from collections.abc import Mapping, Sequence

from processors.ward.ward import WardOutput
from processors.worker.bed_watch import BedWatch
from processors.worker.checkpoint import Checkpoint
from processors.worker.record_reader import AssignedStreams
from processors.worker.snapshot_keeper import SnapshotKeeper
from processors.worker.ward_thread import WardThread
from wardbeat.care.admissions import PatientSettings


class SettingsChanges:
    """Applies changed settings, each from the next sample of its stream on."""

    def __init__(
        self,
        beds: BedWatch,
        ward: WardThread,
        snapshots: SnapshotKeeper,
        checkpoint: Checkpoint,
        streams: AssignedStreams,
    ) -> None:
        self._beds = beds
        self._ward = ward
        self._snapshots = snapshots
        self._checkpoint = checkpoint
        self._streams = streams
        self._patients: Mapping[str, PatientSettings] = {}
        self._outdated = False

    def mark_outdated(self) -> None:
        """The monitors were restored and may have old settings: :meth:`apply` compares them all."""
        self._outdated = True

    async def apply(self) -> Sequence[WardOutput]:
        """Read what has changed and apply it; the outputs that follow.

        The worker writes a snapshot with the new settings before it applies them. A worker that takes over then applies
        them at the same sample. Streams that repeat records of the worker before us get their settings later: their
        monitors first reach the sample that this worker had reached.

        Raises
        ------
        RedisError
            If Redis is away.
        """
        changed = await self._beds.read_settings()
        if changed is not None:
            self._patients, self._outdated = changed, True
        if not self._outdated:
            return []
        later = {
            stream_id
            for stream_id, partition in self._streams.partition_of.items()
            if self._checkpoint.is_catching_up(partition)
        }
        outdated = await self._ward.outdated(self._patients)
        await self._snapshots.save_before_settings(
            [stream_id for stream_id in outdated if stream_id not in later], self._patients
        )
        self._outdated = bool(later)
        return await self._ward.set_patients(self._patients, later)

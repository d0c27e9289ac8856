"""Where each partition stands, and what a worker stores of it for the worker that takes it over.

The worker writes effects first, then snapshots with the offset that they stand at; then it may commit this offset (see
:mod:`processors.worker.batch`). The next worker restores the snapshots and reads on from the commit. Its outputs repeat
those of the worker before it, as monitors are deterministic. Up to ``effects_written`` it sends nothing to Kafka again.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec
import structlog

from wardbeat.clock import unix_ns
from wardbeat.store.snapshot_store import Position, SnapshotStore, StoredCheckpoint

SILENT_S = 3600.0
"""After 1 h without records a stream's snapshot is dropped: its next monitor learns the patient in a minute."""
_NS_PER_S = 1_000_000_000

_log = structlog.get_logger(__name__)


class Assignment(NamedTuple):
    """The partitions that this worker owns in a generation of the consumer group."""

    partitions: frozenset[int] = frozenset()
    generation: int = 0


class _PartitionState(msgspec.Struct):
    """Where one partition stands. Positions are None while they are unknown."""

    due_ns: int
    """When its next snapshots are due."""
    saved_ns: int
    """When all of its stored snapshots were up to date."""
    next: Position | None = None
    """The position behind the last record that this worker has read."""
    effects_written: Position | None = None
    """The position up to which the worker before us has written all effects, as Redis knew it at the takeover."""
    persisted: Position | None = None
    """The ``effects_written`` that this worker has stored in Redis."""
    snapshot_offset: int | None = None
    """All stored snapshots stand at this offset or further on."""
    committable: int | None = None
    """The ``snapshot_offset`` that this worker has stored itself."""
    last_record_ns: dict[str, int] = {}
    """When the last record of each stream came."""
    changed: set[str] = set()
    """The streams that have had records since the last snapshots."""

    @property
    def read_to(self) -> int | None:
        """The offset of the next record to read."""
        return self.snapshot_offset if self.next is None else self.next.offset

    @property
    def all_effects_written(self) -> Position | None:
        """The furthest position up to which effects are written, by this worker or the one before."""
        return max((one for one in (self.next, self.effects_written) if one is not None), default=None)


class Checkpoint:
    """The state of a worker's partitions, and its stored form in Redis.

    Parameters
    ----------
    store : SnapshotStore
    every_s : float
        How often the snapshots of a partition are taken.
    clock_ns : callable
        Unix time in nanoseconds.
    """

    def __init__(self, store: SnapshotStore, every_s: float, clock_ns: Callable[[], int] = unix_ns) -> None:
        self._store = store
        self._every_ns = int(every_s * _NS_PER_S)
        self._clock_ns = clock_ns
        self._generation = 0
        self._partitions: dict[int, _PartitionState] = {}

    async def take_over(self, assignment: Assignment) -> dict[int, dict[str, bytes]]:
        """Claim these partitions and drop all others; the stored snapshots of each partition, by stream.

        Raises
        ------
        RedisError
            If Redis is away.
        """
        partitions = sorted(assignment.partitions)
        claimed = await asyncio.gather(*(self._store.claim(one, assignment.generation) for one in partitions))
        if None in claimed:
            _log.warning("another worker has claimed our partitions already", generation=assignment.generation)
        stored = dict(zip(partitions, (one or StoredCheckpoint(None, None, {}) for one in claimed), strict=True))
        self._generation = assignment.generation
        now_ns = self._clock_ns()
        apart_ns = self._every_ns // max(1, len(partitions))  # spread out, so that no batch waits for all partitions
        self._partitions = {
            partition: _PartitionState(
                now_ns + (turn + 1) * apart_ns,
                now_ns,
                effects_written=one.effects_written,
                snapshot_offset=one.snapshot_offset,
                last_record_ns=dict.fromkeys(one.snapshots, now_ns),
            )
            for turn, (partition, one) in enumerate(stored.items())
        }
        return {partition: one.snapshots for partition, one in stored.items()}

    @property
    def next_offsets(self) -> dict[int, int]:
        """The offset of the next record to read, by partition, where it is known."""
        read = {partition: one.read_to for partition, one in self._partitions.items()}
        return {partition: offset for partition, offset in read.items() if offset is not None}

    @property
    def committable(self) -> dict[int, int]:
        """The offset that may be committed, by partition: this worker has stored snapshots that stand there."""
        return {
            partition: one.committable for partition, one in self._partitions.items() if one.committable is not None
        }

    def lag(self, end_offset: Callable[[int], int | None], batch_start: Mapping[int, int]) -> int:
        """How many records wait in the partitions that were read from; ``end_offset`` gives their ends.

        The records from ``batch_start`` on wait, too: it is the first offset of the running batch, by partition.
        """
        unwritten = {**self.next_offsets, **batch_start}
        return sum(max(0, (end_offset(partition) or 0) - offset) for partition, offset in unwritten.items())

    def is_caught_up(self, partition: int, end_offset: Callable[[int], int | None]) -> bool:
        """Whether no record waits in a partition. A partition without any known offset had no records for a while."""
        offset = self.next_offsets.get(partition)
        return offset is None or offset >= (end_offset(partition) or 0)

    def is_new(self, partition: int, offset: int, timestamp_s: float) -> bool:
        """Whether the effects of a record may not be written yet."""
        effects_written = self._state(partition).effects_written
        return effects_written is None or offset >= effects_written.offset or timestamp_s > effects_written.timestamp_s

    def has_read(self, partition: int, offset: int) -> bool:
        """Whether this worker, or the snapshots that it has restored, are past this offset."""
        return offset < (self._state(partition).read_to or 0)

    def is_catching_up(self, partition: int) -> bool:
        """Whether the next records of a partition repeat what the worker before us has processed."""
        state = self._state(partition)
        if state.effects_written is None:
            return False
        return (state.read_to or 0) < state.effects_written.offset

    def advance(self, partition: int, offset: int, timestamp_s: float, stream_id: str | None) -> None:
        """Move behind a record that was read. ``stream_id`` is None if it belongs to no stream."""
        state = self._state(partition)
        if (
            state.effects_written is not None
            and offset < state.effects_written.offset
            and timestamp_s > state.effects_written.timestamp_s
        ):
            state.effects_written = None  # the topic was created again: none of its records has effects yet
        if state.next is None or offset >= state.next.offset:
            state.next = Position(offset + 1, timestamp_s)
        if stream_id is not None:
            state.changed.add(stream_id)
            state.last_record_ns[stream_id] = self._clock_ns()

    def changed(self, partition: int) -> list[str]:
        """The streams whose stored snapshots are outdated."""
        return sorted(self._state(partition).changed)

    def due(self) -> list[int]:
        """The partitions whose snapshots are due."""
        now_ns = self._clock_ns()
        return [partition for partition, one in self._partitions.items() if now_ns >= one.due_ns]

    async def save(self, partition: int, snapshots: Mapping[str, bytes]) -> None:
        """Store the snapshots of all changed streams that have a monitor; then the offset becomes committable.

        Call it only when the effects of all records that were read are written. If a later generation owns the
        partition, nothing is stored and nothing becomes committable.

        Raises
        ------
        RedisError
            If Redis is away.
        """
        state = self._state(partition)
        now_ns = self._clock_ns()
        state.due_ns = now_ns + self._every_ns
        if state.next is None or state.next.offset == state.committable:
            state.saved_ns = now_ns
            return
        silent = {one for one, at_ns in state.last_record_ns.items() if now_ns - at_ns >= SILENT_S * _NS_PER_S}
        gone = silent | (state.changed - snapshots.keys())
        at = state.next
        effects_written = state.all_effects_written
        written = await self._store.write(
            partition,
            self._generation,
            effects_written=effects_written,
            snapshot_offset=at.offset,
            snapshots=snapshots,
            gone=gone,
        )
        if written:
            state.saved_ns = now_ns
            state.snapshot_offset = state.committable = at.offset
            state.persisted = effects_written
            state.changed.clear()
            for stream_id in gone:
                state.last_record_ns.pop(stream_id, None)

    @property
    def age_s(self) -> float:
        """The age of the oldest partition's snapshots, in seconds."""
        saved_ns = [one.saved_ns for one in list(self._partitions.values())]  # another thread may call this
        return (self._clock_ns() - min(saved_ns)) / _NS_PER_S if saved_ns else 0.0

    async def save_snapshots(self, partition: int, snapshots: Mapping[str, bytes]) -> None:
        """Store the snapshots of some streams only; the partition's offset stays.

        Raises
        ------
        RedisError
            If Redis is away.
        """
        await self._store.write(partition, self._generation, snapshots=snapshots)

    async def remove_stream(self, partition: int, stream_id: str) -> None:
        """Delete the snapshot of a stream whose bed was removed.

        Raises
        ------
        RedisError
            If Redis is away.
        """
        state = self._state(partition)
        await self._store.write(partition, self._generation, gone=[stream_id])
        state.changed.discard(stream_id)
        state.last_record_ns.pop(stream_id, None)

    async def persist_effects_written(self) -> None:
        """Store up to where effects are written, for the next worker.

        Raises
        ------
        RedisError
            If Redis is away.
        """
        await asyncio.gather(*(self._persist_effects_written(*one) for one in self._partitions.items()))

    async def _persist_effects_written(self, partition: int, state: _PartitionState) -> None:
        effects_written = state.all_effects_written
        if effects_written is not None and effects_written != state.persisted:
            await self._store.write(partition, self._generation, effects_written=effects_written)
            state.persisted = effects_written

    def _state(self, partition: int) -> _PartitionState:
        now_ns = self._clock_ns()
        return self._partitions.setdefault(partition, _PartitionState(now_ns + self._every_ns, now_ns))

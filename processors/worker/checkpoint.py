"""What of a worker's patients outlives the worker: where each partition stands, and its monitors' snapshots.

The order is: effects, then snapshots with the position that they stand at, then the commit. A partition is committed up
to where all of its snapshots stand, so whoever takes it over restores them and reads on from there. What it says again
is what was said before, as monitors are deterministic; up to where that is known to be written, Kafka need not hear it.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec
import structlog

from wardbeat.clock import unix_ns
from wardbeat.store.snapshot_store import Position, SnapshotStore, StoredCheckpoint

SILENT_S = 3600.0
"""Snapshots of streams that nothing came of for so long are dropped: the next signal begins anew after a minute."""
_NS_PER_S = 1_000_000_000

_log = structlog.get_logger(__name__)


class Assignment(NamedTuple):
    """The partitions that are ours in a generation of the consumer group."""

    partitions: frozenset[int] = frozenset()
    generation: int = 0


class _PartitionState(msgspec.Struct):
    """Where a partition stands. ``due_ns`` is when its next snapshots are; positions are None while unknown."""

    due_ns: int
    kept_ns: int
    """When all of its snapshots were as new as could be."""
    next: Position | None = None
    """Behind the last record that was taken in."""
    effects_written: Position | None = None
    """Behind the last record whose effects the one before us is known to have written."""
    persisted: Position | None = None
    """As ``effects_written``, of ours, for the one after us."""
    snapshot_offset: int | None = None
    """The offset that all snapshots stand at or ahead of."""
    committable: int | None = None
    """The same, of ours."""
    last_seen_ns: dict[str, int] = {}
    """When something last came of each stream."""
    changed: set[str] = set()
    """Streams that something came of since the last snapshots."""


class Checkpoint:
    """Keeps what the next worker needs, and takes over what the one before has kept.

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
        self._standings: dict[int, _PartitionState] = {}

    async def take_over(self, assignment: Assignment) -> dict[int, dict[str, bytes]]:
        """Begin with these partitions anew; the snapshots of each by stream.

        Raises
        ------
        RedisError
            If Redis is away.
        """
        partitions = sorted(assignment.partitions)
        claimed = await asyncio.gather(*(self._store.claim(one, assignment.generation) for one in partitions))
        if None in claimed:
            _log.warning("another worker has our partitions already", generation=assignment.generation)
        kept = dict(zip(partitions, (one or StoredCheckpoint(None, None, {}) for one in claimed), strict=True))
        self._generation = assignment.generation
        now_ns = self._clock_ns()
        apart_ns = self._every_ns // max(1, len(partitions))  # so that no batch waits for all of them
        self._standings = {
            partition: _PartitionState(
                now_ns + (turn + 1) * apart_ns,
                now_ns,
                effects_written=one.effects_written,
                snapshot_offset=one.snapshot_offset,
                last_seen_ns=dict.fromkeys(one.snapshots, now_ns),
            )
            for turn, (partition, one) in enumerate(kept.items())
        }
        return {partition: one.snapshots for partition, one in kept.items()}

    @property
    def offsets(self) -> dict[int, int]:
        """What is read next of each partition, as far as it is known."""
        read = {partition: _read_to(one) for partition, one in self._standings.items()}
        return {partition: offset for partition, offset in read.items() if offset is not None}

    @property
    def committable(self) -> dict[int, int]:
        """Where the next worker may read on, by partition."""
        return {partition: one.committable for partition, one in self._standings.items() if one.committable is not None}

    def is_news(self, partition: int, offset: int, timestamp_s: float) -> bool:
        """Whether what follows from a record may not have been said yet."""
        effects_written = self._of(partition).effects_written
        return effects_written is None or offset >= effects_written.offset or timestamp_s > effects_written.timestamp_s

    def is_behind(self, partition: int) -> bool:
        """Whether records come again that somebody has processed before us."""
        standing = self._of(partition)
        if standing.effects_written is None:
            return False
        return (_read_to(standing) or 0) < standing.effects_written.offset

    def note(self, partition: int, offset: int, timestamp_s: float, stream_id: str | None) -> None:
        """Note that a record was read, and whose it is unless it is nobody's."""
        standing = self._of(partition)
        if (
            standing.effects_written is not None
            and offset < standing.effects_written.offset
            and timestamp_s > standing.effects_written.timestamp_s
        ):
            standing.effects_written = None  # the topic was made anew: nothing of it has been said
        if standing.next is None or offset >= standing.next.offset:
            standing.next = Position(offset + 1, timestamp_s)
        if stream_id is not None:
            standing.changed.add(stream_id)
            standing.last_seen_ns[stream_id] = self._clock_ns()

    def changed(self, partition: int) -> list[str]:
        """The streams whose snapshots are old."""
        return sorted(self._of(partition).changed)

    def due(self) -> list[int]:
        """The partitions whose snapshots are due."""
        now_ns = self._clock_ns()
        return [partition for partition, one in self._standings.items() if now_ns >= one.due_ns]

    async def keep(self, partition: int, snapshots: Mapping[str, bytes]) -> None:
        """Keep the snapshots of the streams that have changed, of all that have a monitor; effects are written.

        Raises
        ------
        RedisError
            If Redis is away.
        """
        standing = self._of(partition)
        now_ns = self._clock_ns()
        standing.due_ns = now_ns + self._every_ns
        if standing.next is None or standing.next.offset == standing.committable:
            standing.kept_ns = now_ns
            return
        silent = {one for one, at_ns in standing.last_seen_ns.items() if now_ns - at_ns >= SILENT_S * _NS_PER_S}
        gone = silent | (standing.changed - snapshots.keys())
        at = standing.next
        effects_written = _effects_written(standing)
        written = await self._store.write(
            partition,
            self._generation,
            effects_written=effects_written,
            snapshot_offset=at.offset,
            snapshots=snapshots,
            gone=gone,
        )
        if written:
            standing.kept_ns = now_ns
            standing.snapshot_offset = standing.committable = at.offset
            standing.persisted = effects_written
            standing.changed.clear()
            for stream_id in gone:
                standing.last_seen_ns.pop(stream_id, None)

    @property
    def age_s(self) -> float:
        """How long ago the snapshots of a partition were kept, of the one where it is longest."""
        kept_ns = [one.kept_ns for one in list(self._standings.values())]  # another thread may ask
        return (self._clock_ns() - min(kept_ns)) / _NS_PER_S if kept_ns else 0.0

    async def keep_ahead(self, partition: int, snapshots: Mapping[str, bytes]) -> None:
        """Keep the snapshots of some streams before they are told something.

        Raises
        ------
        RedisError
            If Redis is away.
        """
        await self._store.write(partition, self._generation, snapshots=snapshots)

    async def persist_effects_written(self) -> None:
        """Note for the next worker up to where effects are written.

        Raises
        ------
        RedisError
            If Redis is away.
        """
        await asyncio.gather(*(self._persist_effects_written(*one) for one in self._standings.items()))

    async def _persist_effects_written(self, partition: int, standing: _PartitionState) -> None:
        effects_written = _effects_written(standing)
        if effects_written is not None and effects_written != standing.persisted:
            await self._store.write(partition, self._generation, effects_written=effects_written)
            standing.persisted = effects_written

    def _of(self, partition: int) -> _PartitionState:
        now_ns = self._clock_ns()
        return self._standings.setdefault(partition, _PartitionState(now_ns + self._every_ns, now_ns))


def _read_to(standing: _PartitionState) -> int | None:
    return standing.snapshot_offset if standing.next is None else standing.next.offset


def _effects_written(standing: _PartitionState) -> Position | None:
    """The furthest that effects are written of a partition, by us or the one before."""
    return max((one for one in (standing.next, standing.effects_written) if one is not None), default=None)

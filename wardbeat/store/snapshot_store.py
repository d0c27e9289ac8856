"""The checkpoints of partitions in Redis, one hash each: snapshots of monitors, and the positions that they stand at.

A worker that takes a partition over continues from its checkpoint. Only the newest generation of the consumer group
writes: a worker that was taken for dead and runs again changes nothing.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

import msgspec
from redis.asyncio import Redis

from wardbeat.store import redis_keys

# KEYS: the partition's hash, its hash under the former name. ARGV: generation, life time ms. Returns fields and values;
# nothing if a later generation owns the partition. Takes the former hash over, with its former field names, if it is
# the newer one: during an upgrade an old worker may own the partition again for a while.
_CLAIM = """
local known = redis.call('HGET', KEYS[1], 'generation')
local former = redis.call('HGET', KEYS[2], 'generation')
if former and (not known or tonumber(former) > tonumber(known)) then
    redis.call('RENAME', KEYS[2], KEYS[1])
    for before, now in pairs({said = 'effects_written', whole = 'snapshot_offset'}) do
        local value = redis.call('HGET', KEYS[1], before)
        if value then redis.call('HSET', KEYS[1], now, value) end
        redis.call('HDEL', KEYS[1], before)
    end
    known = former
end
if known and tonumber(known) > tonumber(ARGV[1]) then return false end
redis.call('HSET', KEYS[1], 'generation', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return redis.call('HGETALL', KEYS[1])
"""

# KEYS: the partition's hash. ARGV: generation, life time ms, number of fields to delete, these, then fields and values.
_WRITE = """
local known = redis.call('HGET', KEYS[1], 'generation')
if known and tonumber(known) > tonumber(ARGV[1]) then return 0 end
local first = 4 + tonumber(ARGV[3])
if first > 4 then redis.call('HDEL', KEYS[1], unpack(ARGV, 4, first - 1)) end
redis.call('HSET', KEYS[1], 'generation', ARGV[1], unpack(ARGV, first))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
"""

SNAPSHOT_FIELD = "stream:"
"""The beginning of a field of a checkpoint that holds the snapshot of a stream."""


class Position(NamedTuple):
    """The position behind a record of a partition.

    ``timestamp_s`` is the record's time: a topic that is deleted and created again counts offsets from 0 again.
    """

    offset: int
    timestamp_s: float


class StoredCheckpoint(NamedTuple):
    """What Redis holds of a partition.

    Attributes
    ----------
    effects_written : Position or None
        The effects of all records before it are written; None if unknown.
    snapshot_offset : int or None
        All snapshots stand at this offset or further on; None if there is none.
    snapshots : dict of str to bytes
        By stream, as :meth:`processors.ward.ward.Ward.snapshots` returns them.
    """

    effects_written: Position | None
    snapshot_offset: int | None
    snapshots: dict[str, bytes]


_decode_position = msgspec.json.Decoder(Position).decode
_encode_position = msgspec.json.Encoder().encode


class SnapshotStore:
    """Reads and writes the checkpoints of one consumer group.

    Parameters
    ----------
    redis : redis.asyncio.Redis
        Its owner closes it.
    group : str
        The consumer group.
    """

    def __init__(self, redis: Redis, group: str) -> None:
        self._group = group
        self._claim = redis.register_script(_CLAIM)
        self._write = redis.register_script(_WRITE)

    async def claim(self, partition: int, generation: int) -> StoredCheckpoint | None:
        """Own a partition in a generation of the group; its checkpoint, or None if a later generation owns it.

        If an earlier version of Wardbeat has written the checkpoint, the same step converts it.

        Raises
        ------
        RedisError
            If Redis is away.
        """
        keys = [redis_keys.checkpoint(self._group, partition), _former_key(self._group, partition)]
        flat = await self._claim(keys=keys, args=[generation, redis_keys.SNAPSHOT_TTL_MS])
        if flat is None:
            return None
        fields = {name.decode(): value for name, value in zip(flat[::2], flat[1::2], strict=True)}
        return StoredCheckpoint(
            effects_written=_decode_position(fields["effects_written"]) if "effects_written" in fields else None,
            snapshot_offset=int(fields["snapshot_offset"]) if "snapshot_offset" in fields else None,
            snapshots={
                name.removeprefix(SNAPSHOT_FIELD): row
                for name, row in fields.items()
                if name.startswith(SNAPSHOT_FIELD)
            },
        )

    async def write(
        self,
        partition: int,
        generation: int,
        *,
        effects_written: Position | None = None,
        snapshot_offset: int | None = None,
        snapshots: Mapping[str, bytes] = {},
        gone: Collection[str] = (),
    ) -> bool:
        """Store what is given, and delete the snapshots of the streams in ``gone``.

        Returns
        -------
        bool
            False if a later generation owns the partition: then nothing has changed.

        Raises
        ------
        RedisError
            If Redis is away.
        """
        fields: list[str | bytes | int] = []
        for stream_id, snapshot in snapshots.items():
            fields += [SNAPSHOT_FIELD + stream_id, snapshot]
        if effects_written is not None:
            fields += ["effects_written", _encode_position(effects_written)]
        if snapshot_offset is not None:
            fields += ["snapshot_offset", snapshot_offset]
        deleted = [SNAPSHOT_FIELD + stream_id for stream_id in gone]
        key = redis_keys.checkpoint(self._group, partition)
        args = [generation, redis_keys.SNAPSHOT_TTL_MS, len(deleted), *deleted, *fields]
        return bool(await self._write(keys=[key], args=args))


def _former_key(group: str, partition: int) -> str:
    """The name of the hash before it was renamed, with fields ``said`` and ``whole``."""
    return f"wb:snapshots:{group}:{partition}"

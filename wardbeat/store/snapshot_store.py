"""Monitors' snapshots in Redis, a hash a partition, from which whoever is given the partition goes on.

Beside the snapshots stands up to where what follows from the partition's records has been written: what is said again
from before that is no news. Only the newest generation of the consumer group writes: a worker that was taken for dead
and goes on changes nothing.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

import msgspec
from redis.asyncio import Redis

from wardbeat.store import redis_keys

# KEYS: the partition's hash. ARGV: generation, life time ms. Gives fields and values, nothing to one who is late.
_CLAIM = """
local known = redis.call('HGET', KEYS[1], 'generation')
if known and tonumber(known) > tonumber(ARGV[1]) then return false end
redis.call('HSET', KEYS[1], 'generation', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return redis.call('HGETALL', KEYS[1])
"""

# KEYS: the partition's hash. ARGV: generation, life time ms, how many fields go, those, then fields and values.
_WRITE = """
local known = redis.call('HGET', KEYS[1], 'generation')
if known and tonumber(known) > tonumber(ARGV[1]) then return 0 end
local first = 4 + tonumber(ARGV[3])
if first > 4 then redis.call('HDEL', KEYS[1], unpack(ARGV, 4, first - 1)) end
redis.call('HSET', KEYS[1], 'generation', ARGV[1], unpack(ARGV, first))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
"""

_STREAM = "stream:"


class Position(NamedTuple):
    """Behind a record of a partition; ``timestamp_s`` is the record's, as a topic made anew counts from 0 again."""

    offset: int
    timestamp_s: float


class StoredCheckpoint(NamedTuple):
    """What is kept of a partition.

    ``effects_written`` is behind the last record whose effects are known to be written, ``snapshot_offset`` the offset
    that all snapshots stand at or ahead of. Both are None while there is nothing.
    """

    effects_written: Position | None
    snapshot_offset: int | None
    snapshots: dict[str, bytes]
    """By stream, as :meth:`processors.ward.ward.Ward.snapshots` gives them."""


_decode_position = msgspec.json.Decoder(Position).decode
_encode_position = msgspec.json.Encoder().encode


class SnapshotStore:
    """Reads and writes the snapshots of one consumer group; the client is shared with whoever else uses it."""

    def __init__(self, redis: Redis, group: str) -> None:
        self._group = group
        self._claim = redis.register_script(_CLAIM)
        self._write = redis.register_script(_WRITE)

    async def claim(self, partition: int, generation: int) -> StoredCheckpoint | None:
        """Take a partition over: what is kept of it, None if a later generation has it already."""
        key = redis_keys.checkpoint(self._group, partition)
        flat = await self._claim(keys=[key], args=[generation, redis_keys.SNAPSHOT_TTL_MS])
        if flat is None:
            return None
        fields = {name.decode(): value for name, value in zip(flat[::2], flat[1::2], strict=True)}
        return StoredCheckpoint(
            effects_written=_decode_position(fields["effects_written"]) if "effects_written" in fields else None,
            snapshot_offset=int(fields["snapshot_offset"]) if "snapshot_offset" in fields else None,
            snapshots={name.removeprefix(_STREAM): row for name, row in fields.items() if name.startswith(_STREAM)},
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
        """Keep what is given, forget the streams in ``gone``; False if a later generation has the partition."""
        fields: list[str | bytes | int] = []
        for stream_id, snapshot in snapshots.items():
            fields += [_STREAM + stream_id, snapshot]
        if effects_written is not None:
            fields += ["effects_written", _encode_position(effects_written)]
        if snapshot_offset is not None:
            fields += ["snapshot_offset", snapshot_offset]
        going = [_STREAM + stream_id for stream_id in gone]
        key = redis_keys.checkpoint(self._group, partition)
        args = [generation, redis_keys.SNAPSHOT_TTL_MS, len(going), *going, *fields]
        return bool(await self._write(keys=[key], args=args))

"""The audit in Redis: who did what when. Each bed has an append-only log; acts on the whole ward have another.

The script that writes a change also appends its entries, so no change is missing in the audit. The entries of an alert
follow from its record before and after the change (:mod:`wardbeat.care.audit`).
"""

from collections.abc import Sequence
from typing import cast

import msgspec
from redis.asyncio import Redis

from wardbeat.care.audit import AuditEntry
from wardbeat.store import redis_keys
from wardbeat.store.redis_client import names

LUA = """
local function audit(first_key, first_arg)
    local n = tonumber(ARGV[first_arg])
    if n == 0 then return end
    local bed, at_ns, life_s = unpack(ARGV, first_arg + 1, first_arg + 3)
    local oldest_ms = string.format('%d', (redis.call('TIME')[1] - life_s) * 1000)
    for i = first_arg + 4, first_arg + 3 + n do
        redis.call('XADD', KEYS[first_key], 'MINID', '~', oldest_ms, '*', 'body', ARGV[i])
    end
    redis.call('EXPIRE', KEYS[first_key], life_s)
    if bed ~= '' then redis.call('ZADD', KEYS[first_key + 1], at_ns, bed) end
end
"""
"""A Lua function for the head of other scripts. ``audit(k, a)`` appends entries. Its KEYS begin at number ``k`` and
come from :func:`keys_of`; its ARGV begin at number ``a`` and come from :func:`args_of`."""

_NS_PER_MS = 1_000_000

_Entries = list[tuple[bytes, dict[bytes, bytes]]]
"""Positions and fields, as Redis returns the entries of a stream."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(AuditEntry).decode


class AuditLog:
    """Reads the audit.

    Parameters
    ----------
    redis : redis.asyncio.Redis
        Other objects may share it; its owner closes it.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def of(
        self, stream_id: str | None, *, subject: str | None = None, since_ns: int = 0, limit: int = 1000
    ) -> list[AuditEntry]:
        """The entries of a bed or of the whole ward (None), of all subjects or of one; newest first."""
        since = f"{max(since_ns, 0) // _NS_PER_MS}-0"
        found: list[AuditEntry] = []
        before = "+"
        while len(found) < limit:
            answer = await self._redis.xrevrange(redis_keys.audit(stream_id), before, since, count=limit)
            page = cast("_Entries", answer)
            entries = [_decode(fields[b"body"]) for _, fields in page]
            found += [entry for entry in entries if subject in {None, entry.subject}]
            if len(page) < limit:
                break
            before = f"({page[-1][0].decode()}"
        return found[:limit]

    async def audited(self, since_ns: int = 0) -> list[str]:
        """The beds with an entry since Unix ns ``since_ns``, by name."""
        return sorted(names(await self._redis.zrange(redis_keys.AUDITED, since_ns, "+inf", byscore=True)))


def keys_of(stream_id: str | None) -> list[str]:
    """The keys for ``audit`` in :data:`LUA`: the log of a bed or of the ward (None), and the set of audited beds."""
    return [redis_keys.audit(stream_id), redis_keys.AUDITED]


def args_of(entries: Sequence[AuditEntry]) -> list[str | int | bytes]:
    """The arguments for ``audit`` in :data:`LUA`; all entries must have the same bed and time."""
    if not entries:
        return [0]
    bed, at_ns = entries[0].stream_id or "", entries[0].at_ns
    return [len(entries), bed, at_ns, redis_keys.ALERT_TTL_S, *map(_encode, entries)]

"""Who did what when: an append-only log a bed, written in the same script as the change that it tells of.

What happened to an alert follows from its record before and after, so no change can be left out. Each bed has a log of
its own, so that its history is read without that of the ward; what concerns all beds is in the ward's log.
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
"""Put before a script: ``audit(k, a)`` appends entries, with KEYS from ``k`` by :func:`keys_of`, ARGV from ``a`` by
:func:`args_of`."""

_NS_PER_MS = 1_000_000

_Entries = list[tuple[bytes, dict[bytes, bytes]]]


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(AuditEntry).decode


class AuditLog:
    """Reads what was done; whoever changes something writes it."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def of(
        self, stream_id: str | None, *, subject: str | None = None, since_ns: int = 0, limit: int = 1000
    ) -> list[AuditEntry]:
        """What was done to a bed, or to the ward as a whole (None), or to one subject of it; newest first."""
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
        """The beds that something was done to since, by name."""
        return sorted(names(await self._redis.zrange(redis_keys.AUDITED, since_ns, "+inf", byscore=True)))


def keys_of(stream_id: str | None) -> list[str]:
    """The keys that the script's ``audit`` needs, side by side."""
    return [redis_keys.audit(stream_id), redis_keys.AUDITED]


def args_of(entries: Sequence[AuditEntry]) -> list[str | int | bytes]:
    """The arguments that the script's ``audit`` needs, in a row; all entries are of one bed and time."""
    if not entries:
        return [0]
    bed, at_ns = entries[0].stream_id or "", entries[0].at_ns
    return [len(entries), bed, at_ns, redis_keys.ALERT_TTL_S, *map(_encode, entries)]

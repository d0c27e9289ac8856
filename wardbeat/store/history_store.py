"""Whether Redis still has what was written to it: somebody may have emptied it, or restored it from an old file.

Each worker writes the time of Redis every second. If that time is gone or goes back, so is everything that was written
after it.
"""

from typing import Final, cast

import msgspec
from redis.asyncio import Redis

from wardbeat.store import redis_keys

SHORT_MS: Final = 5_000
"""A shorter gap is no loss worth a note: Redis writes its file once a second, and a crash may cost the last ones."""

# KEYS: time of the last write, gap. Returns the time before, now, and the gap.
_WRITE = """
local now = redis.call('TIME')
local now_ms = now[1] * 1000 + math.floor(now[2] / 1000)
local before = redis.call('GET', KEYS[1])
redis.call('SET', KEYS[1], string.format('%d', now_ms))
return {before, string.format('%d', now_ms), redis.call('GET', KEYS[2])}
"""

_encode = msgspec.json.Encoder().encode


class HistoryGap(msgspec.Struct, frozen=True):
    """What was written between two Unix times in ms is gone; ``from_ms`` None: everything before ``to_ms``."""

    from_ms: int | None
    to_ms: int


_decode = msgspec.json.Decoder(HistoryGap).decode


class HistoryStore:
    """Notices that Redis has lost its history.

    Parameters
    ----------
    redis : redis.asyncio.Redis
        Other objects may share it; its owner closes it.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._write = redis.register_script(_WRITE)
        self._written_ms: int | None = None
        self._known: HistoryGap | None = None

    async def check(self) -> HistoryGap | None:
        """Note that Redis is written to now; the gap if it has lost what was there at the last call, else None.

        Raises
        ------
        RedisError
            If Redis is away.
        """
        before, now, body = cast("tuple[bytes | None, bytes, bytes | None]", await self._write([_WRITTEN, _GAP]))
        before_ms, now_ms = None if before is None else int(before), int(now)
        gap = None if body is None else _decode(body)
        written_ms, self._written_ms = self._written_ms, now_ms
        if written_ms is not None and (before_ms is None or before_ms < written_ms - SHORT_MS):
            gap = HistoryGap(before_ms, now_ms)
            await self._redis.set(_GAP, _encode(gap), ex=redis_keys.HISTORY_GAP_TTL_S)
        elif written_ms is None:
            self._known = gap
        if gap is None or gap == self._known:
            return None
        self._known = gap  # noticed here, or by another worker
        return gap

    async def gap(self) -> HistoryGap | None:
        """The last gap, for ``HISTORY_GAP_TTL_S``."""
        body = await self._redis.get(_GAP)
        return None if body is None else _decode(body)


_WRITTEN, _GAP = redis_keys.HISTORY_WRITTEN, redis_keys.HISTORY_GAP

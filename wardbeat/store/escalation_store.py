"""Escalations in Redis: the alerts that are to be escalated, and the escalator that has claimed each.

The script that changes an alert also lists it for escalation. Several escalators may run; one claims an alert for
``LEASE_S``. If it dies before it has delivered the escalation, another one claims the alert after that time.
"""

from collections.abc import Awaitable, Callable
from typing import Final, cast

import msgspec
from redis.asyncio import Redis

from wardbeat.clock import unix_ns
from wardbeat.contracts.messages import Alert
from wardbeat.store import redis_keys
from wardbeat.store.redis_client import names

LEASE_S: Final = 60.0
"""Longer than all tries of all channels take, so that two escalators never deliver the same alert at once."""
MOST_AT_ONCE: Final = 32
"""How many alerts one claim returns at most."""
_NS_PER_S: Final = 1_000_000_000

# KEYS: escalations, claimed. ARGV: latest Unix ns from which a due alert calls, now, end of the claim, most alerts.
_CLAIM = """
local claimed = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])) do
    if #claimed >= tonumber(ARGV[4]) then break end
    local by_another = redis.call('ZSCORE', KEYS[2], id)
    if not by_another or tonumber(by_another) <= tonumber(ARGV[2]) then
        redis.call('ZADD', KEYS[2], ARGV[3], id)
        claimed[#claimed + 1] = id
    end
end
return claimed
"""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Alert).decode


class EscalationStore:
    """The state that all escalators share.

    Parameters
    ----------
    redis : redis.asyncio.Redis
        Its owner closes it.
    clock_ns : callable
        Unix time in nanoseconds.
    """

    def __init__(self, redis: Redis, clock_ns: Callable[[], int] = unix_ns) -> None:
        self._redis = redis
        self._clock_ns = clock_ns
        self._claim = redis.register_script(_CLAIM)

    async def claim(self, after_s: float) -> list[str]:
        """Claim alerts that have called for ``after_s`` and that no other escalator has claimed; their ids."""
        now_ns = self._clock_ns()
        alert_ids = await self._claim(
            keys=[redis_keys.ESCALATIONS, redis_keys.ESCALATIONS_CLAIMED],
            args=[now_ns - int(after_s * _NS_PER_S), now_ns, now_ns + int(LEASE_S * _NS_PER_S), MOST_AT_ONCE],
        )
        return names(alert_ids)

    async def give_back(self, alert_id: str) -> None:
        """End the claim of an alert: its escalation was delivered, or is no longer due."""
        await self._redis.zrem(redis_keys.ESCALATIONS_CLAIMED, alert_id)

    async def waits(self, alert_id: str) -> bool:
        """Whether an alert waits for its escalation."""
        return await self._redis.zscore(redis_keys.ESCALATIONS, alert_id) is not None

    async def notified(self, escalation_id: str) -> set[str]:
        """The channels that have delivered an escalation."""
        members = await cast(
            "Awaitable[set[bytes]]", self._redis.smembers(redis_keys.escalation_notified(escalation_id))
        )
        return set(names(members))

    async def note_notified(self, escalation_id: str, channel: str) -> None:
        """Note that a channel has delivered an escalation."""
        key = redis_keys.escalation_notified(escalation_id)
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.sadd(key, channel)
            pipe.expire(key, redis_keys.NOTIFIED_TTL_S)
            await pipe.execute()

    async def failures(self) -> dict[str, Alert]:
        """The open alerts on failed escalations, by the id of the alert that was to be escalated."""
        bodies = await cast("Awaitable[dict[bytes, bytes]]", self._redis.hgetall(redis_keys.ESCALATIONS_FAILED))
        return {alert_id.decode(): _decode(body) for alert_id, body in bodies.items()}

    async def add_failure(self, alert_id: str, failure: Alert) -> None:
        """Store the alert on the failed escalation of ``alert_id``."""
        await self._redis.hset(redis_keys.ESCALATIONS_FAILED, alert_id, _encode(failure).decode())

    async def remove_failure(self, alert_id: str) -> None:
        """Remove the alert on the failed escalation of ``alert_id``."""
        await self._redis.hdel(redis_keys.ESCALATIONS_FAILED, alert_id)

    async def show_life(self) -> None:
        """Note that an escalator is running; the note expires after ``ESCALATOR_TTL_MS``."""
        await self._redis.set(redis_keys.ESCALATOR, 1, px=redis_keys.ESCALATOR_TTL_MS)

    async def running(self) -> bool:
        """Whether an escalator is running."""
        return bool(await self._redis.exists(redis_keys.ESCALATOR))

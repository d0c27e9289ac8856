"""Converts what an earlier version stored in Redis under names that have changed since.

Two keys were renamed:

- ``wb:heard`` (field ``heard_ns``) became ``wb:last_seen`` (field ``last_seen_ns``). Without its entry, a silent bed
  would raise no ``no_data`` alert after an upgrade.
- ``wb:escalations:told:{id}`` became ``wb:escalations:notified:{id}``. Without it, an escalation that one channel has
  delivered before the upgrade would be delivered by that channel again.

A ward is upgraded without a gap by starting new workers beside the old ones (docs/how-to/upgrade.md). The old ones
continue to read and write the former keys. So Redis removes the former hash a day later, and the conversion may run
again at any time: it keeps the newer entry of each stream.
"""

from typing import Final

from redis.asyncio import Redis

from wardbeat.care.escalation import escalation_id
from wardbeat.store import redis_keys
from wardbeat.store.redis_client import names

FORMER_LAST_SEEN: Final = "wb:heard"
FORMER_KEPT_S: Final = 24 * 3600
"""Longer than any upgrade takes."""
_ESCALATED_PRIORITIES: Final = ("high", "medium")

# KEYS: the former hash, the present one. ARGV: for how many s the former one is kept.
# Returns 1 if there is a former hash. The bodies are edited as text, because Lua's numbers hold no 64-bit integer; an
# unescaped quote ends a JSON string, so no value can contain the name of the field in quotes.
_CONVERT_LAST_SEEN = """
local former = redis.call('HGETALL', KEYS[1])
if #former == 0 then return 0 end
for at = 1, #former, 2 do
    local stream, body = former[at], former[at + 1]
    local former_ns = string.match(body, '"heard_ns":(%d+)')
    local present_ns = string.match(redis.call('HGET', KEYS[2], stream) or '', '"last_seen_ns":(%d+)')
    if former_ns and (not present_ns or #present_ns < #former_ns
            or (#present_ns == #former_ns and present_ns < former_ns)) then
        local converted = string.gsub(body, '"heard_ns":', '"last_seen_ns":', 1)
        redis.call('HSET', KEYS[2], stream, converted)
    end
end
if redis.call('TTL', KEYS[1]) < 0 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return 1
"""


async def migrate(redis: Redis) -> None:
    """Convert all that an earlier version stored; one round trip if there is nothing to convert.

    Several processes may do this at the same time, and one that was interrupted repeats it at its next start.

    Raises
    ------
    RedisError
        If Redis does not answer.
    """
    if await migrate_last_seen(redis):
        await _migrate_notified(redis)


async def migrate_last_seen(redis: Redis) -> bool:
    """Convert the last records of all streams, and return whether an earlier version left any.

    Raises
    ------
    RedisError
        If Redis does not answer.
    """
    convert = redis.register_script(_CONVERT_LAST_SEEN)
    return bool(await convert(keys=[FORMER_LAST_SEEN, redis_keys.LAST_SEEN], args=[FORMER_KEPT_S]))


async def _migrate_notified(redis: Redis) -> None:
    """Convert the channels that have delivered an escalation, for all escalations that are not complete."""
    alert_ids = names(await redis.zrange(redis_keys.ESCALATIONS, 0, -1))
    async with redis.pipeline(transaction=False) as pipe:
        for escalation in (escalation_id(one, priority) for one in alert_ids for priority in _ESCALATED_PRIORITIES):
            key = redis_keys.escalation_notified(escalation)
            pipe.sunionstore(key, [key, _former_notified(escalation)])
            pipe.expire(key, redis_keys.NOTIFIED_TTL_S)
        await pipe.execute()


def _former_notified(escalation: str) -> str:
    return f"wb:escalations:told:{escalation}"

"""Removes a bed with its stream: nothing of it is left but its closed alerts and its audit, which expire by themselves.

A device that still sends makes the bed anew: it comes back within a second, without settings and with a monitor that
starts from the beginning.
"""

from collections.abc import Callable

from redis.asyncio import Redis

from wardbeat.care.audit import AuditEntry
from wardbeat.clock import unix_ns
from wardbeat.errors import AdmissionError
from wardbeat.store import audit_log, redis_keys
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.beds.admission_store import AdmissionStore
from wardbeat.store.beds.bed_names import BedNames
from wardbeat.store.snapshot_store import SNAPSHOT_FIELD

# KEYS: streams, last seen, status, windows, watch, beds, their version, removed beds, pauses, then those of the audit.
# ARGV: stream, body of the bed that was read ("": none), Unix ns, life time of the mark in s, then those of the audit.
# Returns 0 and writes nothing if the body of the bed is another one now: a patient may have been admitted.
_REMOVE = f"""{audit_log.LUA}
if (redis.call('HGET', KEYS[6], ARGV[1]) or '') ~= ARGV[2] then return 0 end
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('DEL', KEYS[3], KEYS[4], KEYS[5])
redis.call('HDEL', KEYS[6], ARGV[1])
redis.call('HDEL', KEYS[9], ARGV[1])
redis.call('HSET', KEYS[8], ARGV[1], ARGV[3])
redis.call('EXPIRE', KEYS[8], ARGV[4])
redis.call('INCR', KEYS[7])
audit(10, 5)
return 1
"""


class BedRemoval:
    """Removes beds.

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
        self._names = BedNames(redis)
        self._admissions = AdmissionStore(redis, clock_ns)
        self._alerts = AlertStore(redis, clock_ns)
        self._remove = redis.register_script(_REMOVE)

    async def remove(self, stream_id: str, by: str) -> None:
        """Remove a bed, its stream, and the snapshots of its monitor, and close its alerts.

        Raises
        ------
        UnknownBedError
            If there is no such bed.
        AdmissionError
            If a patient is admitted to it.
        """
        await self._names.check(stream_id)
        await self._remove_bed(stream_id, by)
        await self._delete_snapshots(stream_id)
        for record in await self._alerts.open_of(stream_id):
            await self._alerts.close(record.alert.alert_id, by)
            await self._redis.zrem(redis_keys.ESCALATIONS_CLAIMED, record.alert.alert_id)
            await self._redis.hdel(redis_keys.ESCALATIONS_FAILED, record.alert.alert_id)

    async def _remove_bed(self, stream_id: str, by: str) -> None:
        body = await self._redis.hget(redis_keys.BEDS, stream_id)
        if (await self._admissions.bed(stream_id)).admission is not None:
            raise AdmissionError(
                f"bed {stream_id}: a patient is admitted to it; discharge or transfer this patient first"
            )
        now_ns = self._clock_ns()
        entry = AuditEntry(now_ns, stream_id, stream_id, "removed", by)
        removed = await self._remove(
            keys=[
                redis_keys.STREAMS,
                redis_keys.LAST_SEEN,
                redis_keys.status(stream_id),
                redis_keys.windows(stream_id),
                redis_keys.watch(stream_id),
                redis_keys.BEDS,
                redis_keys.BEDS_VERSION,
                redis_keys.BEDS_REMOVED,
                redis_keys.PAUSES,
                *audit_log.keys_of(stream_id),
            ],
            args=[stream_id, body or b"", now_ns, redis_keys.REMOVED_TTL_S, *audit_log.args_of([entry])],
        )
        if not removed:
            raise AdmissionError(f"bed {stream_id}: somebody else changed it just now; look at it and try again")

    async def _delete_snapshots(self, stream_id: str) -> None:
        """Delete the snapshots of the stream in the checkpoints of all consumer groups."""
        async for key in self._redis.scan_iter(match=redis_keys.CHECKPOINTS, count=1000):
            await self._redis.hdel(key, f"{SNAPSHOT_FIELD}{stream_id}")

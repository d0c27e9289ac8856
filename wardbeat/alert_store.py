"""Alerts in Redis: the pure rules of :mod:`wardbeat.alerts`, applied by compare-and-set.

Whoever changes an alert reads it, applies a rule and writes the result back in one script, which refuses when
somebody else was faster; then the rule is applied to what they left. So no change is lost, whoever acts when.
"""

import time
from collections.abc import Callable, Iterable
from typing import cast

import msgspec
from redis.asyncio import Redis

from wardbeat import alerts, redis_keys
from wardbeat.alerts import AlertRecord
from wardbeat.errors import AlertActionError, StoreError
from wardbeat.messages import Alert
from wardbeat.redis_client import names

# KEYS: the alert, open ids, the stream's ids, lifecycle.
# ARGV: version that was read ("0": none), new version, state, body, body without strip, id, stream, raised ns,
#       life time s, lifecycle length, raised ns of the oldest id to keep.
_COMPARE_AND_SET = """
if (redis.call('HGET', KEYS[1], 'version') or '0') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'state', ARGV[3], 'body', ARGV[4])
if ARGV[3] == 'resolved' then
    redis.call('ZREM', KEYS[2], ARGV[6])
    redis.call('EXPIRE', KEYS[1], ARGV[9])
else
    redis.call('ZADD', KEYS[2], ARGV[8], ARGV[6])
end
redis.call('ZADD', KEYS[3], ARGV[8], ARGV[6])
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', '(' .. ARGV[11])
redis.call('EXPIRE', KEYS[3], ARGV[9])
redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[10], '*',
    'id', ARGV[6], 'stream', ARGV[7], 'state', ARGV[3], 'body', ARGV[5])
return 1
"""
_MAX_TRIES = 100
"""Every refused try means that somebody else succeeded, so that many never happen."""

_Entries = list[tuple[bytes, dict[bytes, bytes]]]
"""Positions and fields, as a Redis stream answers."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(AlertRecord).decode


class AlertStore:
    """Alerts as staff and screens see them.

    Parameters
    ----------
    redis : redis.asyncio.Redis
        Shared with whoever else uses it; closed by its owner.
    clock_ns : callable
        Unix time in nanoseconds.
    """

    def __init__(self, redis: Redis, clock_ns: Callable[[], int] = time.time_ns) -> None:
        self._redis = redis
        self._clock_ns = clock_ns
        self._compare_and_set = redis.register_script(_COMPARE_AND_SET)

    async def raise_(self, alert: Alert) -> bool:
        """Store a new alert; False, and nothing changes, if its id is known already."""
        return await self._write(alerts.raise_alert(alert, self._clock_ns()), read_version=0)

    async def end(self, alert: Alert) -> AlertRecord | None:
        """Note that the condition of an alert is over; None if no such alert was ever raised."""
        return await self._change(alert.alert_id, lambda record: alerts.end_alert(record, alert, self._clock_ns()))

    async def acknowledge(self, alert_id: str, by: str) -> AlertRecord:
        """Note who has seen an alert first.

        Raises
        ------
        AlertActionError
            If there is no such alert, or it is resolved already.
        """
        return await self._act(alert_id, lambda record: alerts.acknowledge(record, by, self._clock_ns()))

    async def resolve(self, alert_id: str, by: str) -> AlertRecord:
        """Close an alert whose condition is over.

        Raises
        ------
        AlertActionError
            If there is no such alert, or its condition still lasts.
        """
        return await self._act(alert_id, lambda record: alerts.resolve(record, by, self._clock_ns()))

    async def get(self, alert_id: str) -> AlertRecord | None:
        body = await self._redis.hget(redis_keys.alert(alert_id), "body")
        return None if body is None else _decode(body)

    async def open_alerts(self) -> list[AlertRecord]:
        """All alerts that are not resolved, oldest first."""
        return await self._get_all(names(await self._redis.zrange(redis_keys.ALERTS_OPEN, 0, -1)))

    async def history(self, stream_id: str, limit: int = 100) -> list[AlertRecord]:
        """The alerts of a stream in any state, newest first."""
        newest = await self._redis.zrevrange(redis_keys.alerts_of(stream_id), 0, limit - 1)
        return await self._get_all(names(newest))

    async def last_change(self) -> str:
        """Where the lifecycle stream stands: read this, then the open alerts, then ``changes`` after this."""
        entries = cast("_Entries", await self._redis.xrevrange(redis_keys.LIFECYCLE, count=1))
        return entries[0][0].decode() if entries else "0-0"

    async def changes(self, after: str, block_ms: int = 1000, count: int = 1000) -> list[tuple[str, AlertRecord]]:
        """The changes after a position, each with its own and no strips; waits for one at most ``block_ms``."""
        answer = await self._redis.xread({redis_keys.LIFECYCLE: after}, count=count, block=block_ms)
        streams = cast("list[tuple[bytes, _Entries]]", answer or [])
        return [(position.decode(), _decode(fields[b"body"])) for _, entries in streams for position, fields in entries]

    async def _act(self, alert_id: str, rule: Callable[[AlertRecord], AlertRecord]) -> AlertRecord:
        record = await self._change(alert_id, rule)
        if record is None:
            raise AlertActionError(f"alert {alert_id}: there is none with this id; see `wardbeat alerts list`")
        return record

    async def _change(self, alert_id: str, rule: Callable[[AlertRecord], AlertRecord]) -> AlertRecord | None:
        for _ in range(_MAX_TRIES):
            record = await self.get(alert_id)
            if record is None:
                return None
            changed = rule(record)
            if changed is record or await self._write(changed, read_version=record.version):
                return changed
        raise StoreError(f"alert {alert_id}: {_MAX_TRIES} others changed it first; try again")

    async def _write(self, record: AlertRecord, read_version: int) -> bool:
        alert = record.alert
        oldest_ns = record.changed_ns - redis_keys.ALERT_TTL_S * 1_000_000_000
        written = await self._compare_and_set(
            keys=[
                redis_keys.alert(alert.alert_id),
                redis_keys.ALERTS_OPEN,
                redis_keys.alerts_of(alert.stream_id),
                redis_keys.LIFECYCLE,
            ],
            args=[
                read_version,
                record.version,
                record.state,
                _encode(record),
                _encode(_without_strip(record)),
                alert.alert_id,
                alert.stream_id,
                record.raised_ns,
                redis_keys.ALERT_TTL_S,
                redis_keys.LIFECYCLE_MAX_LENGTH,
                oldest_ns,
            ],
        )
        return bool(written)

    async def _get_all(self, alert_ids: Iterable[str]) -> list[AlertRecord]:
        async with self._redis.pipeline(transaction=False) as pipe:
            for alert_id in alert_ids:
                pipe.hget(redis_keys.alert(alert_id), "body")
            bodies = await pipe.execute()
        return [_decode(body) for body in bodies if body is not None]


def _without_strip(record: AlertRecord) -> AlertRecord:
    """The lifecycle stream keeps a hundred thousand changes; with 10 kB of ECG each it would fill the memory."""
    evidence = msgspec.structs.replace(record.alert.evidence, strip=b"")
    return msgspec.structs.replace(record, alert=msgspec.structs.replace(record.alert, evidence=evidence))

"""Alerts in Redis: the pure rules of :mod:`wardbeat.care.alert_lifecycle`, applied by compare-and-set.

Workers, staff and escalators may change an alert at the same time; no change is lost
(:mod:`wardbeat.store.compare_and_set`).
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import cast

import msgspec
from redis.asyncio import Redis

from wardbeat.care import alert_lifecycle
from wardbeat.care.alert_lifecycle import AlertRecord
from wardbeat.care.audit import entries_of
from wardbeat.clock import unix_ns
from wardbeat.contracts.evidence_signals import has_signals, pack_signals, with_signals, without_signals
from wardbeat.contracts.messages import Alert, Evidence, Priority
from wardbeat.errors import AlertActionError
from wardbeat.store import audit_log, redis_keys
from wardbeat.store.compare_and_set import compare_and_set
from wardbeat.store.redis_client import names

# KEYS: the alert, its signals, open ids, the stream's ids, lifecycle, escalations, then those of the audit.
# ARGV: version that was read ("0": none), new version, state, body, signals ("": unchanged), id, stream, raised ns,
#       life time in s, life time of the signals in s, lifecycle length, raised ns of the oldest id to keep, Unix ns
#       from which it escalates ("": it does not), then those of the audit.
# Returns 0 and writes nothing if the version is another one now.
_COMPARE_AND_SET = f"""{audit_log.LUA}
if (redis.call('HGET', KEYS[1], 'version') or '0') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'state', ARGV[3], 'body', ARGV[4])
if ARGV[5] ~= '' then redis.call('SET', KEYS[2], ARGV[5]) end
if ARGV[3] == 'resolved' then
    redis.call('ZREM', KEYS[3], ARGV[6])
    redis.call('EXPIRE', KEYS[1], ARGV[9])
    redis.call('EXPIRE', KEYS[2], ARGV[10])
else
    redis.call('ZADD', KEYS[3], ARGV[8], ARGV[6])
end
redis.call('ZADD', KEYS[4], ARGV[8], ARGV[6])
redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', '(' .. ARGV[12])
redis.call('EXPIRE', KEYS[4], ARGV[9])
redis.call('XADD', KEYS[5], 'MAXLEN', '~', ARGV[11], '*',
    'id', ARGV[6], 'stream', ARGV[7], 'state', ARGV[3], 'body', ARGV[4])
if ARGV[13] == '' then
    redis.call('ZREM', KEYS[6], ARGV[6])
else
    redis.call('ZADD', KEYS[6], ARGV[13], ARGV[6])
end
audit(7, 14)
return 1
"""

_Entries = list[tuple[bytes, dict[bytes, bytes]]]
"""Positions and fields, as Redis returns the entries of a stream."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(AlertRecord).decode


class AlertStore:
    """Alerts as staff and screens see them, without the signals of their evidence unless a method returns these too.

    Parameters
    ----------
    redis : redis.asyncio.Redis
        Other objects may share it; its owner closes it.
    clock_ns : callable
        Unix time in nanoseconds.
    sounds_again_s : float
        How long an acknowledgement holds while the condition lasts.
    """

    def __init__(
        self,
        redis: Redis,
        clock_ns: Callable[[], int] = unix_ns,
        *,
        sounds_again_s: float = alert_lifecycle.SOUNDS_AGAIN_S,
    ) -> None:
        self._redis = redis
        self._clock_ns = clock_ns
        self._sounds_again_s = sounds_again_s
        self._compare_and_set = redis.register_script(_COMPARE_AND_SET)

    async def take(self, alert: Alert) -> bool:
        """Store an alert as the monitor sends it: when it begins, rises, has more evidence or ends.

        A repeated message changes nothing, and messages may come in any order.

        Returns
        -------
        bool
            Whether the alert is new.
        """
        before, _ = await self._change(alert.alert_id, partial(_reported, alert, self._clock_ns))
        return before is None

    async def acknowledge(self, alert_id: str, by: str, comment: str = "") -> AlertRecord:
        """Note who has seen an alert. A second person gets the record that names the first.

        Raises
        ------
        AlertActionError
            If there is no such alert, it is resolved already, or the comment is too long.
        """
        return await self._act(
            alert_id,
            lambda record: alert_lifecycle.acknowledge(
                record, by, self._clock_ns(), comment, sounds_again_s=self._sounds_again_s
            ),
        )

    async def comment(self, alert_id: str, by: str, text: str) -> AlertRecord:
        """Add a comment to an alert in any state.

        Raises
        ------
        AlertActionError
            If there is no such alert, or the comment is empty or too long.
        """
        return await self._act(alert_id, lambda record: alert_lifecycle.add_comment(record, by, text, self._clock_ns()))

    async def resolve(self, alert_id: str, by: str) -> AlertRecord:
        """Close an alert whose condition has ended.

        Raises
        ------
        AlertActionError
            If there is no such alert, or its condition lasts.
        """
        return await self._act(alert_id, lambda record: alert_lifecycle.resolve(record, by, self._clock_ns()))

    async def close(self, alert_id: str, by: str) -> AlertRecord:
        """Close an alert because its patient has left the bed, whether its condition lasts or not.

        Raises
        ------
        AlertActionError
            If there is no such alert.
        """
        return await self._act(alert_id, lambda record: alert_lifecycle.close(record, by, self._clock_ns()))

    async def note_escalation(self, alert_id: str, priority: Priority) -> AlertRecord:
        """Note that an escalation of the alert was delivered at this priority.

        Raises
        ------
        AlertActionError
            If there is no such alert.
        """
        return await self._act(
            alert_id, lambda record: alert_lifecycle.note_escalation(record, priority, self._clock_ns())
        )

    async def get(self, alert_id: str) -> AlertRecord | None:
        """The alert with this id, with the signals of its evidence as long as they are kept."""
        records = await self._get_whole([alert_id])
        return records[0] if records else None

    async def open_alerts(self) -> list[AlertRecord]:
        """All alerts that are not resolved, oldest first."""
        return await self._get_all(names(await self._redis.zrange(redis_keys.ALERTS_OPEN, 0, -1)))

    async def open_of(self, stream_id: str) -> list[AlertRecord]:
        """The alerts of a stream that are not resolved, oldest first."""
        keys = {redis_keys.ALERTS_OPEN: 1, redis_keys.alerts_of(stream_id): 1}
        return await self._get_all(names(await self._redis.zinter(keys, aggregate="MIN")))

    async def history(
        self, stream_id: str, limit: int = 100, wanted: Callable[[AlertRecord], bool] = lambda _: True
    ) -> list[AlertRecord]:
        """The newest alerts of a stream, newest first.

        Parameters
        ----------
        stream_id : str
        limit : int
            The largest number of alerts.
        wanted : callable
            Whether an alert counts. Other alerts count neither for the result nor for the limit.
        """
        alert_ids = await self._newest(stream_id)
        found: list[AlertRecord] = []
        for start in range(0, len(alert_ids), limit):
            found += filter(wanted, await self._get_all(alert_ids[start : start + limit]))
            if len(found) >= limit:
                break
        return found[:limit]

    async def whole_history(self, stream_id: str, limit: int = 100) -> list[AlertRecord]:
        """The newest alerts of a stream with the signals of their evidence, newest first."""
        return await self._get_whole((await self._newest(stream_id))[:limit])

    async def last_change(self) -> str:
        """The newest position in the lifecycle stream: read it, then the open alerts, then ``changes`` after it."""
        entries = cast("_Entries", await self._redis.xrevrange(redis_keys.LIFECYCLE, count=1))
        return entries[0][0].decode() if entries else "0-0"

    async def changes(self, after: str, block_ms: int = 1000, count: int = 1000) -> list[tuple[str, AlertRecord]]:
        """The changes after a position, each with its own position; waits up to ``block_ms`` if there is none."""
        answer = await self._redis.xread({redis_keys.LIFECYCLE: after}, count=count, block=block_ms)
        streams = cast("list[tuple[bytes, _Entries]]", answer or [])
        return [(position.decode(), _decode(fields[b"body"])) for _, entries in streams for position, fields in entries]

    async def _act(self, alert_id: str, rule: Callable[[AlertRecord], AlertRecord]) -> AlertRecord:
        def rule_if_stored(record: AlertRecord | None) -> AlertRecord:
            if record is None:
                raise AlertActionError(f"alert {alert_id}: there is none with this id; see `wardbeat alerts list`")
            return rule(record)

        _, record = await self._change(alert_id, rule_if_stored)
        return record

    async def _change(
        self, alert_id: str, rule: Callable[[AlertRecord | None], AlertRecord]
    ) -> tuple[AlertRecord | None, AlertRecord]:
        """Apply a rule to a stored record; the record before and after."""

        async def read() -> AlertRecord | None:
            body = await self._redis.hget(redis_keys.alert(alert_id), "body")
            return None if body is None else _decode(body)

        return await compare_and_set(f"alert {alert_id}", read, rule, self._write)

    async def _write(self, before: AlertRecord | None, record: AlertRecord) -> bool:
        """Replace the record before by the new one; False if another record is stored now."""
        if record is before:
            return True
        alert = record.alert
        bare = without_signals(alert.evidence)
        life_s = redis_keys.CANARY_ALERT_TTL_S if alert.origin == "canary" else redis_keys.ALERT_TTL_S
        oldest_ns = record.changed_ns - life_s * 1_000_000_000
        escalates_from_ns = alert_lifecycle.escalates_from_ns(record)
        written = await self._compare_and_set(
            keys=[
                redis_keys.alert(alert.alert_id),
                redis_keys.signals(alert.alert_id),
                redis_keys.ALERTS_OPEN,
                redis_keys.alerts_of(alert.stream_id),
                redis_keys.LIFECYCLE,
                redis_keys.ESCALATIONS,
                *audit_log.keys_of(alert.stream_id),
            ],
            args=[
                0 if before is None else before.version,
                record.version,
                record.state,
                _encode(_with(record, bare)),
                pack_signals(alert.evidence) if has_signals(alert.evidence) else b"",
                alert.alert_id,
                alert.stream_id,
                record.raised_ns,
                life_s,
                min(life_s, redis_keys.SIGNALS_TTL_S),
                redis_keys.LIFECYCLE_MAX_LENGTH,
                oldest_ns,
                "" if escalates_from_ns is None else escalates_from_ns,
                *audit_log.args_of(entries_of(before, record)),
            ],
        )
        return bool(written)

    async def _newest(self, stream_id: str) -> list[str]:
        """The ids of a stream's alerts in any state, newest first."""
        return names(await self._redis.zrevrange(redis_keys.alerts_of(stream_id), 0, -1))

    async def _get_all(self, alert_ids: Iterable[str]) -> list[AlertRecord]:
        async with self._redis.pipeline(transaction=False) as pipe:
            for alert_id in alert_ids:
                pipe.hget(redis_keys.alert(alert_id), "body")
            bodies = await pipe.execute()
        return [_decode(body) for body in bodies if body is not None]

    async def _get_whole(self, alert_ids: Iterable[str]) -> list[AlertRecord]:
        async with self._redis.pipeline(transaction=True) as pipe:
            for alert_id in alert_ids:
                pipe.hget(redis_keys.alert(alert_id), "body")
                pipe.get(redis_keys.signals(alert_id))
            answers = iter(await pipe.execute())
        return [_whole(body, packed) for body, packed in zip(answers, answers, strict=True) if body is not None]


def _whole(body: bytes, packed: bytes | None) -> AlertRecord:
    record = _decode(body)
    return record if packed is None else _with(record, with_signals(record.alert.evidence, packed))


def _reported(alert: Alert, clock_ns: Callable[[], int], record: AlertRecord | None) -> AlertRecord:
    """The record of an alert after a message of the monitor."""
    return (
        alert_lifecycle.begin(alert, clock_ns())
        if record is None
        else alert_lifecycle.update(record, alert, clock_ns())
    )


def _with(record: AlertRecord, evidence: Evidence) -> AlertRecord:
    return msgspec.structs.replace(record, alert=msgspec.structs.replace(record.alert, evidence=evidence))

"""Changes beds in Redis by compare-and-set, several at once or none, each with its line in the audit.

Workers and staff may change a bed at the same time; no change is lost (:mod:`wardbeat.store.compare_and_set`).
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple, cast

import msgspec
from redis.asyncio import Redis

from wardbeat.care.admissions import Admission, Bed
from wardbeat.care.audit import AuditEntry
from wardbeat.store import audit_log, redis_keys
from wardbeat.store.compare_and_set import compare_and_set

# KEYS: beds, their version, the admission, then those of the audit, two for each bed. ARGV: number of beds, body of the
# admission ("": unchanged), its life time in s (0: no limit); then for each bed its stream, the body that was read
# ("": there was none), the new body, and the number of the audit's first argument.
# Returns 0 and writes nothing if the body of a bed is another one now.
_COMPARE_AND_SET = f"""{audit_log.LUA}
local last = 4 * ARGV[1]
for at = 4, last, 4 do
    if (redis.call('HGET', KEYS[1], ARGV[at]) or '') ~= ARGV[at + 1] then return 0 end
end
for at = 4, last, 4 do redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 2]) end
if ARGV[2] ~= '' then
    redis.call('SET', KEYS[3], ARGV[2])
    if ARGV[3] ~= '0' then redis.call('EXPIRE', KEYS[3], ARGV[3]) end
end
redis.call('INCR', KEYS[2])
for at = 4, last, 4 do audit(2 + at / 2, tonumber(ARGV[at + 3])) end
return 1
"""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Bed).decode


class BedAct(NamedTuple):
    """The changed beds, the admission that changes with them, and the act for the audit."""

    beds: Sequence[Bed]
    admission: Admission | None
    act: str
    by: str
    detail: str = ""


class _Read(NamedTuple):
    """A bed, and the bytes that Redis holds for it."""

    bed: Bed
    body: bytes


class BedChanges:
    """The beds in Redis.

    Parameters
    ----------
    redis : redis.asyncio.Redis
    clock_ns : callable
        Unix time in nanoseconds.
    """

    def __init__(self, redis: Redis, clock_ns: Callable[[], int]) -> None:
        self._redis = redis
        self._clock_ns = clock_ns
        self._compare_and_set = redis.register_script(_COMPARE_AND_SET)

    async def all(self) -> dict[str, Bed]:
        """All beds that were ever changed, by stream; any other bed equals a new ``Bed``."""
        bodies = await self._redis.hvals(redis_keys.BEDS)
        return {bed.stream_id: bed for bed in map(_decode, bodies)}

    async def bed(self, stream_id: str) -> Bed:
        """A bed; a new ``Bed`` if it was never changed."""
        return (await self._read(stream_id)).bed

    async def change(self, stream_ids: Sequence[str], rule: Callable[[Sequence[Bed], int], BedAct]) -> Sequence[Bed]:
        """Apply a rule to stored beds; the changed beds."""

        async def read() -> list[_Read]:
            return [await self._read(stream_id) for stream_id in stream_ids]

        def decide(before: Sequence[_Read]) -> tuple[BedAct, int]:
            now_ns = self._clock_ns()
            return rule([one.bed for one in before], now_ns), now_ns

        _, (act, _) = await compare_and_set(f"bed {stream_ids[0]}", read, decide, self._write)
        return act.beds

    async def _read(self, stream_id: str) -> _Read:
        body = cast("bytes | None", await self._redis.hget(redis_keys.BEDS, stream_id))
        return _Read(Bed(stream_id), b"") if body is None else _Read(_decode(body), body)

    async def _write(self, before: Sequence[_Read], decided: tuple[BedAct, int]) -> bool:
        """Write the changed beds; False if another process has changed one of them."""
        act, now_ns = decided
        if all(new is old for new, (old, _) in zip(act.beds, before, strict=True)):
            return True
        admission = act.admission
        over = admission is not None and admission.discharged_ns is not None
        args: list[str | bytes | int] = [
            len(before),
            b"" if admission is None else _encode(admission),
            redis_keys.ALERT_TTL_S if over else 0,
        ]
        keys = [
            redis_keys.BEDS,
            redis_keys.BEDS_VERSION,
            redis_keys.admission("" if admission is None else admission.admission_id),
        ]
        audits: list[str | bytes | int] = []
        for (old, body), new in zip(before, act.beds, strict=True):
            subject = new.stream_id if admission is None else admission.admission_id
            entry = AuditEntry(now_ns, new.stream_id, subject, act.act, act.by, old.version, new.version, act.detail)
            args += [new.stream_id, body, _encode(new), 4 + 4 * len(before) + len(audits)]
            audits += audit_log.args_of([entry])
            keys += audit_log.keys_of(new.stream_id)
        return bool(await self._compare_and_set(keys=keys, args=[*args, *audits]))

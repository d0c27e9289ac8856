"""Beds in Redis: the pure rules of :mod:`wardbeat.admissions`, applied by compare-and-set.

Whoever changes a bed reads it, applies a rule and writes the result back in one script, which refuses when somebody
else was faster; then the rule is applied to what they left. A transfer changes two beds at once or none.
"""

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, cast

import msgspec
from redis.asyncio import Redis

from wardbeat import admissions, redis_keys
from wardbeat.admissions import Admission, Bed, PatientSettings
from wardbeat.errors import AdmissionError, StoreError

# KEYS: beds, their version, the admission. ARGV: the admission's body ("" leaves it), its life time in s (0: for
# good), then a stream, what was read of its bed ("" if there was nothing) and what it becomes, for each bed.
_COMPARE_AND_SET = """
for at = 3, #ARGV, 3 do
    if (redis.call('HGET', KEYS[1], ARGV[at]) or '') ~= ARGV[at + 1] then return 0 end
end
for at = 3, #ARGV, 3 do redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 2]) end
if ARGV[1] ~= '' then
    redis.call('SET', KEYS[3], ARGV[1])
    if ARGV[2] ~= '0' then redis.call('EXPIRE', KEYS[3], ARGV[2]) end
end
redis.call('INCR', KEYS[2])
return 1
"""
_MAX_TRIES = 100
"""Every refused try means that somebody else succeeded, so that many never happen."""

_encode = msgspec.json.Encoder().encode
_decode_bed = msgspec.json.Decoder(Bed).decode
_decode_admission = msgspec.json.Decoder(Admission).decode


class _Read(NamedTuple):
    """A bed, and the bytes that it was read as."""

    bed: Bed
    body: bytes


class _Write(NamedTuple):
    """Beds as they become, and the admission that is changed with them."""

    beds: Sequence[Bed]
    admission: Admission | None


class AdmissionStore:
    """Beds as staff and workers see them.

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

    async def version(self) -> int:
        """Another one as soon as any bed has changed."""
        return int(await self._redis.get(redis_keys.BEDS_VERSION) or 0)

    async def beds(self) -> dict[str, Bed]:
        """All beds that were ever changed; the others are as a new ``Bed`` is."""
        bodies = await self._redis.hgetall(redis_keys.BEDS)
        return {stream.decode(): _decode_bed(body) for stream, body in bodies.items()}

    async def bed(self, stream_id: str) -> Bed:
        return (await self._read(stream_id)).bed

    async def admission(self, admission_id: str) -> Admission | None:
        """An admission, also one that is over."""
        body = await self._redis.get(redis_keys.admission(admission_id))
        return None if body is None else _decode_admission(body)

    async def admit(self, stream_id: str, settings: PatientSettings, by: str) -> Bed:
        """Admit a patient to a bed.

        Raises
        ------
        AdmissionError
            If somebody is in the bed, a limit is out of its range, or nothing was ever heard of the stream.
        """
        await self._check_heard(stream_id)
        return await self._change(stream_id, lambda bed, now_ns: admissions.admit(bed, settings, by, now_ns))

    async def transfer(self, stream_id: str, target_id: str, by: str) -> Bed:
        """Move a patient to another bed; the bed that the patient is in then.

        Raises
        ------
        AdmissionError
            If nobody is admitted, the target is not free, or nothing was ever heard of its stream.
        """
        await self._check_heard(target_id)

        def rule(beds: Sequence[Bed], now_ns: int) -> _Write:
            changed = admissions.transfer(beds[0], beds[1], by, now_ns)
            return _Write(changed, changed[1].admission)

        return (await self._change_all([stream_id, target_id], rule))[1]

    async def discharge(self, stream_id: str, by: str) -> Admission:
        """Discharge a patient; the admission that is over.

        Raises
        ------
        AdmissionError
            If nobody is admitted.
        """
        over: list[Admission] = []

        def rule(beds: Sequence[Bed], now_ns: int) -> _Write:
            bed, admission = admissions.discharge(beds[0], by, now_ns)
            over[:] = [admission]
            return _Write([bed], admission)

        await self._change_all([stream_id], rule)
        return over[0]

    async def set_limits(self, stream_id: str, by: str, **limits: float) -> Bed:
        """Change some of a patient's limits.

        Raises
        ------
        AdmissionError
            If nobody is admitted, or a limit is unknown or out of its range.
        """

        def changed(settings: PatientSettings) -> PatientSettings:
            return msgspec.structs.replace(settings, limits=admissions.changed_limits(settings.limits, limits))

        return await self.change_settings(stream_id, by, changed)

    async def change_settings(
        self, stream_id: str, by: str, change: Callable[[PatientSettings], PatientSettings]
    ) -> Bed:
        """Change what a monitor is told of its patient.

        Raises
        ------
        AdmissionError
            If nobody is admitted, or a limit is out of its range.
        """

        def rule(bed: Bed, now_ns: int) -> Bed:
            return admissions.change_settings(bed, change(admissions.settings_of(bed)), by, now_ns)

        return await self._change(stream_id, rule)

    async def begin_standby(self, stream_id: str, seconds: float, by: str) -> Bed:
        """Note that the patient is away for at most so long.

        Raises
        ------
        AdmissionError
            If the time is none, or too long.
        """
        return await self._change(stream_id, lambda bed, now_ns: admissions.begin_standby(bed, seconds, by, now_ns))

    async def end_standby(self, stream_id: str) -> Bed:
        """Monitor the bed as before; nothing changes if it is not on standby."""
        return await self._change(stream_id, admissions.end_standby)

    async def see_ecg(self, stream_id: str, *, usable: bool) -> Bed:
        """Note whether a bed on standby has ECG: one that was away and comes back ends it."""
        return await self._change(stream_id, lambda bed, now_ns: admissions.see_ecg(bed, usable=usable, now_ns=now_ns))

    async def _check_heard(self, stream_id: str) -> None:
        """A patient in a bed that no device stands at would be taken for monitored."""
        if await self._redis.zscore(redis_keys.STREAMS, stream_id) is None:
            raise AdmissionError(
                f"bed {stream_id}: nothing was ever heard of it; connect the device first, or mind the spelling"
            )

    async def _change(self, stream_id: str, rule: Callable[[Bed, int], Bed]) -> Bed:
        def write(beds: Sequence[Bed], now_ns: int) -> _Write:
            changed = rule(beds[0], now_ns)
            return _Write([changed], changed.admission)

        return (await self._change_all([stream_id], write))[0]

    async def _change_all(
        self, stream_ids: Sequence[str], rule: Callable[[Sequence[Bed], int], _Write]
    ) -> Sequence[Bed]:
        for _ in range(_MAX_TRIES):
            read = [await self._read(stream_id) for stream_id in stream_ids]
            write = rule([bed for bed, _ in read], self._clock_ns())
            unchanged = all(new is old for new, (old, _) in zip(write.beds, read, strict=True))
            if unchanged or await self._write(read, write):
                return write.beds
        raise StoreError(f"bed {stream_ids[0]}: {_MAX_TRIES} others changed it first; try again")

    async def _read(self, stream_id: str) -> _Read:
        body = cast("bytes | None", await self._redis.hget(redis_keys.BEDS, stream_id))
        return _Read(Bed(stream_id), b"") if body is None else _Read(_decode_bed(body), body)

    async def _write(self, read: Sequence[_Read], write: _Write) -> bool:
        admission = write.admission
        args: list[str | bytes | int] = [
            b"" if admission is None else _encode(admission),
            0 if admission is None or admission.discharged_ns is None else redis_keys.ALERT_TTL_S,
        ]
        for (old, body), new in zip(read, write.beds, strict=True):
            args += [old.stream_id, body, _encode(new)]
        keys = [
            redis_keys.BEDS,
            redis_keys.BEDS_VERSION,
            redis_keys.admission("" if admission is None else admission.admission_id),
        ]
        return bool(await self._compare_and_set(keys=keys, args=args))

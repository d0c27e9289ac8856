"""The ward's default limits in Redis: the pure rules of :mod:`wardbeat.care.ward_defaults`, by compare-and-set.

The script that writes a change also counts it as a change of the beds, so that every worker and screen notices it, and
writes its line in the audit of the ward.
"""

from collections.abc import Callable
from typing import NamedTuple, cast

import msgspec
from redis.asyncio import Redis

from wardbeat.care.audit import AuditEntry
from wardbeat.care.ward_defaults import WardDefaults, changed_defaults
from wardbeat.clock import unix_ns
from wardbeat.store import audit_log, redis_keys
from wardbeat.store.compare_and_set import compare_and_set

# KEYS: the defaults, the version of the beds, then those of the audit. ARGV: the body that was read ("": none), the new
# body, then those of the audit.
_COMPARE_AND_SET = f"""{audit_log.LUA}
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
redis.call('INCR', KEYS[2])
audit(3, 3)
return 1
"""
_SUBJECT = "ward defaults"
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(WardDefaults).decode


class _Read(NamedTuple):
    """The defaults, and the bytes that Redis holds for them."""

    defaults: WardDefaults
    body: bytes


class WardDefaultsStore:
    """The ward's default limits as staff and workers see them.

    Parameters
    ----------
    redis : redis.asyncio.Redis
        Other objects may share it; its owner closes it.
    clock_ns : callable
        Unix time in nanoseconds.
    """

    def __init__(self, redis: Redis, clock_ns: Callable[[], int] = unix_ns) -> None:
        self._redis = redis
        self._clock_ns = clock_ns
        self._compare_and_set = redis.register_script(_COMPARE_AND_SET)

    async def read(self) -> WardDefaults:
        """The defaults; those that Wardbeat ships if nobody has changed them."""
        return (await self._read()).defaults

    async def change(self, by: str, **limits: float) -> WardDefaults:
        """Change some of the limits.

        Raises
        ------
        AdmissionError
            If a limit is unknown or out of its range, or the two rates are too close.
        """
        _, after = await compare_and_set(
            _SUBJECT,
            self._read,
            lambda before: changed_defaults(before.defaults, limits, by, self._clock_ns()),
            self._write,
        )
        return after

    async def put_back(self, defaults: WardDefaults) -> None:
        """Store defaults again after Redis has lost them, unless it has newer ones."""
        await compare_and_set(
            _SUBJECT,
            self._read,
            lambda before: defaults if before.defaults.version < defaults.version else before.defaults,
            self._write,
        )

    async def _read(self) -> _Read:
        body = cast("bytes | None", await self._redis.get(redis_keys.WARD_DEFAULTS))
        return _Read(WardDefaults(), b"") if body is None else _Read(_decode(body), body)

    async def _write(self, before: _Read, after: WardDefaults) -> bool:
        if after is before.defaults:
            return True
        detail = ", ".join(f"{name} {value:g}" for name, value in msgspec.structs.asdict(after.limits).items())
        entry = AuditEntry(
            after.since_ns, None, _SUBJECT, "ward defaults", after.by, before.defaults.version, after.version, detail
        )
        return bool(
            await self._compare_and_set(
                keys=[redis_keys.WARD_DEFAULTS, redis_keys.BEDS_VERSION, *audit_log.keys_of(None)],
                args=[before.body, _encode(after), *audit_log.args_of([entry])],
            )
        )

"""Audio pauses in Redis. The script that writes a pause also writes its line in the audit."""

from collections.abc import Awaitable, Callable
from typing import cast

import msgspec
from redis.asyncio import Redis

from wardbeat.care import audio_pause
from wardbeat.care.audio_pause import AudioPause
from wardbeat.care.audit import AuditEntry
from wardbeat.clock import unix_ns
from wardbeat.store import audit_log, redis_keys

# KEYS: pauses, then those of the audit. ARGV: stream ("": the ward), body ("": end the pause), then those of the audit.
_SET = f"""{audit_log.LUA}
if ARGV[2] == '' then
    if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then return 0 end
else
    redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
end
audit(2, 3)
return 1
"""
_SUBJECT = "audio"

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(AudioPause).decode


class AudioPauseStore:
    """The audio pauses of all beds and of the ward.

    Parameters
    ----------
    redis : redis.asyncio.Redis
        Its owner closes it.
    clock_ns : callable
        Unix time in nanoseconds.
    longest_s : float
        The longest pause that staff may begin.
    """

    def __init__(
        self,
        redis: Redis,
        clock_ns: Callable[[], int] = unix_ns,
        *,
        longest_s: float = audio_pause.PAUSE_S.high,
    ) -> None:
        self._redis = redis
        self._clock_ns = clock_ns
        self._longest_s = longest_s
        self._set = redis.register_script(_SET)

    async def pause(self, stream_id: str | None, by: str, seconds: float) -> AudioPause:
        """Pause the sound of a bed, or of the ward (None), from now on.

        Raises
        ------
        AlertActionError
            If the pause is shorter than 1 s or longer than ``longest_s``.
        """
        pause = audio_pause.begin_pause(stream_id, by, seconds, self._clock_ns(), longest_s=self._longest_s)
        await self._write(stream_id, _encode(pause), "paused", by, f"{seconds:g} s")
        return pause

    async def resume(self, stream_id: str | None, by: str) -> None:
        """End the pause of a bed, or of the ward (None); this changes nothing if there is none."""
        if any(pause.stream_id == stream_id for pause in await self.in_force()):
            await self._write(stream_id, b"", "resumed", by, "")

    async def in_force(self) -> list[AudioPause]:
        """The pauses that have not ended."""
        bodies = await cast("Awaitable[dict[bytes, bytes]]", self._redis.hgetall(redis_keys.PAUSES))
        now_ns = self._clock_ns()
        return [pause for pause in map(_decode, bodies.values()) if audio_pause.in_force(pause, now_ns)]

    async def _write(self, stream_id: str | None, body: bytes, act: str, by: str, detail: str) -> None:
        entry = AuditEntry(self._clock_ns(), stream_id, _SUBJECT, act, by, detail=detail)
        await self._set(
            keys=[redis_keys.PAUSES, *audit_log.keys_of(stream_id)],
            args=[stream_id or "", body, *audit_log.args_of([entry])],
        )

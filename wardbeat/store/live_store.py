"""The present state in Redis: patients' status and last windows, watched streams, live ECG, workers' health.

Data for screens expires or is not stored, so a screen never shows old data as present. The last record of each
stream stays, so that the next worker of a silent stream knows since when it is silent.
"""

from collections.abc import Awaitable, Iterable, Sequence
from typing import cast

import msgspec
from redis.asyncio import Redis

from wardbeat.care.canary import Proof
from wardbeat.contracts.messages import Beat, Origin, Status, Strip, Window
from wardbeat.errors import CodecError
from wardbeat.store import migrations, redis_keys
from wardbeat.store.redis_client import names

# KEYS: status. ARGV: session, sample, acquired ns, body, life time in ms. A worker that has lost its patients does not
# overwrite a newer status. Within a session the sample decides which is newer, as a device's clock may be set.
_NEWEST_WINS = """
local session, sample, acquired = unpack(redis.call('HMGET', KEYS[1], 'session', 'sample', 'acquired_ns'))
if session == ARGV[1] then
    if tonumber(sample) >= tonumber(ARGV[2]) then return 0 end
elseif acquired and tonumber(acquired) >= tonumber(ARGV[3]) then
    return 0
end
redis.call('HSET', KEYS[1], 'session', ARGV[1], 'sample', ARGV[2], 'acquired_ns', ARGV[3], 'body', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return 1
"""

# KEYS: proof. ARGV: onset ns, body. The first dashboard that got the alert wins.
_NEWEST_ONSET = """
if (tonumber(redis.call('HGET', KEYS[1], 'onset_ns')) or 0) >= tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'onset_ns', ARGV[1], 'body', ARGV[2])
return 1
"""

_encode = msgspec.msgpack.Encoder().encode
_encode_json = msgspec.json.Encoder().encode
_decode_proof = msgspec.json.Decoder(Proof).decode
_decode_status = msgspec.json.Decoder(Status).decode
_decode_window = msgspec.msgpack.Decoder(Window).decode
_envelope = msgspec.msgpack.Decoder(tuple[str, msgspec.Raw])
_live_decoders: dict[str, msgspec.msgpack.Decoder[Strip] | msgspec.msgpack.Decoder[Beat]] = {
    "strip": msgspec.msgpack.Decoder(Strip),
    "beat": msgspec.msgpack.Decoder(Beat),
}


class LastSeen(msgspec.Struct, frozen=True):
    """The last record of a stream: its time, session, sample and partition.

    Attributes
    ----------
    stream_id, session_id : str
    origin : {"live", "replay", "synthetic", "canary"}
    sample : int
        The last sample of the record, at ``fs``.
    fs : float
        Native samples a second.
    last_seen_ns : int
        Unix time at which the worker processed the record.
    ecg_ns : int
        Unix time at which a lead last had a signal; 0 if no lead ever had one.
    partition : int
        Of the waveform topic.
    final : bool
        Whether the device ended the session in order.
    """

    stream_id: str
    session_id: str
    origin: Origin
    sample: int
    fs: float
    last_seen_ns: int
    ecg_ns: int
    partition: int
    final: bool = False


class WorkerHealth(msgspec.Struct, frozen=True):
    """What a worker reports about itself every second.

    Attributes
    ----------
    worker_id : str
    beat_ns : int
        Unix time of the report.
    partitions, streams : int
        How many the worker has.
    chunks_received, dead_letters : int
        Counted since its start.
    lag : int
        Records in its partitions whose effects it has not written yet.
    waited_s : float
        The age in s of the oldest record in the present batch.
    owned : tuple of int
        The partitions; empty if the worker is of an earlier version.
    kafka_problem : str or None
        Why Kafka does not answer this worker; None if it does.
    """

    worker_id: str
    beat_ns: int
    partitions: int
    streams: int
    chunks_received: int
    dead_letters: int
    lag: int
    waited_s: float = 0.0
    owned: tuple[int, ...] = ()
    kafka_problem: str | None = None


_decode_health = msgspec.json.Decoder(WorkerHealth).decode
_decode_last_seen = msgspec.json.Decoder(LastSeen).decode


class LiveStore:
    """Reads and writes the present state.

    Parameters
    ----------
    redis : redis.asyncio.Redis
        Other objects may share it; its owner closes it.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._newest_wins = redis.register_script(_NEWEST_WINS)
        self._newest_onset = redis.register_script(_NEWEST_ONSET)

    async def write(
        self,
        statuses: Iterable[Status],
        live: Iterable[Strip | Beat],
        now_s: float,
        last_seen: Iterable[LastSeen] = (),
        windows: Iterable[Window] = (),
    ) -> None:
        """Write statuses and windows, note streams as seen at ``now_s``, publish strips and beats; one round trip.

        A window that is written again stays as it is, also in its place among the others.
        """
        async with self._redis.pipeline(transaction=False) as pipe:
            scores = {}
            for status in statuses:
                await self._newest_wins(
                    keys=[redis_keys.status(status.stream_id)],
                    args=[
                        status.session_id,
                        status.sample,
                        status.acquired_ns,
                        _encode_json(status),
                        redis_keys.STATUS_TTL_MS,
                    ],
                    client=pipe,
                )
                scores[status.stream_id] = now_s
            if scores:
                pipe.zadd(redis_keys.STREAMS, scores)
            for one in last_seen:
                pipe.hset(redis_keys.LAST_SEEN, one.stream_id, _encode_json(one))
            for window in windows:
                key = redis_keys.windows(window.stream_id)
                pipe.zadd(key, {_encode(window): now_s}, nx=True)
                pipe.zremrangebyscore(key, "-inf", now_s - redis_keys.WINDOWS_TTL_MS / 1000)
                pipe.pexpire(key, redis_keys.WINDOWS_TTL_MS)
            for message in live:
                pipe.publish(redis_keys.live(message.stream_id), encode_live(message))
            await pipe.execute()

    async def write_never_seen(self, last_seen: Iterable[LastSeen]) -> None:
        """Note streams whose monitor failed before its first status; an entry that exists stays."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for one in last_seen:
                pipe.hsetnx(redis_keys.LAST_SEEN, one.stream_id, _encode_json(one).decode())
                pipe.zadd(redis_keys.STREAMS, {one.stream_id: one.last_seen_ns / 1e9}, nx=True)
            await pipe.execute()

    async def streams(self) -> list[str]:
        """All streams that were ever seen and not removed, by name."""
        return sorted(names(await self._redis.zrange(redis_keys.STREAMS, 0, -1)))

    async def silent(self, since_s: float) -> list[LastSeen]:
        """The last records of the streams that sent nothing since Unix second ``since_s``."""
        return await self.last_seen(names(await self._redis.zrange(redis_keys.STREAMS, "-inf", since_s, byscore=True)))

    async def last_seen(self, stream_ids: Sequence[str]) -> list[LastSeen]:
        """The last records of these streams; a stream without one is left out."""
        if not stream_ids:
            return []
        bodies = await self._redis.hmget(redis_keys.LAST_SEEN, list(stream_ids))
        return [_decode_last_seen(body) for body in bodies if body is not None]

    async def migrate_last_seen(self) -> None:
        """Convert the last records that a worker of an earlier version has written; one round trip if there are none.

        Raises
        ------
        RedisError
            If Redis does not answer.
        """
        await migrations.migrate_last_seen(self._redis)

    async def statuses(self, stream_ids: Sequence[str]) -> dict[str, Status]:
        """The present status of each stream that has one."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for stream_id in stream_ids:
                pipe.hget(redis_keys.status(stream_id), "body")
            bodies = await pipe.execute()
        return {
            stream_id: _decode_status(body)
            for stream_id, body in zip(stream_ids, bodies, strict=True)
            if body is not None
        }

    async def windows(self, stream_id: str) -> list[Window]:
        """The windows of a stream of the last ``WINDOWS_TTL_MS``, in the order of their acquisition."""
        bodies = cast(list[bytes], await self._redis.zrange(redis_keys.windows(stream_id), 0, -1))
        return sorted(map(_decode_window, bodies), key=lambda window: window.acquired_ns)

    async def watch(self, stream_ids: Iterable[str]) -> None:
        """Ask for live ECG of streams for the next ``WATCH_TTL_MS``."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for stream_id in stream_ids:
                pipe.set(redis_keys.watch(stream_id), 1, px=redis_keys.WATCH_TTL_MS)
            await pipe.execute()

    async def watched(self, stream_ids: Sequence[str]) -> set[str]:
        """Those of the streams that a screen shows."""
        if not stream_ids:
            return set()
        leases = await self._redis.mget([redis_keys.watch(stream_id) for stream_id in stream_ids])
        return {stream_id for stream_id, lease in zip(stream_ids, leases, strict=True) if lease is not None}

    async def write_health(self, health: WorkerHealth) -> None:
        """Write a worker's report; it expires after ``WORKER_TTL_MS``."""
        async with self._redis.pipeline(transaction=False) as pipe:
            beat_s = health.beat_ns / 1e9
            pipe.set(redis_keys.worker(health.worker_id), _encode_json(health), px=redis_keys.WORKER_TTL_MS)
            pipe.zadd(redis_keys.WORKERS, {health.worker_id: beat_s})
            pipe.zremrangebyscore(redis_keys.WORKERS, "-inf", beat_s - redis_keys.WORKER_TTL_MS / 1000)
            await pipe.execute()

    async def remove_health(self, worker_id: str) -> None:
        """Remove a worker's report when it stops, instead of letting it expire."""
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.delete(redis_keys.worker(worker_id))
            pipe.zrem(redis_keys.WORKERS, worker_id)
            await pipe.execute()

    async def write_proof(self, proof: Proof) -> bool:
        """Write a proof by the canary; whether it is new, that is, of a later onset than the one there."""
        return bool(await self._newest_onset([redis_keys.CANARY], [proof.onset_ns, _encode_json(proof)]))

    async def proof(self) -> Proof | None:
        """The last proof by the canary."""
        body = await cast("Awaitable[bytes | None]", self._redis.hget(redis_keys.CANARY, "body"))
        return None if body is None else _decode_proof(body)

    async def workers(self) -> list[WorkerHealth]:
        """The workers that are alive and have partitions."""
        worker_ids = names(await self._redis.zrange(redis_keys.WORKERS, 0, -1))
        if not worker_ids:
            return []
        bodies = await self._redis.mget([redis_keys.worker(worker_id) for worker_id in worker_ids])
        return [_decode_health(body) for body in bodies if body is not None]


def encode_live(message: Strip | Beat) -> bytes:
    """The bytes of a message on a live channel: MessagePack ``(kind, body)``."""
    return _encode(("strip" if isinstance(message, Strip) else "beat", message))


def decode_live(data: bytes) -> Strip | Beat:
    """A strip or beat from a live channel.

    Raises
    ------
    CodecError
        If it is neither.
    """
    try:
        kind, body = _envelope.decode(data)
        return _live_decoders[kind].decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError) as error:
        raise CodecError(f"live message: neither strip nor beat ({error}); update the older side") from error

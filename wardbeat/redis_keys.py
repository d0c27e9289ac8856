"""Every Redis key: its name, type, life time and writer.

| key | type | holds | life | writer |
|---|---|---|---|---|
| ``wb:streams`` | sorted set | stream id, scored by the Unix second it was last heard | until removed | worker |
| ``wb:status:{stream}`` | hash ``acquired_ns``, ``body`` (JSON Status) | the newest status | ``STATUS_TTL_MS`` | worker, Lua: newest wins |
| ``wb:workers`` | sorted set | worker id, scored by the Unix second of the last beat of its heart | ``WORKER_TTL_MS`` after the last | worker |
| ``wb:worker:{worker}`` | string (JSON WorkerHealth) | what a worker does; written every second while it has partitions | ``WORKER_TTL_MS`` | worker |
| ``wb:alert:{id}`` | hash ``version``, ``state``, ``body`` (JSON AlertRecord) | one alert | ``ALERT_TTL_S`` after resolved | Lua, compare-and-set |
| ``wb:alerts:open`` | sorted set | ids not resolved, scored by raised ns | – | the same script |
| ``wb:alerts:of:{stream}`` | sorted set | all ids of a stream, scored by raised ns | ``ALERT_TTL_S`` after the last change | the same script |
| ``wb:alerts:lifecycle`` | stream ``id``, ``stream``, ``state``, ``body`` (without the strip) | every change of every alert | capped | the same script |
def audit(stream_id: str | None) -> str:
    return "wb:audit" if stream_id is None else f"wb:audit:of:{stream_id}"

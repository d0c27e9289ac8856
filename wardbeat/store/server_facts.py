"""The facts about a Redis server that ``wardbeat doctor`` checks."""

from collections.abc import Iterable

from redis.asyncio import Redis


async def version(redis: Redis) -> str:
    """The version of the server, such as ``7.0.15``."""
    # HELLO and not INFO: a user without administration may send it.
    answer = await redis.execute_command("HELLO")  # type: ignore[no-untyped-call]
    flat = [item.decode() if isinstance(item, bytes) else item for item in _flat(answer)]
    return str(flat[flat.index("version") + 1])


async def configuration(redis: Redis, names: Iterable[str]) -> dict[str, str | None]:
    """Settings of the server by name; None for one that it does not know.

    Raises
    ------
    ResponseError
        If this user has no permission to read them.
    """
    return {name: (await redis.config_get(name)).get(name) for name in names}


async def last_write_status(redis: Redis) -> str:
    """``ok``, or what went wrong at the last write to the append-only file.

    Raises
    ------
    ResponseError
        If this user has no permission to read it.
    """
    return str((await redis.info("persistence")).get("aof_last_write_status", "ok"))


async def unix_s(redis: Redis) -> float:
    """The Unix time of the server in s."""
    seconds, microseconds = await redis.time()
    return float(seconds + microseconds / 1e6)


def _flat(answer: object) -> list[object]:
    """Names and values in a row: the answer is a dict or a list, depending on the protocol."""
    return [item for pair in answer.items() for item in pair] if isinstance(answer, dict) else list(answer)  # type: ignore[call-overload]

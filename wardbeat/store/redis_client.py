"""How every service connects to Redis, and the errors when it cannot."""

from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError

from wardbeat.errors import StoreError

TIMEOUT_S = 5.0
"""Redis answers faster than this, and a person does not wait longer. A blocking read must block for less."""
RETRIES = 2
"""Enough for a stale connection. A caller that must not lose a write repeats it for longer itself."""


def connect(url: str) -> Redis:
    """A client for the Redis at ``url``; it connects at the first command.

    Raises
    ------
    StoreError
        If the URL is not valid.
    """
    try:
        return Redis.from_url(
            url,
            socket_timeout=TIMEOUT_S,
            socket_connect_timeout=TIMEOUT_S,
            retry=Retry(ExponentialBackoff(cap=0.5, base=0.05), RETRIES),
        )
    except ValueError as error:
        raise StoreError(f"Redis URL {public(url)!r}: {error}; write redis://host:port/db") from error


async def check(redis: Redis, url: str) -> None:
    """Raise a StoreError unless Redis answers."""
    try:
        await redis.ping()
    except RedisError as error:
        raise unreachable(url, error) from error


class RedisMemory(NamedTuple):
    """The memory that Redis uses, and its limit: ``maxmemory``, or the memory of its machine if that is not set."""

    used_bytes: int
    limit_bytes: int

    @property
    def used_ratio(self) -> float:
        """The proportion of the limit that Redis uses, 0 to 1."""
        return self.used_bytes / self.limit_bytes


async def memory(redis: Redis) -> RedisMemory | None:
    """How much memory Redis uses; None if this user has no permission to ask."""
    try:
        found = await redis.info("memory")
    except NoPermissionError:
        return None
    return RedisMemory(found["used_memory"], found["maxmemory"] or found["total_system_memory"])


def unreachable(url: str, error: Exception) -> StoreError:
    """The error when Redis can't be used, with the setting to correct."""
    where, text = f"Redis at {public(url)}", str(error)
    if isinstance(error, AuthenticationError) or text.startswith(("NOAUTH", "WRONGPASS", "NOPERM")):
        return StoreError(
            f"{where} refuses this user ({text}); check the user in WARDBEAT_REDIS_URL, and WARDBEAT_REDIS_PASSWORD "
            "or WARDBEAT_REDIS_PASSWORD_FILE"
        )
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return StoreError(
            f"{where} shows a certificate that is not trusted ({text}); check WARDBEAT_REDIS_CA_FILE, and the host in "
            "WARDBEAT_REDIS_URL"
        )
    return StoreError(f"{where} does not answer ({text}); start it or set WARDBEAT_REDIS_URL")


def public(url: str) -> str:
    """A Redis URL that messages may show: without user, password and query."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query=""))


def names(members: Iterable[object]) -> list[str]:
    """Members of a set as text. redis-py's types allow other kinds, but a client that does not decode returns bytes."""
    return [member.decode() for member in members if isinstance(member, bytes)]

"""The connection to Redis that every service opens the same way."""

from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError

from wardbeat.errors import StoreError

TIMEOUT_S = 5.0
"""Longer than any answer takes, shorter than anybody waits; blocking reads must block for less."""
RETRIES = 2
"""Enough for a connection that went stale; whoever must not lose a write waits longer by itself."""


def connect(url: str) -> Redis:
    """A client for the Redis at ``url``; nothing is sent yet.

    Raises
    ------
    StoreError
        If the URL is none.
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
    """What Redis uses, and what it may; its machine's where it was not told."""

    used_bytes: int
    most_bytes: int

    @property
    def share(self) -> float:
        """Of what it may use, how much it uses."""
        return self.used_bytes / self.most_bytes


async def memory(redis: Redis) -> RedisMemory | None:
    """How much memory Redis has left; None if this user may not ask."""
    try:
        found = await redis.info("memory")
    except NoPermissionError:
        return None
    return RedisMemory(found["used_memory"], found["maxmemory"] or found["total_system_memory"])


def unreachable(url: str, error: Exception) -> StoreError:
    """What is said when Redis can't be used, with the setting to look at."""
    where, text = f"Redis at {public(url)}", str(error)
    if isinstance(error, AuthenticationError) or text.startswith(("NOAUTH", "WRONGPASS", "NOPERM")):
        return StoreError(
            f"{where} refuses this user ({text}); see the user in WARDBEAT_REDIS_URL, and WARDBEAT_REDIS_PASSWORD "
            "or WARDBEAT_REDIS_PASSWORD_FILE"
        )
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return StoreError(
            f"{where} shows a certificate that is not trusted ({text}); see WARDBEAT_REDIS_CA_FILE, and the host in "
            "WARDBEAT_REDIS_URL"
        )
    return StoreError(f"{where} does not answer ({text}); start it or set WARDBEAT_REDIS_URL")


def public(url: str) -> str:
    """A Redis URL as messages may show it: without user, password and whatever else a client is told in it."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query=""))


def names(members: Iterable[object]) -> list[str]:
    """Members of a set as text; redis-py's types allow for more kinds than a client without decoding returns."""
    return [member.decode() for member in members if isinstance(member, bytes)]

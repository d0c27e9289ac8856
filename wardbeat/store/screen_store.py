"""The open screens in Redis: which of them listen with sound, and which have stopped.

A screen reports every few seconds that it lives. One that is closed says so; one that says nothing any more has
stopped: the browser has frozen its tab, the computer sleeps, or its connection is lost.
"""

from collections.abc import Collection
from typing import NamedTuple, cast

import msgspec
from redis.asyncio import Redis

from wardbeat.store import redis_keys


class Screen(msgspec.Struct, frozen=True):
    """A tab that shows the ward or a patient.

    Attributes
    ----------
    screen_id : str
        Made by the tab when it loads.
    words : str
        How staff know the screen: its name or address, and what it shows.
    sound : bool
        Whether its sound is on.
    opened_ns, seen_ns : int
        Unix time of its first and of its last report.
    """

    screen_id: str
    words: str
    sound: bool
    opened_ns: int
    seen_ns: int


class Screens(NamedTuple):
    """The screens that live, and those that have stopped without being closed; each by the time of their opening."""

    alive: list[Screen]
    stopped: list[Screen]

    @property
    def listening(self) -> int:
        """The number of living screens whose sound is on."""
        return sum(screen.sound for screen in self.alive)


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Screen).decode


class ScreenStore:
    """Reads and writes the screens.

    Parameters
    ----------
    redis : redis.asyncio.Redis
        Its owner closes it.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def show(self, screens: Collection[Screen]) -> None:
        """Note that these screens live; each note holds for ``SCREEN_TTL_MS``."""
        if not screens:
            return
        async with self._redis.pipeline(transaction=False) as pipe:
            for screen in screens:
                pipe.hset(redis_keys.SCREENS, screen.screen_id, _encode(screen).decode())
                pipe.set(redis_keys.screen(screen.screen_id), 1, px=redis_keys.SCREEN_TTL_MS)
            pipe.expire(redis_keys.SCREENS, redis_keys.SCREENS_TTL_S)
            await pipe.execute()

    async def remove(self, screen_id: str) -> bool:
        """Remove a screen that was closed, or that staff know to be off; whether it was there."""
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.hdel(redis_keys.SCREENS, screen_id)
            pipe.delete(redis_keys.screen(screen_id))
            removed, _ = await pipe.execute()
        return bool(removed)

    async def read(self) -> Screens:
        """All screens that are not closed."""
        bodies = cast("list[bytes]", await self._redis.hvals(redis_keys.SCREENS))
        screens = sorted(map(_decode, bodies), key=lambda screen: (screen.opened_ns, screen.screen_id))
        if not screens:
            return Screens([], [])
        leases = await self._redis.mget([redis_keys.screen(screen.screen_id) for screen in screens])
        found = list(zip(screens, leases, strict=True))
        return Screens(
            [screen for screen, lease in found if lease is not None],
            [screen for screen, lease in found if lease is None],
        )

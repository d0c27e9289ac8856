"""The names of the beds there are: an act or a question about another name is a mistake, and never makes a bed.

The canary has no patient, so it is no bed.
"""

from redis.asyncio import Redis

from wardbeat.contracts import rules
from wardbeat.contracts.canary import CANARY
from wardbeat.store import redis_keys
from wardbeat.store.redis_client import names


class BedNames:
    """Reads the names of beds.

    Parameters
    ----------
    redis : redis.asyncio.Redis
        Other objects may share it; its owner closes it.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def with_device(self) -> list[str]:
        """The beds of which a device has sent data, by name."""
        return sorted(set(names(await self._redis.zrange(redis_keys.STREAMS, 0, -1))) - {CANARY})

    async def present(self, *, former: bool = False) -> list[str]:
        """The beds that have a device, an admission or a standby, by name.

        Parameters
        ----------
        former : bool
            Also the beds of which only the audit is left; their alerts can still be read.
        """
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.zrange(redis_keys.STREAMS, 0, -1)
            pipe.hkeys(redis_keys.BEDS)
            if former:
                pipe.zrange(redis_keys.AUDITED, 0, -1)
            answers = await pipe.execute()
        return sorted({name for members in answers for name in names(members)} - {CANARY})

    async def check(self, name: str, *, former: bool = False) -> None:
        """Refuse the name of a bed that there is not.

        Raises
        ------
        UnknownBedError
            It names the beds there are, the closest names first.
        """
        rules.known_bed(name, await self.present(former=former))

    async def check_device(self, name: str) -> None:
        """Refuse a bed without a device: staff would take its patient for monitored.

        Raises
        ------
        UnknownBedError
            It names the beds that have one, the closest names first.
        """
        rules.known_bed(name, await self.with_device())

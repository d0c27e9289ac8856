"""A worker's sign of life, once a second from its first partitions on."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from redis.exceptions import RedisError

from processors.worker.batch import BatchProcessor
from wardbeat.store.live_store import LiveStore, WorkerHealth
from wardbeat.store.redis_client import RedisMemory

ANSWER_S = 2.0
"""A Redis that takes longer hangs (our choice); its client would wait for much longer before it gives up."""

_log = structlog.get_logger(__name__)


class Heartbeat:
    """Tells Redis that a worker lives and how it does; silent before it has been given its partitions.

    Parameters
    ----------
    live : LiveStore
    processor : BatchProcessor
    worker_id : str
    end_offset : callable
        The end of a partition, None where it is not known.
    memory : callable
        What Redis has of it, None where it is not known.

    Attributes
    ----------
    health : WorkerHealth or None
        What was said last; None before the first partitions and after the end.
    redis_problem : str or None
        Why it could not be said to Redis, None if it could.
    redis_memory : RedisMemory or None
        What Redis had when it was last asked.
    """

    def __init__(
        self,
        live: LiveStore,
        processor: BatchProcessor,
        worker_id: str,
        end_offset: Callable[[int], int | None],
        memory: Callable[[], Awaitable[RedisMemory | None]],
    ) -> None:
        self._live = live
        self._processor = processor
        self._worker_id = worker_id
        self._end_offset = end_offset
        self._memory = memory
        self._partitions: int | None = None
        self.health: WorkerHealth | None = None
        self.redis_problem: str | None = "not asked yet"
        self.redis_memory: RedisMemory | None = None

    @property
    def snapshot_age_s(self) -> float | None:
        """How much a takeover would run again; None before the first partitions and after the end."""
        return None if self._partitions is None else self._processor.snapshot_age_s

    def set_partitions(self, n: int) -> None:
        """So many partitions are ours from now on."""
        self._partitions = n

    async def beat(self) -> None:
        """Once a second. A Redis that is away is no reason to stop: without a beat the worker counts as dead anyway."""
        if self._partitions is None:
            return
        lag = self._processor.lag(self._end_offset)
        self.health = self._processor.health(self._worker_id, self._partitions, lag)
        try:
            async with asyncio.timeout(ANSWER_S):
                await self._live.write_health(self.health)
                self.redis_memory = await self._memory()
        except (RedisError, TimeoutError) as error:
            self.redis_problem = f"Redis does not answer ({str(error) or f'not within {ANSWER_S:g} s'})"
            _log.warning("no heartbeat", problem=self.redis_problem)
        else:
            self.redis_problem = None

    async def end(self) -> None:
        """Say at once that the worker has stopped."""
        self._partitions = None
        self.health = None
        try:
            await self._live.remove_health(self._worker_id)
        except RedisError as error:
            _log.warning("can't say that the worker has stopped; it expires", error=str(error))

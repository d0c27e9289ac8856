"""A worker's heartbeat in Redis, once a second while it has partitions."""

import asyncio
from collections.abc import Awaitable, Callable, Collection

import msgspec
import structlog
from redis.exceptions import RedisError

from processors.worker.batch import BatchProcessor
from wardbeat.store.live_store import LiveStore, WorkerHealth
from wardbeat.store.redis_client import RedisMemory

ANSWER_S = 2.0
"""A Redis without an answer for 2 s hangs (our choice). Its client would wait much longer."""

_log = structlog.get_logger(__name__)


class Heartbeat:
    """Writes the health of a worker to Redis; writes nothing before the worker has partitions.

    Parameters
    ----------
    live : LiveStore
    processor : BatchProcessor
    worker_id : str
    end_offset : callable
        Gives the end offset of a partition, None if it is not known.
    memory : callable
        Reads the memory of Redis, None if it is not known.
    kafka_problem : callable
        Why Kafka does not answer; None if it does.

    Attributes
    ----------
    health : WorkerHealth or None
        The last health; None before the first partitions and after the end.
    redis_problem : str or None
        Why Redis did not take the last heartbeat; None if it did.
    redis_memory : RedisMemory or None
        The memory of Redis at the last heartbeat.
    """

    def __init__(
        self,
        live: LiveStore,
        processor: BatchProcessor,
        worker_id: str,
        end_offset: Callable[[int], int | None],
        memory: Callable[[], Awaitable[RedisMemory | None]],
        kafka_problem: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._live = live
        self._processor = processor
        self._worker_id = worker_id
        self._end_offset = end_offset
        self._memory = memory
        self._kafka_problem = kafka_problem
        self._partitions: tuple[int, ...] | None = None
        self.health: WorkerHealth | None = None
        self.redis_problem: str | None = "not asked yet"
        self.redis_memory: RedisMemory | None = None

    @property
    def snapshot_age_s(self) -> float | None:
        """The age of the oldest snapshots; None before the first partitions and after the end."""
        return None if self._partitions is None else self._processor.snapshot_age_s

    def set_partitions(self, partitions: Collection[int]) -> None:
        """The worker owns these partitions from now on."""
        self._partitions = tuple(sorted(partitions))

    async def beat(self) -> None:
        """Write the health, once a second. If Redis is away, only warn: the worker then counts as dead anyway."""
        if self._partitions is None:
            return
        lag = self._processor.lag(self._end_offset)
        health = self._processor.health(self._worker_id, len(self._partitions), lag)
        self.health = msgspec.structs.replace(health, owned=self._partitions, kafka_problem=self._kafka_problem())
        try:
            async with asyncio.timeout(ANSWER_S):
                await self._live.write_health(self.health)
                self.redis_memory = await self._memory()
        except (RedisError, TimeoutError) as error:
            self.redis_problem = f"Redis does not answer ({str(error) or f'not within {ANSWER_S:g} s'})"
            _log.warning("heartbeat not written", problem=self.redis_problem)
        else:
            self.redis_problem = None

    async def end(self) -> None:
        """Remove the heartbeat: the worker has stopped."""
        self._partitions = None
        self.health = None
        try:
            await self._live.remove_health(self._worker_id)
        except RedisError as error:
            _log.warning("can't remove the heartbeat; it expires by itself", error=str(error))

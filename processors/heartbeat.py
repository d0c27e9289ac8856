"""A worker's sign of life, once a second from its first partitions on."""

import asyncio
from collections.abc import Callable

import structlog
from redis.exceptions import RedisError

from processors.batch import BatchProcessor
from wardbeat.live import LiveStore

HEARTBEAT_S = 1.0

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
    """

    def __init__(
        self, live: LiveStore, processor: BatchProcessor, worker_id: str, end_offset: Callable[[int], int | None]
    ) -> None:
        self._live = live
        self._processor = processor
        self._worker_id = worker_id
        self._end_offset = end_offset
        self._partitions = 0
        self._task: asyncio.Task[None] | None = None

    def begin(self, partitions: int) -> None:
        """Beat from now on, with so many partitions."""
        self._partitions = partitions
        if self._task is None:
            self._task = asyncio.create_task(self._beat())

    async def end(self) -> None:
        """Stop, and say so at once."""
        if self._task is None:
            return
        self._task.cancel()
        try:
            await self._live.remove_health(self._worker_id)
        except RedisError as error:
            _log.warning("can't say that the worker has stopped; it expires", error=str(error))

    async def _beat(self) -> None:
        while True:
            lag = self._processor.lag(self._end_offset)
            try:
                await self._live.write_health(self._processor.health(self._worker_id, self._partitions, lag))
            except RedisError as error:
                _log.warning("no heartbeat", error=str(error))
            await asyncio.sleep(HEARTBEAT_S)

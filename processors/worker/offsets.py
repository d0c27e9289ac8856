"""Where a partition is read on from: the offsets that a worker commits, and where Faust seeks when partitions move."""

from collections.abc import Mapping
from contextlib import suppress

import faust
from aiokafka.errors import IllegalStateError
from faust.transport.drivers import aiokafka
from faust.types import TP

from processors.worker.batch import BatchProcessor


class Commits:
    """Commits the offset of each partition, once the snapshots that stand there are stored.

    We do not use Faust's acknowledgements. If an agent fails or partitions move, its stream acknowledges records that
    no agent has processed, and a group without a commit then commits past the gap. Here records are processed in order
    and committed by position, so no record is lost in either case. At worst it comes again.
    """

    def __init__(self, app: faust.App, topic: str, processor: BatchProcessor) -> None:
        self._app = app
        self._topic = topic
        self._processor = processor
        self._committed: dict[TP, int] = {}

    def reset(self) -> None:
        """Call it after an assignment: all partitions are then read from their committed offset."""
        self._committed.clear()

    async def commit(self) -> None:
        """Commit the offsets that have changed since the last commit."""
        offsets = {TP(self._topic, partition): offset for partition, offset in self._processor.committable.items()}
        changed = {tp: offset for tp, offset in offsets.items() if self._committed.get(tp) != offset}
        # The public commit() takes Faust's acknowledgements only.
        if changed and await self._app.consumer._commit(changed):  # type: ignore[attr-defined] # noqa: SLF001
            self._committed |= changed


class SeekingConsumer(aiokafka.Consumer):
    """Faust's consumer, which seeks to the beginning of a partition that has no commit.

    Faust drops the records that it fetches while partitions move, and fetches them again from the committed offset.
    Without a commit it would continue behind them: if a worker dies before its first commit, the first seconds of its
    patients would be lost. If the beginning is deleted, Kafka gives the earliest offset that is left.
    """

    async def seek_to_committed(self) -> Mapping[TP, int]:
        committed = await super().seek_to_committed()
        with suppress(IllegalStateError):  # the partitions have moved again, and Faust seeks again
            await self.seek_wait({partition: 0 for partition, offset in committed.items() if not offset})
        return committed


class SeekingTransport(aiokafka.Transport):
    """Faust's Kafka transport with :class:`SeekingConsumer`."""

    Consumer = SeekingConsumer

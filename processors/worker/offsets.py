"""Where each partition is read on from: what Kafka is told of it, and where Faust goes back to when partitions move."""

from collections.abc import Mapping
from contextlib import suppress

import faust
from aiokafka.errors import IllegalStateError
from faust.transport.drivers import aiokafka
from faust.types import TP

from processors.worker.batch import BatchProcessor


class Commits:
    """Tells Kafka where each partition is read on from: where all that is kept of it stands.

    Not by Faust's acknowledgements: when an agent fails or partitions move, its stream acknowledges records that
    nobody has processed, and a group without any commit yet commits past the gap. Processed in order and committed
    by position, a record is lost in neither case; at worst it comes again.
    """

    def __init__(self, app: faust.App, topic: str, processor: BatchProcessor) -> None:
        self._app = app
        self._topic = topic
        self._processor = processor
        self._committed: dict[TP, int] = {}

    def forget(self) -> None:
        """Partitions were assigned anew: all are read on from what is committed."""
        self._committed.clear()

    async def commit(self) -> None:
        """Tell Kafka what has changed since the last time."""
        offsets = {TP(self._topic, partition): offset for partition, offset in self._processor.committable.items()}
        changed = {tp: offset for tp, offset in offsets.items() if self._committed.get(tp) != offset}
        # The public commit() knows of acknowledgements only.
        if changed and await self._app.consumer._commit(changed):  # type: ignore[attr-defined] # noqa: SLF001
            self._committed |= changed


class SeekingConsumer(aiokafka.Consumer):
    """Faust's consumer, that goes back to the beginning of a partition that nothing is committed of.

    What Faust has fetched while partitions move it drops, to fetch it again from what is committed. Without a commit
    it would go on behind what it dropped: lost are the first seconds of patients whose worker died before it said
    for the first time how far it had come. Where the beginning is gone, Kafka says what is the earliest now.
    """

    async def seek_to_committed(self) -> Mapping[TP, int]:
        committed = await super().seek_to_committed()
        with suppress(IllegalStateError):  # they have moved on meanwhile, and are sought again
            await self.seek_wait({partition: 0 for partition, offset in committed.items() if not offset})
        return committed


class SeekingTransport(aiokafka.Transport):
    """Kafka by :class:`SeekingConsumer`."""

    Consumer = SeekingConsumer

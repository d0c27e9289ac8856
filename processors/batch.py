"""A batch of Kafka records, from bytes to everything that follows from them. No Faust in here.

The order is what makes a crash harmless: effects are written first, then the records are acknowledged by whoever
called. What was written and not acknowledged comes again and changes nothing.
"""

import asyncio
import functools
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, Protocol, TypeVar

import structlog
from redis.exceptions import RedisError

from processors.bed_watch import BedWatch
from processors.counts import Counts
from processors.sinks import DeadLetter, KafkaSink, Record, RedisSink, persist
from processors.ward import WardOutput
from wardbeat.admissions import PatientSettings
from wardbeat.codec import decode_chunk
from wardbeat.errors import CodecError
from wardbeat.live import WorkerHealth
from wardbeat.messages import EcgChunk

_P = ParamSpec("_P")
_T = TypeVar("_T")
_log = structlog.get_logger(__name__)


class Ward(Protocol):
    """What of :class:`processors.ward.Ward` a worker needs."""

    def take(self, chunks: Iterable[EcgChunk]) -> Sequence[WardOutput]: ...
    def set_patients(self, patients: Mapping[str, PatientSettings]) -> Sequence[WardOutput]: ...
    def drop(self, stream_id: str) -> None: ...


class BatchProcessor:
    """Runs batches through the ward, one after the other, and writes what comes out.

    The ward computes in a thread of its own, which nothing else touches it from; the event loop stays free for
    heartbeats.
    """

    def __init__(
        self,
        ward: Ward,
        redis: RedisSink,
        kafka: KafkaSink,
        beds: BedWatch,
        counts: Counts,
        clock_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._ward = ward
        self._redis = redis
        self._kafka = kafka
        self._beds = beds
        self._clock_ns = clock_ns
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ward")
        self._partition_of: dict[str, int] = {}
        self._next_offset: dict[int, int] = {}
        self._counts = counts
        self._busy = asyncio.Lock()

    async def process(self, records: Sequence[Record]) -> None:
        """Everything that follows from a batch; on return it is written and may be acknowledged."""
        async with self._busy:
            with self._counts.batch(len(records)):
                await self._process(records)

    async def watch(self, end_offset: Callable[[int], int | None]) -> None:
        """Once a second: tell the monitors what staff have changed, and see which beds have fallen silent.

        ``end_offset`` is the end of a partition, None where it is not known. A Redis that is away is asked again.
        """
        async with self._busy:
            try:
                await self._write(await self._tell_monitors(), [])
                silences = await self._beds.look(lambda partition: self._is_caught_up(partition, end_offset))
            except RedisError as error:
                _log.warning("what is known of the beds may be old", error=str(error))
            else:
                await self._write(silences, [])

    async def keep_only(self, partitions: Iterable[int]) -> None:
        """Forget the patients of all other partitions: another worker has them now."""
        kept = set(partitions)
        self._beds.own(kept)
        lost = [stream_id for stream_id, partition in self._partition_of.items() if partition not in kept]
        for stream_id in lost:
            del self._partition_of[stream_id]
            self._counts.forget(stream_id)
            self._redis.forget(stream_id)
            self._beds.forget(stream_id)
            await self._in_thread(self._ward.drop, stream_id)
        self._next_offset = {p: offset for p, offset in self._next_offset.items() if p in kept}
        if lost:
            _log.info("patients went to another worker", streams=len(lost))

    def health(self, worker_id: str, partitions: int, lag: int) -> WorkerHealth:
        return WorkerHealth(
            worker_id=worker_id,
            beat_ns=self._clock_ns(),
            partitions=partitions,
            streams=len(self._partition_of),
            chunks_received=self._counts.chunks_received,
            dead_letters=self._counts.dead_letters,
            lag=lag,
        )

    def lag(self, end_offset: Callable[[int], int | None]) -> int:
        """Records that wait to be read, by the end of each partition that something was read of."""
        return sum(max(0, (end_offset(p) or 0) - offset) for p, offset in self._next_offset.items())

    async def finish(self) -> None:
        """Wait for the batch under way and begin no other."""
        await self._busy.acquire()

    def close(self) -> None:
        self._thread.shutdown(wait=False)

    async def _process(self, records: Sequence[Record]) -> None:
        if not self._beds.known:  # else the first patients would begin as somebody else
            await persist("beds", self._tell_monitors)
        with self._counts.stage["decode"].time():
            chunks, dead_letters = self._read(records)
        with self._counts.stage["monitor"].time():
            outputs = await self._in_thread(self._ward.take, chunks) if chunks else []
        final = {chunk.stream_id for chunk in chunks if chunk.final}
        await self._write(outputs, dead_letters, final)
        self._counts.add_written(chunks, self._clock_ns())
        self._counts.dead_letters += len(dead_letters)

    async def _write(
        self, outputs: Sequence[WardOutput], dead_letters: Sequence[DeadLetter], final: Collection[str] = ()
    ) -> None:
        decided_ns = self._clock_ns()
        self._beds.note(outputs, final)
        with self._counts.stage["redis"].time():
            raised = await self._redis.write(outputs, self._partition_of, final)
        with self._counts.stage["kafka"].time():
            await self._kafka.write(outputs, dead_letters)
        self._counts.add_outputs(outputs)
        self._counts.add_raised(raised, decided_ns)

    async def _tell_monitors(self) -> Sequence[WardOutput]:
        patients = await self._beds.read()
        return [] if patients is None else await self._in_thread(self._ward.set_patients, patients)

    def _is_caught_up(self, partition: int, end_offset: Callable[[int], int | None]) -> bool:
        """Whether nothing is left to read; a partition that nothing was read of for a while had nothing."""
        offset = self._next_offset.get(partition)
        return offset is None or offset >= (end_offset(partition) or 0)

    def _read(self, records: Sequence[Record]) -> tuple[list[EcgChunk], list[DeadLetter]]:
        chunks, dead_letters = [], []
        for record in records:
            repeated = record.offset < self._next_offset.get(record.partition, 0)
            try:
                chunk = read_chunk(record)
            except CodecError as error:
                _log.warning("dead letter", reason=str(error), partition=record.partition, offset=record.offset)
                dead_letters.append(DeadLetter(record, str(error)))
            else:
                self._partition_of[chunk.stream_id] = record.partition
                self._counts.repeats += repeated
                if not repeated:
                    self._counts.add_chunk(chunk)
                chunks.append(chunk)
            if not repeated:
                self._next_offset[record.partition] = record.offset + 1
        return chunks, dead_letters

    async def _in_thread(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        call = functools.partial(function, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)


def read_chunk(record: Record) -> EcgChunk:
    """The chunk in a record.

    Raises
    ------
    CodecError
        If there is none, or if it lies under another stream's key, where another worker may have its patient.
    """
    chunk = decode_chunk(record.value or b"")
    if record.key != chunk.stream_id.encode():
        raise CodecError(f"chunk of stream {chunk.stream_id!r}: its key is {record.key!r}; send it by its stream id")
    return chunk

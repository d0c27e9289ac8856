"""A batch of Kafka records, from bytes to everything that follows from them. No Faust in here.

The order is what makes a crash harmless: effects are written first, then the monitors' snapshots, and whoever called
commits up to these. What was written and not committed comes again and changes nothing.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, Protocol, TypeVar

import structlog
from redis.exceptions import RedisError

from processors.monitor.chunk_order import Refused
from processors.ward.ward import WardOutput
from processors.worker import overload
from processors.worker.bed_watch import BedWatch
from processors.worker.checkpoint import Assignment, Checkpoint
from processors.worker.records import KafkaRecord, RejectedRecord, dead_letter_of, read_chunk, refused_dead_letters
from processors.worker.sinks import KafkaSink, RedisSink, persist
from processors.worker.telemetry.counts import Counts
from wardbeat.care.admissions import PatientSettings
from wardbeat.clock import unix_ns
from wardbeat.contracts.messages import Beat, EcgChunk, Strip
from wardbeat.errors import CodecError
from wardbeat.store.live_store import WorkerHealth

_P = ParamSpec("_P")
_T = TypeVar("_T")
_Read = tuple[KafkaRecord, EcgChunk]
_log = structlog.get_logger(__name__)


class MonitorHost(Protocol):
    """What of :class:`processors.ward.ward.MonitorHost` a worker needs."""

    def take(self, chunks: Iterable[EcgChunk]) -> Sequence[WardOutput]: ...
    def set_patients(
        self, patients: Mapping[str, PatientSettings], later: Collection[str] = ()
    ) -> Sequence[WardOutput]: ...
    def outdated(self, patients: Mapping[str, PatientSettings]) -> Sequence[str]: ...
    def drop(self, stream_id: str) -> None: ...
    def restore(self, snapshots: Mapping[str, bytes]) -> Sequence[WardOutput]: ...
    def snapshots(
        self, stream_ids: Iterable[str], next_settings: Mapping[str, PatientSettings] | None = None
    ) -> Mapping[str, bytes]: ...
    def has(self, stream_id: str) -> bool: ...


class BatchProcessor:
    """Runs batches through the ward, one after the other, and writes what comes out.

    The ward computes in a thread of its own, which nothing else touches it from; the event loop stays free for
    heartbeats.
    """

    def __init__(
        self,
        ward: MonitorHost,
        redis: RedisSink,
        kafka: KafkaSink,
        beds: BedWatch,
        checkpoint: Checkpoint,
        counts: Counts,
        clock_ns: Callable[[], int] = unix_ns,
    ) -> None:
        self._ward = ward
        self._redis = redis
        self._kafka = kafka
        self._beds = beds
        self._checkpoint = checkpoint
        self._clock_ns = clock_ns
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ward")
        self._partition_of: dict[str, int] = {}
        self._arrived_ns: dict[str, int] = {}
        self._patients: Mapping[str, PatientSettings] = {}
        self._settings_outdated = False
        self._counts = counts
        self._busy = asyncio.Lock()
        self._assignment = Assignment()
        self._taken_over = self._assignment
        self._leaving = False

    def assign(self, assignment: Assignment) -> None:
        """From the next batch on these partitions are ours, all of them read on from what was committed."""
        self._assignment = assignment
        self._leaving = False

    async def process(self, records: Sequence[KafkaRecord]) -> None:
        """Everything that follows from a batch is written on return; if partitions moved, nothing: it comes again."""
        assignment = self._assignment
        async with self._busy:
            if self._leaving or self._assignment is not assignment:
                return
            await self._take_over()
            waited_s = overload.waited_s(records, self._clock_ns() / 1e9)
            self._counts.behind = overload.is_behind(self._counts.behind, waited_s)
            with self._counts.batch(len(records), waited_s):
                await self._process(records)

    async def watch(self, end_offset: Callable[[int], int | None]) -> None:
        """Once a second: tell the monitors what staff have changed, see which beds have fallen silent, keep snapshots.

        ``end_offset`` is the end of a partition, None where it is not known. A Redis that is away is asked again.
        """
        async with self._busy:
            if self._leaving:
                return
            await self._take_over()
            try:
                await self._write(await self._apply_settings(), [])
                silences = await self._beds.look(lambda partition: self._is_caught_up(partition, end_offset))
            except RedisError as error:
                _log.warning("what is known of the beds may be old", error=str(error))
            else:
                await self._write(silences, [])
            try:
                await self._keep(self._checkpoint.due())
                await self._checkpoint.persist_effects_written()
            except RedisError as error:
                self._counts.snapshot_failures += 1
                _log.warning("snapshots are not kept; a takeover would go farther back", error=str(error))

    @property
    def committable(self) -> dict[int, int]:
        """Where whoever takes over may read on, by partition."""
        return self._checkpoint.committable

    @property
    def snapshot_age_s(self) -> float:
        """How much a takeover would run again, of the partition whose snapshots are the oldest."""
        return self._checkpoint.age_s

    def health(self, worker_id: str, partitions: int, lag: int) -> WorkerHealth:
        return WorkerHealth(
            worker_id=worker_id,
            beat_ns=self._clock_ns(),
            partitions=partitions,
            streams=len(self._partition_of),
            chunks_received=self._counts.chunks_received,
            dead_letters=self._counts.dead_letters.total(),
            lag=lag,
            waited_s=self._counts.waited_s,
        )

    def lag(self, end_offset: Callable[[int], int | None]) -> int:
        """Records that wait to be read, by the end of each partition that something was read of."""
        return sum(max(0, (end_offset(p) or 0) - offset) for p, offset in self._checkpoint.offsets.items())

    async def finish(self) -> None:
        """End the batch under way, begin no other before the next assignment, and keep all that the next one needs."""
        self._leaving = True
        async with self._busy:
            try:
                await self._keep(list(self._checkpoint.offsets))
            except RedisError as error:
                self._counts.snapshot_failures += 1
                _log.warning("snapshots are not kept; whoever takes over goes farther back", error=str(error))

    def close(self) -> None:
        self._thread.shutdown(wait=False)

    async def _take_over(self) -> None:
        """Begin with the partitions that are ours now as those before us have left them."""
        if self._taken_over is self._assignment:
            return
        assignment = self._assignment
        for stream_id, partition in self._partition_of.items():
            await self._in_thread(self._ward.drop, stream_id)
            self._redis.forget(stream_id)
            if partition not in assignment.partitions:
                self._counts.forget(stream_id)
                self._beds.forget(stream_id)
        self._partition_of.clear()
        self._arrived_ns.clear()
        self._beds.own(assignment.partitions)
        kept = await persist("takeover", partial(self._checkpoint.take_over, assignment))
        for partition, of_one in kept.items():
            self._partition_of |= dict.fromkeys(of_one, partition)
        snapshots = {stream_id: data for of_one in kept.values() for stream_id, data in of_one.items()}
        outputs = await self._in_thread(self._ward.restore, snapshots)
        restored = [stream_id for stream_id in snapshots if self._ward.has(stream_id)]
        await persist("takeover", partial(self._redis.take_over, restored))
        self._settings_outdated = True
        self._taken_over = assignment
        await self._write(outputs, [])
        _log.info("patients were taken over", streams=len(restored), begin_anew=len(snapshots) - len(restored))

    async def _process(self, records: Sequence[KafkaRecord]) -> None:
        if not self._beds.known:  # else the first patients would begin as somebody else
            await persist("beds", self._apply_settings)
        effects_written = [record for record in records if not self._is_news(record)]
        if effects_written:
            await self._run_again(effects_written)
        news = [record for record in records if self._is_news(record)]
        if news:
            await self._run(news)

    def _is_news(self, record: KafkaRecord) -> bool:
        return self._checkpoint.is_news(record.partition, record.offset, record.timestamp_s)

    async def _run(self, records: Sequence[KafkaRecord]) -> None:
        with self._counts.stage["decode"].time():
            read, dead_letters = self._read(records)
        chunks = [chunk for _, chunk in read]
        with self._counts.stage["monitor"].time():
            outputs = await self._in_thread(self._ward.take, chunks) if chunks else []
        dead_letters += refused_dead_letters(outputs, read)
        final = _ended(chunks, outputs)
        await self._write(outputs, dead_letters, final)
        self._counts.add_written(chunks, self._clock_ns(), self._arrived_ns)
        self._counts.dead_letters.update(letter.kind for letter in dead_letters)

    async def _run_again(self, records: Sequence[KafkaRecord]) -> None:
        """Bring monitors to where those before us stood; Redis knows what it has, and Kafka need not hear it twice."""
        read, _ = self._read(records)
        chunks = [chunk for _, chunk in read]
        outputs = await self._in_thread(self._ward.take, chunks) if chunks else []
        final = _ended(chunks, outputs)
        self._beds.note(outputs, final)
        unseen = [output for output in outputs if not isinstance(output, Beat | Strip)]
        await self._redis.write(unseen, self._partition_of, final, self._arrived_ns)

    async def _write(
        self, outputs: Sequence[WardOutput], dead_letters: Sequence[RejectedRecord], final: Collection[str] = ()
    ) -> None:
        decided_ns = self._clock_ns()
        self._beds.note(outputs, final)
        with self._counts.stage["redis"].time():
            raised = await self._redis.write(self._shown(outputs), self._partition_of, final, self._arrived_ns)
        with self._counts.stage["kafka"].time():
            await self._kafka.write(outputs, dead_letters)
        self._counts.add_outputs(outputs)
        self._counts.add_raised(raised, decided_ns)

    def _shown(self, outputs: Sequence[WardOutput]) -> Sequence[WardOutput]:
        """What goes to Redis; while we are behind without live ECG, which nobody may take for live anyway."""
        if not self._counts.behind:
            return outputs
        unseen = [output for output in outputs if isinstance(output, Beat | Strip)]
        self._counts.frames_left_out += sum(self._redis.is_watched(output.stream_id) for output in unseen)
        return [output for output in outputs if not isinstance(output, Beat | Strip)]

    async def _apply_settings(self) -> Sequence[WardOutput]:
        """Tell monitors what has changed, once they stand where those before us stood.

        What they are told is kept with their snapshots first: whoever takes over tells them at the same sample.
        """
        news = await self._beds.read()
        if news is not None:
            self._patients, self._settings_outdated = news, True
        if not self._settings_outdated:
            return []
        later = {stream_id for stream_id, one in self._partition_of.items() if self._checkpoint.is_behind(one)}
        outdated = await self._in_thread(self._ward.outdated, self._patients)
        await self._keep_ahead([stream_id for stream_id in outdated if stream_id not in later])
        self._settings_outdated = bool(later)
        return await self._in_thread(self._ward.set_patients, self._patients, later)

    async def _keep_ahead(self, stream_ids: Iterable[str]) -> None:
        for stream_id in stream_ids:
            snapshot = await self._in_thread(self._ward.snapshots, [stream_id], self._patients)
            await self._checkpoint.keep_ahead(self._partition_of[stream_id], snapshot)

    async def _keep(self, partitions: Iterable[int]) -> None:
        """Keep the snapshots of whole partitions; no batch is under way."""
        for partition in partitions:
            with self._counts.snapshot_s.time():
                snapshots = await self._in_thread(self._ward.snapshots, self._checkpoint.changed(partition))
                await self._checkpoint.keep(partition, snapshots)
            for snapshot in snapshots.values():
                self._counts.snapshot_bytes.observe(len(snapshot))

    def _is_caught_up(self, partition: int, end_offset: Callable[[int], int | None]) -> bool:
        """Whether nothing is left to read; a partition that nothing was read of for a while had nothing."""
        offset = self._checkpoint.offsets.get(partition)
        return offset is None or offset >= (end_offset(partition) or 0)

    def _read(self, records: Sequence[KafkaRecord]) -> tuple[list[_Read], list[RejectedRecord]]:
        """The records that hold a chunk, with it, and the others."""
        read: list[_Read] = []
        dead_letters = []
        for record in records:
            repeated = record.offset < self._checkpoint.offsets.get(record.partition, 0) or not self._is_news(record)
            stream_id = None
            try:
                chunk = read_chunk(record)
            except CodecError as error:
                dead_letters.append(dead_letter_of(record, error.kind, str(error)))
            else:
                stream_id = chunk.stream_id
                self._partition_of[stream_id] = record.partition
                if record.timestamp_s > 0:
                    self._arrived_ns[stream_id] = round(record.timestamp_s * 1e9)
                self._counts.repeats += repeated
                if not repeated:
                    self._counts.add_chunk(chunk, record.timestamp_s)
                read.append((record, chunk))
            self._checkpoint.note(record.partition, record.offset, record.timestamp_s, stream_id)
        return read, dead_letters

    async def _in_thread(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        call = partial(function, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)


def _ended(chunks: Iterable[EcgChunk], outputs: Iterable[WardOutput]) -> set[str]:
    """The streams that have ended with these chunks; a device that is refused ends nobody's."""
    refused = {id(output.chunk) for output in outputs if isinstance(output, Refused)}
    return {chunk.stream_id for chunk in chunks if chunk.final and id(chunk) not in refused}

"""Writes the outputs of the ward: to Redis first, then to Kafka."""

from collections.abc import Callable, Collection, Sequence

from processors.ward.ward import WardOutput
from processors.worker.bed_watch import BedWatch
from processors.worker.record_reader import AssignedStreams
from processors.worker.records import RejectedRecord
from processors.worker.sinks.kafka_sink import KafkaSink
from processors.worker.sinks.redis_sink import RedisSink
from processors.worker.telemetry.counts import WorkerCounts
from wardbeat.contracts.messages import Beat, Strip


class OutputWriter:
    """Writes outputs to both sinks, and counts them."""

    def __init__(
        self,
        redis: RedisSink,
        kafka: KafkaSink,
        beds: BedWatch,
        streams: AssignedStreams,
        counts: WorkerCounts,
        clock_ns: Callable[[], int],
    ) -> None:
        self._redis = redis
        self._kafka = kafka
        self._beds = beds
        self._streams = streams
        self._counts = counts
        self._clock_ns = clock_ns

    async def write(
        self,
        outputs: Sequence[WardOutput],
        rejected: Sequence[RejectedRecord] = (),
        ended: Collection[str] = (),
    ) -> None:
        """Write everything; returns once Redis and Kafka have it.

        ``rejected`` become dead letters, ``ended`` are the streams that end with these outputs.
        """
        decided_ns = self._clock_ns()
        self._beds.add_outputs(outputs, ended)
        with self._counts.stage["redis"].time():
            raised = await self._redis.write(
                self._for_redis(outputs), self._streams.partition_of, ended, self._streams.arrived_ns
            )
        with self._counts.stage["kafka"].time():
            await self._kafka.write(outputs, rejected)
        self._counts.add_outputs(outputs)
        self._counts.add_raised(raised, decided_ns)

    async def write_repeated(self, outputs: Sequence[WardOutput], ended: Collection[str]) -> None:
        """Write outputs that the worker before us has written: to Redis only, without live ECG."""
        self._beds.add_outputs(outputs, ended)
        await self._redis.write(_without_live_ecg(outputs), self._streams.partition_of, ended, self._streams.arrived_ns)

    def _for_redis(self, outputs: Sequence[WardOutput]) -> Sequence[WardOutput]:
        """The outputs; without live ECG while the worker is behind, as screens could not show it as live."""
        if not self._counts.behind:
            return outputs
        left_out = [output for output in outputs if isinstance(output, Beat | Strip)]
        self._counts.frames_left_out += sum(self._redis.is_watched(output.stream_id) for output in left_out)
        return _without_live_ecg(outputs)


def _without_live_ecg(outputs: Sequence[WardOutput]) -> list[WardOutput]:
    return [output for output in outputs if not isinstance(output, Beat | Strip)]

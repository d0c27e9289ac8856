"""Batches through a real Redis, with a ward that beats once a chunk."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence

import msgspec
import pytest
from redis.asyncio import Redis

from processors.batch import BatchProcessor, read_chunk
from processors.counts import Counts
from processors.monitor import Output
from processors.sinks import KafkaSink, Record, RedisSink
from tests.samples import make_alert, make_chunk, make_status, make_strip
from wardbeat import redis_keys, topics
from wardbeat.alert_store import AlertStore
from wardbeat.codec import encode
from wardbeat.errors import CodecError
from wardbeat.live import LiveStore
from wardbeat.messages import SCHEMA_VERSION, Beat, EcgChunk
from wardbeat.redis_client import connect


class OneBeatWard:
    """A beat, a status and a strip a chunk; an alert with the second chunk, over with the fourth."""

    def __init__(self) -> None:
        self.dropped: list[str] = []
        self.taken: list[list[str]] = []

    def take(self, chunks: Iterable[EcgChunk]) -> list[Output]:
        chunks = list(chunks)
        self.taken.append([chunk.stream_id for chunk in chunks])
        return [output for chunk in chunks for output in self._outputs(chunk)]

    def drop(self, stream_id: str) -> None:
        self.dropped.append(stream_id)

    def _outputs(self, chunk: EcgChunk) -> list[Output]:
        stream, session, sample = chunk.stream_id, chunk.session_id, chunk.first_sample
        outputs: list[Output] = [
            Beat(SCHEMA_VERSION, stream, session, sample, chunk.fs, "N", (1.0, 0.0, 0.0, 0.0, 0.0), None),
            make_status(stream, chunk.acquired_ns),
            make_strip(stream, sample),
        ]
        alert = make_alert(stream_id=stream, session_id=session)
        if chunk.sequence == 1:
            outputs.append(alert)
        if chunk.sequence == 3:
            outputs.append(msgspec.structs.replace(alert, ended_sample=sample))
        return outputs


class Bench:
    """A processor and what is around it."""

    def __init__(self, redis: Redis) -> None:
        self.ward = OneBeatWard()
        self.live, self.alerts = LiveStore(redis), AlertStore(redis)
        self.sent: list[tuple[str, bytes | None, bytes | None]] = []
        self.counts = Counts()
        self.sink = RedisSink(self.live, self.alerts)
        self.processor = BatchProcessor(self.ward, self.sink, KafkaSink(self._send), self.counts)

    async def _send(self, topic: str, key: bytes | None, value: bytes | None, headers: object) -> None:
        self.sent.append((topic, key, value))


def record_of(chunk: EcgChunk, offset: int, partition: int = 0) -> Record:
    return Record(topics.WAVEFORM, partition, offset, chunk.stream_id.encode(), encode(chunk))


def records_of(chunks: Sequence[EcgChunk], partition: int = 0) -> list[Record]:
    return [record_of(chunk, offset, partition) for offset, chunk in enumerate(chunks)]


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        (b"bed-1", None, "not a valid message"),
        (b"bed-1", b"junk", "not a valid message"),
        (b"bed-2", encode(make_chunk("bed-1")), "its key is b'bed-2'"),
        (None, encode(make_chunk("bed-1")), "its key is None"),
    ],
)
def test_what_is_no_chunk_of_its_key_is_refused(key: bytes | None, value: bytes | None, reason: str) -> None:
    with pytest.raises(CodecError, match=reason):
        read_chunk(Record(topics.WAVEFORM, 0, 0, key, value))


@pytest.fixture
async def redis(redis_server: str) -> AsyncIterator[Redis]:
    client = connect(redis_server)
    await client.flushdb()
    yield client
    await client.aclose()


@pytest.fixture
async def bench(redis: Redis) -> AsyncIterator[Bench]:
    bench = Bench(redis)
    yield bench
    bench.processor.close()


@pytest.mark.slow
async def test_a_dead_letter_disturbs_no_neighbour(bench: Bench) -> None:
    good = [make_chunk("bed-1"), make_chunk("bed-2"), make_chunk("bed-3")]
    records = [*records_of(good), Record(topics.WAVEFORM, 0, 3, b"bed-2", b"junk")]
    await bench.processor.process(records)
    assert bench.ward.taken == [["bed-1", "bed-2", "bed-3"]]
    assert set(await bench.live.statuses(["bed-1", "bed-2", "bed-3"])) == {"bed-1", "bed-2", "bed-3"}
    assert [(topic, value) for topic, _, value in bench.sent if topic == topics.DEAD_LETTER] == [
        (topics.DEAD_LETTER, b"junk")
    ]
    assert (bench.counts.chunks_received, bench.counts.dead_letters, bench.counts.beats) == (3, 1, 3)


@pytest.mark.slow
async def test_the_same_chunks_twice_are_the_same_alert_once(bench: Bench, redis: Redis) -> None:
    records = records_of([make_chunk(sequence=n) for n in range(5)])
    for _ in "ab":  # as after a restart: acknowledged by nobody, everything comes again
        again = Bench(redis)
        await again.processor.process(records)
        again.processor.close()
    (record,) = await bench.alerts.history("bed-1")
    assert (record.state, record.version) == ("resolved", 2)
    assert await bench.alerts.open_alerts() == []
    assert again.counts.alerts == {}  # not new, so not counted


@pytest.mark.slow
async def test_what_kafka_repeats_is_not_counted_twice(bench: Bench) -> None:
    records = records_of([make_chunk(sequence=n) for n in range(4)])
    await bench.processor.process(records)
    await bench.processor.process(records[2:])
    assert (bench.counts.chunks_received, bench.counts.repeats) == (4, 2)
    assert bench.processor.lag(lambda _: 10) == 6


@pytest.mark.slow
async def test_an_end_without_a_beginning_is_an_alert_that_has_been(bench: Bench) -> None:
    await bench.processor.process(records_of([make_chunk(sequence=3)]))
    (record,) = await bench.alerts.history("bed-1")
    assert record.state == "resolved"


@pytest.mark.slow
async def test_only_watched_streams_are_published(bench: Bench, redis: Redis) -> None:
    await bench.live.watch(["bed-2"])
    async with redis.pubsub() as pubsub:
        await pubsub.psubscribe(redis_keys.LIVE_PATTERN)
        await pubsub.get_message(timeout=5)
        await bench.processor.process(records_of([make_chunk("bed-1"), make_chunk("bed-2")]))
        heard = [await pubsub.get_message(ignore_subscribe_messages=True, timeout=5) for _ in "ab"]
        assert {message["channel"] for message in heard if message} == {b"wb:live:bed-2"}
        assert len([message for message in heard if message]) == 2  # a strip and a beat
        assert await pubsub.get_message(ignore_subscribe_messages=True, timeout=0.1) is None


@pytest.mark.slow
async def test_lost_partitions_take_their_patients_along(bench: Bench) -> None:
    await bench.processor.process(records_of([make_chunk("bed-1")], partition=0))
    await bench.processor.process(records_of([make_chunk("bed-2")], partition=1))
    await bench.processor.keep_only([1])
    assert bench.ward.dropped == ["bed-1"]
    health = bench.processor.health("w1", partitions=1, lag=0)
    assert (health.streams, health.chunks_received) == (1, 2)


@pytest.mark.slow
async def test_after_finish_no_batch_begins(bench: Bench) -> None:
    await bench.processor.finish()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(bench.processor.process(records_of([make_chunk()])), 0.1)
    assert bench.ward.taken == []

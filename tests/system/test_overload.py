"""A worker that can't keep up, with a real Kafka and Redis: the same findings, and screens show the delay."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from dashboard.feed.beds import BedReader
from dashboard.views import BedView
from processors.ward.ward import Ward
from processors.worker import app
from processors.worker.app import run_worker
from processors.worker.telemetry.counts import WorkerCounts
from processors.worker.telemetry.metrics import NEEDS
from tests.support.limits import WAIT_S
from tests.support.samples import make_chunk
from tests.support.stub_networks import Arrays, RowNetworks
from tests.support.worker_services import WorkerServices, excerpt_chunks, interleaved
from wardbeat.contracts.codec import encode
from wardbeat.contracts.messages import Alert, Beat, EcgChunk
from wardbeat.embedded.processes import wait_until
from wardbeat.observability.instruments import Instruments
from wardbeat.settings import Settings
from wardbeat.store.history_store import HistoryStore
from wardbeat.store.live_store import LiveStore
from wardbeat.store.redis_client import connect

pytestmark = pytest.mark.slow
BED = "bed-208"
SHORTEST_S, LONGEST_S = 60.0, 300.0
"""Of ECG, sent at the speed of time; the first alerts come after 30 s of learning."""
DELAY_S = 5.0
"""Longer than a tile waits before it shows a delay, and than a stall of a busy machine."""
ROW_S = 0.4
"""Some four rows a second are asked, so the worker falls behind by half a second each second."""
FLOOD = 80_000
"""Chunks of 700 bytes; held in memory as Faust's events, they would be 300 MB."""
BOUND_MB = 100
BEDS = [f"bed-{n}" for n in range(40)]


class SlowNetworks(RowNetworks):
    """Sleeps ``row_s`` for each row."""

    row_s = 0.0

    def run(self, network: str, inputs: Arrays) -> Arrays:
        time.sleep(self.row_s * len(next(iter(inputs.values()))))  # in the ward's thread
        return super().run(network, inputs)


async def test_an_overloaded_worker_reports_its_delay_and_finds_the_same(
    worker_services: WorkerServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "STOP_TIMEOUT_S", WAIT_S)
    networks, counts, seen = SlowNetworks(), WorkerCounts(), []
    async with stores(worker_services) as (live, history), worker(worker_services, networks, counts):
        reader = BedReader(live, history)
        recovered = threading.Event()
        chunks = excerpt_chunks("208", BED, LONGEST_S)
        feeding = asyncio.create_task(asyncio.to_thread(feed, worker_services, chunks, recovered))

        async def look() -> BedView | None:
            await live.watch([BED])
            beds = (await reader.read()).beds
            seen.extend(beds)
            return beds[0] if beds else None

        await until(look, lambda bed: bed.monitored)
        networks.row_s = ROW_S
        late = await until(look, lambda bed: (bed.delayed_s or 0) > DELAY_S)
        assert (late.monitored, late.hr_bpm, late.state) == (False, None, None)
        assert late.reason == f"Delayed by {late.delayed_s:.0f} s"
        networks.row_s = 0.0
        await until(look, lambda bed: bed.monitored)
        assert counts.lag_s()[BED] < DELAY_S
        assert counts.frames_left_out > 0
        recovered.set()
        sent = await feeding
        async with asyncio.timeout(WAIT_S):
            while counts.chunks_received < len(sent):  # noqa: ASYNC110  what is waited for is no event
                await asyncio.sleep(0.1)
    assert not [bed for bed in seen if bed.monitored and bed.delayed_s], "what is delayed is never shown as live"
    assert not [bed for bed in seen if bed.reason == "No data from the bed"], "it was there, and waited"
    outputs = Ward(RowNetworks()).take(sent)
    assert await asyncio.to_thread(worker_services.beats) == [one for one in outputs if isinstance(one, Beat)]
    assert await asyncio.to_thread(worker_services.alerts, BED) == {
        one.alert_id: one for one in outputs if isinstance(one, Alert)
    }


def test_while_redis_refuses_writes_kafka_keeps_the_records_and_memory_is_bounded(
    worker_services: WorkerServices,
) -> None:
    chunk = make_chunk()
    with worker_services.worker("w1") as child:
        worker_services.send(flood(chunk, range(1)))
        wait_until("w1 has its first records", lambda: worker_services.has_read("w1", len(BEDS)), WAIT_S, [child])
        before_mb = memory_mb(child.pid)
        worker_services.ask(lambda redis: redis.config_set("maxmemory", "1"))
        try:
            worker_services.send(flood(chunk, range(1, FLOOD // len(BEDS))))
            wait_until("w1 notices", lambda: "trying again" in child.log.read_text(), WAIT_S, [child])
            most_mb = settled(lambda: memory_mb(child.pid))
        finally:
            child.signal(signal.SIGKILL)
            worker_services.ask(lambda redis: redis.config_set("maxmemory", "0"))
    assert most_mb - before_mb < BOUND_MB


@asynccontextmanager
async def stores(worker_services: WorkerServices) -> AsyncIterator[tuple[LiveStore, HistoryStore]]:
    async with connect(worker_services.redis_url) as redis:
        yield LiveStore(redis), HistoryStore(redis)


@asynccontextmanager
async def worker(worker_services: WorkerServices, networks: RowNetworks, counts: WorkerCounts) -> AsyncIterator[None]:
    """A worker in this process, with networks of our own."""
    settings = Settings(
        kafka_bootstrap_servers=worker_services.kafka,
        redis_url=worker_services.redis_url,
        consumer_group=worker_services.group,
        data_dir=worker_services.folder,
    )
    running = asyncio.create_task(run_worker(settings, networks, counts, Instruments(NEEDS)))
    try:
        yield
    finally:
        os.kill(os.getpid(), signal.SIGTERM)  # as anybody would end it
        await asyncio.wait_for(running, WAIT_S)


def feed(worker_services: WorkerServices, chunks: list[EcgChunk], enough: threading.Event) -> list[EcgChunk]:
    """Send each chunk when its last sample has been acquired, until ``enough`` is set; return what was sent."""
    began_ns = time.time_ns()
    sent = []
    for chunk in chunks:
        if enough.is_set() and chunk.first_sample >= SHORTEST_S * chunk.fs:
            break
        now = msgspec.structs.replace(chunk, acquired_ns=began_ns + round(chunk.first_sample / chunk.fs * 1e9))
        time.sleep(max(0.0, now.acquired_ns / 1e9 + chunk.n_samples / chunk.fs - time.time()))
        worker_services.send(interleaved([now]))
        sent.append(now)
    return sent


async def until(look: Callable[[], Awaitable[BedView | None]], condition: Callable[[BedView], bool]) -> BedView:
    """Look at the bed as a screen does until it is as wanted."""
    async with asyncio.timeout(WAIT_S):
        while True:
            bed = await look()
            if bed is not None and condition(bed):
                return bed
            await asyncio.sleep(0.25)


def flood(chunk: EcgChunk, sequence: range) -> list[tuple[str, bytes]]:
    """Chunks of all beds, as records."""
    return [(stream, encode(chunk_of(chunk, stream, n))) for n in sequence for stream in BEDS]


def chunk_of(chunk: EcgChunk, stream: str, sequence: int) -> EcgChunk:
    return msgspec.structs.replace(chunk, stream_id=stream, sequence=sequence, first_sample=sequence * chunk.n_samples)


def memory_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def settled(figure: Callable[[], float], within: float = 1.0, for_s: float = 5.0) -> float:
    """The figure once it has not grown any more for a while."""
    most, since_s = figure(), time.monotonic()
    deadline_s = since_s + WAIT_S
    while time.monotonic() - since_s < for_s:
        assert time.monotonic() < deadline_s, f"still growing at {most:.0f}"
        if figure() > most + within:
            most, since_s = figure(), time.monotonic()
        time.sleep(0.1)
    return most

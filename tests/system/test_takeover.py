"""Workers die, stop and start at any moment; together they write what one worker alone would write."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import msgspec
import numpy as np
import pytest
from redis.asyncio import Redis

from processors.monitor.patient_monitor import MonitorConfig
from processors.ward.ward import Ward
from tests.support.stub_networks import RowNetworks
from tests.support.three_bed_log import SCENES, three_bed_log
from tests.support.worker_bench import WorkerBench
from wardbeat.care.admissions import PatientSettings
from wardbeat.contracts.messages import Alert
from wardbeat.store.beds.admission_store import AdmissionStore
from wardbeat.store.redis_client import connect

pytestmark = pytest.mark.slow  # a real Redis

CHANGED_S = 30
"""Staff change limits at this second, and the worker dies right after it has applied them."""
Sent = Counter[tuple[str, bytes]]


@pytest.fixture
async def redis(redis_server: str) -> AsyncIterator[Redis]:
    async with connect(redis_server) as client:
        yield client


class Shift:
    """Workers that run one after the other, and the offsets that they have committed."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._generation = 0
        self._committed: dict[int, int] = {}
        self._now_ns = 2 * 10**18
        self._left: list[WorkerBench] = []
        self.failures: list[str] = []
        self.bench = self._next()

    @property
    def workers(self) -> int:
        return self._generation

    @property
    def sent(self) -> Sent:
        """All records that the workers sent to Kafka, and how often."""
        return Counter((topic, value or b"") for bench in [*self._left, self.bench] for topic, _, value in bench.sent)

    async def read(self, rows: int) -> None:
        """Read the first rows from the committed offsets on, in batches of three rows."""
        todo = [
            record
            for row in three_bed_log()[:rows]
            for record in row
            if record.offset >= self._position.get(record.partition, 0)
        ]
        for start in range(0, len(todo), 9):
            batch = todo[start : start + 9]
            await self.bench.processor.process(batch)
            self._position |= {record.partition: record.offset + 1 for record in batch}

    async def pass_a_second(self, *, commits: bool) -> None:
        await self.bench.later(1.0)
        self._now_ns = self.bench.now_ns
        if commits:
            self._committed |= self.bench.processor.committable

    async def hand_over(self) -> None:
        await self.bench.processor.finish()
        self._committed |= self.bench.processor.committable
        self.die()

    def die(self) -> None:
        self.bench.processor.close()
        self._left.append(self.bench)
        self.bench = self._next()

    def _next(self) -> WorkerBench:
        self._generation += 1
        ward = Ward(RowNetworks(), MonitorConfig(), lambda stream_id, _: self.failures.append(stream_id))
        bench = WorkerBench(self._redis, ward)
        bench.now_ns = self._now_ns
        bench.own(0, 1, generation=self._generation)
        self._position = dict(self._committed)
        return bench


@contextmanager
def dies_during_a_write(bench: WorkerBench, after: int) -> Iterator[None]:
    """The worker dies after it has sent ``after`` records to Kafka."""
    sends = 0
    original = bench._send

    async def send(topic: str, key: bytes | None, value: bytes | None, headers: object) -> None:
        nonlocal sends
        sends += 1
        if sends > after:
            raise asyncio.CancelledError
        await original(topic, key, value, headers)

    bench.kafka_send = send
    try:
        yield
    except asyncio.CancelledError:
        pass
    finally:
        bench.kafka_send = original


async def watched(redis: Redis, seed: int | None, *, proper: bool = False) -> tuple[Sent, dict[str, Alert], Shift]:
    """Run the log through workers that die, or stop properly, at random seconds; without a seed through one worker."""
    await redis.flushdb()
    rng = np.random.default_rng(seed)
    shift = Shift(redis)
    for second in range(1, len(three_bed_log()) // 2 + 1):
        if second == CHANGED_S:
            await shift.bench.admissions.set_limits("bed-2", "AB", hr_high_bpm=70)
        ends = seed is not None and (second == CHANGED_S or rng.random() < 0.12)
        if ends and not proper and second != CHANGED_S and rng.random() < 0.5:
            with dies_during_a_write(shift.bench, int(rng.integers(0, 4))):
                await shift.read(2 * second)
            shift.die()
        await shift.read(2 * second)
        if second == 3:
            await shift.bench.admissions.admit("bed-2", PatientSettings(), "AB")
        await shift.pass_a_second(commits=proper or rng.random() < 0.8)
        if ends and proper:
            await shift.hand_over()
        elif ends and (second == CHANGED_S or rng.random() < 0.6):
            shift.die()
    await shift.read(len(three_bed_log()))
    shift.bench.processor.close()
    admission = (await shift.bench.admissions.bed("bed-2")).admission
    assert admission is not None
    known = admission.admission_id.encode()
    sent: Sent = Counter()
    for (topic, value), times in shift.sent.items():
        sent[topic, value.replace(known, b"-" * len(known))] += times  # an id is random
    alerts = {
        record.alert.alert_id: msgspec.structs.replace(record.alert, admission_id=record.alert.admission_id and "-")
        for bed in SCENES
        for record in await shift.bench.alerts.whole_history(bed)
    }
    return sent, alerts, shift


async def samples_of_settings(redis: Redis) -> list[int]:
    """The samples from which each of bed 2's settings apply."""
    return [one.sample for one in await AdmissionStore(redis).applied("s-bed-2")]


async def test_workers_that_take_over_write_what_one_alone_would_write(redis: Redis) -> None:
    sent, alerts, _ = await watched(redis, None)
    applied = await samples_of_settings(redis)
    assert len(applied) == 3
    assert max(sent.values()) == 1
    assert {alert.code for alert in alerts.values()} >= {"asystole", "bigeminy", "extreme_tachycardia"}
    for seed in range(3):
        again, alerts_again, shift = await watched(redis, seed)
        assert again.keys() == sent.keys(), f"seed {seed}"
        assert alerts_again == alerts, f"seed {seed}"
        assert again.total() - len(again) < 4 * shift.workers, (
            "a dead worker's records of the last second may come again"
        )
        assert await samples_of_settings(redis) == applied, f"seed {seed}"
        assert shift.failures == []
        assert shift.workers > 3
    again, alerts_again, shift = await watched(redis, 7, proper=True)
    assert again == sent, "after a proper stop nothing is sent again"
    assert alerts_again == alerts
    assert shift.workers > 3

"""Changed settings reach the monitors, and a worker that takes over applies them at the same sample."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from processors.monitor.patient_monitor import MonitorConfig
from processors.ward.ward import Ward
from tests.support.samples import make_status
from tests.support.stub_networks import RowNetworks
from tests.support.worker_bench import WorkerBench, record_of
from wardbeat.care.admissions import PatientSettings
from wardbeat.contracts.messages import EcgChunk
from wardbeat.ecg.chunking import record_chunks
from wardbeat.ecg.synthetic import synthetic_scenario
from wardbeat.store.redis_client import connect

pytestmark = pytest.mark.slow  # a real Redis


@pytest.fixture
async def redis(redis_server: str) -> AsyncIterator[Redis]:
    async with connect(redis_server) as client:
        yield client


def chunks() -> list[EcgChunk]:
    scenario = synthetic_scenario([("sinus", 20)], fs=250)
    return list(record_chunks(scenario, stream_id="bed-1", session_id="s1", origin="live", start_ns=10**18))


def make_bench(redis: Redis, generation: int) -> WorkerBench:
    bench = WorkerBench(redis, Ward(RowNetworks(), MonitorConfig()))
    bench.own(0, generation=generation)
    return bench


async def read(bench: WorkerBench, begin: int, end: int) -> None:
    for offset, chunk in list(enumerate(chunks()))[begin:end]:
        await bench.processor.process([record_of(chunk, offset)._replace(timestamp_s=float(offset))])


async def applied(bench: WorkerBench) -> list[tuple[int, float | None]]:
    return [(one.sample, one.settings.limits.hr_high_bpm) for one in await bench.admissions.applied("s1")]


async def test_the_first_monitor_starts_with_the_settings_of_its_patient(redis: Redis) -> None:
    bench = make_bench(redis, 1)
    await bench.live.write([make_status()], [], now_s=1.0)
    await bench.admissions.admit("bed-1", PatientSettings(), "AB")
    await bench.admissions.set_limits("bed-1", "AB", hr_high_bpm=90)
    await read(bench, 0, 4)
    assert [limit for _, limit in await applied(bench)] == [90]
    bench.processor.close()


async def test_a_change_applies_once_from_the_next_sample(redis: Redis) -> None:
    bench = make_bench(redis, 1)
    await read(bench, 0, 8)
    await bench.admissions.admit("bed-1", PatientSettings(), "AB")
    await bench.later(1)
    await read(bench, 8, 10)
    await bench.admissions.set_limits("bed-1", "AB", hr_high_bpm=90)
    await bench.later(1)
    await bench.later(1)
    await read(bench, 10, 12)
    samples = await applied(bench)
    assert [limit for _, limit in samples] == [120, 120, 90]
    assert samples[-1][0] == 10 * chunks()[0].n_samples
    bench.processor.close()


async def test_a_worker_that_takes_over_applies_a_change_at_the_same_sample(redis: Redis) -> None:
    first = make_bench(redis, 1)
    await read(first, 0, 8)
    await first.admissions.admit("bed-1", PatientSettings(), "AB")
    await first.later(1)
    await read(first, 8, 10)
    await first.admissions.set_limits("bed-1", "AB", hr_high_bpm=90)
    await first.later(1)
    await read(first, 10, 12)
    before = await applied(first)
    first.processor.close()  # it dies: nothing is committed, and all records come again
    second = make_bench(redis, 2)
    second.now_ns = first.now_ns
    await read(second, 0, 12)
    await second.later(1)
    await read(second, 12, 14)
    assert await applied(second) == before
    second.processor.close()


async def test_a_change_waits_until_the_monitor_has_reached_the_worker_before(redis: Redis) -> None:
    first = make_bench(redis, 1)
    await read(first, 0, 8)
    await first.later(20)
    assert first.processor.committable == {0: 8}
    await read(first, 8, 16)
    await first.later(1)
    first.processor.close()
    second = make_bench(redis, 2)
    second.now_ns = first.now_ns
    await second.admissions.admit("bed-1", PatientSettings(), "AB")
    await second.admissions.set_limits("bed-1", "AB", hr_high_bpm=90)
    await read(second, 8, 12)
    await second.later(1)
    assert [limit for _, limit in await applied(second)] == [120], "the records until 16 were processed without it"
    await read(second, 12, 16)
    await second.later(1)
    await read(second, 16, 18)
    assert (await applied(second))[-1] == (16 * chunks()[0].n_samples, 90)
    second.processor.close()


async def test_a_change_while_no_worker_runs_is_stored_with_its_sample(redis: Redis) -> None:
    """A replay of an alert reads from there which limits held."""
    first = make_bench(redis, 1)
    await read(first, 0, 4)
    await first.admissions.admit("bed-1", PatientSettings(), "AB")
    await first.later(1)
    await read(first, 4, 8)
    await first.later(20)
    first.processor.close()
    await first.admissions.set_limits("bed-1", "AB", hr_high_bpm=90)
    second = make_bench(redis, 2)
    second.now_ns = first.now_ns
    await read(second, 8, 10)
    assert (await applied(second))[-1] == (8 * chunks()[0].n_samples, 90)
    second.processor.close()


async def test_the_wards_limits_reach_every_bed_without_own_ones_with_their_sample(redis: Redis) -> None:
    bench = make_bench(redis, 1)
    await read(bench, 0, 4)
    await bench.admissions.defaults.change("AB", hr_high_bpm=110)
    await bench.later(1)
    await read(bench, 4, 8)
    await bench.admissions.admit("bed-1", PatientSettings(own_limits=()), "AB")
    await bench.later(1)
    await read(bench, 8, 10)
    await bench.admissions.set_limits("bed-1", "AB", hr_high_bpm=90)
    await bench.later(1)
    await read(bench, 10, 12)
    await bench.admissions.defaults.change("AB", hr_high_bpm=100)
    await bench.later(1)
    await read(bench, 12, 14)
    assert [limit for _, limit in await applied(bench)] == [120, 110, 110, 90], "the last change is of no limit here"
    bench.processor.close()

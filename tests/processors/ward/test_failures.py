"""After a monitor failed, its bed has an alert until the new monitor has learned the patient."""

from collections.abc import AsyncIterator, Callable, Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from processors.monitor.patient_monitor import PatientMonitor, Step
from processors.ward.failures import RECOVERED_AFTER_S, Failures, MonitorFailed
from processors.ward.ward import Ward
from tests.support.samples import make_status
from tests.support.stub_networks import RowNetworks
from tests.support.worker_bench import WorkerBench, record_of
from wardbeat.care.alert_lifecycle import AlertRecord
from wardbeat.contracts.messages import EcgChunk, Origin, Status
from wardbeat.ecg.chunking import record_chunks
from wardbeat.ecg.synthetic import synthetic_scenario
from wardbeat.store.redis_client import connect

S = 1_000_000_000
FS_HZ = 250
SECONDS = 150
ASYSTOLE_S = 45


def failed(second: int, *, origin: Origin = "live") -> MonitorFailed:
    return MonitorFailed("bed-1", "s1", origin, second * FS_HZ, float(FS_HZ), "ValueError")


def status(second: int, session_id: str = "s1") -> Status:
    return msgspec.structs.replace(make_status(), session_id=session_id, sample=second * FS_HZ, fs=float(FS_HZ))


@given(st.lists(st.tuples(st.integers(0, 120), st.booleans()), max_size=20))
def test_a_failure_lasts_until_the_new_monitor_has_run_for_the_learning_time(events: list[tuple[int, bool]]) -> None:
    failures = Failures()
    first: MonitorFailed | None = None
    well_since: int | None = None
    for second, fails in sorted(events):
        failures.note([failed(second) if fails else status(second)], second * S)
        if fails:
            first, well_since = first or failed(second), None
        elif first is not None:
            well_since = second if well_since is None else well_since
            first = None if second - well_since >= RECOVERED_AFTER_S else first
        assert [failure.first for failure in failures.lasting] == ([] if first is None else [first])


def test_another_session_starts_the_recovery_again() -> None:
    failures = Failures()
    failures.note([failed(10), status(11), status(90, "s2"), status(119, "s2")], S)
    assert len(failures.lasting) == 1
    failures.note([status(120, "s2")], S)
    assert failures.lasting == []


@pytest.mark.parametrize(("origin", "missed"), [("live", 1), ("replay", 0), ("synthetic", 0)])
def test_the_failure_of_a_replay_ends_with_the_replay(origin: Origin, missed: int) -> None:
    failures = Failures()
    failures.note([failed(10, origin=origin)], S)
    failures.end(["bed-2"])
    assert len(failures.lasting) == 1
    failures.end(["bed-1"])
    assert len(failures.lasting) == missed


@pytest.fixture
async def redis(redis_server: str) -> AsyncIterator[Redis]:
    async with connect(redis_server) as client:
        yield client


def chunks_with_a_standstill(start_ns: int) -> list[EcgChunk]:
    scenario = synthetic_scenario(
        [("sinus", ASYSTOLE_S), ("asystole", 10), ("sinus", SECONDS - ASYSTOLE_S - 10)], fs=FS_HZ
    )
    chunks = record_chunks(scenario, stream_id="bed-1", session_id="s1", origin="live")
    return [
        msgspec.structs.replace(chunk, acquired_ns=start_ns + chunk.first_sample * S // FS_HZ, final=False)
        for chunk in chunks
    ]


async def codes_by_second(
    redis: Redis, fails: Callable[[int], bool], monkeypatch: pytest.MonkeyPatch
) -> list[set[str]]:
    """The codes that were open in each second, with a monitor that fails at the chunks of some seconds."""
    original = PatientMonitor.take_chunk

    def flaky(monitor: PatientMonitor, chunk: EcgChunk) -> Step:
        if fails(chunk.first_sample // FS_HZ):
            raise ValueError("a bug that only this signal finds")
        return original(monitor, chunk)

    monkeypatch.setattr(PatientMonitor, "take_chunk", flaky)
    failed_streams: list[str] = []
    bench = WorkerBench(redis, Ward(RowNetworks(), on_failure=lambda stream_id, _: failed_streams.append(stream_id)))
    bench.own(0)
    open_codes = []
    try:
        for offset, chunk in enumerate(chunks_with_a_standstill(bench.now_ns)):
            await bench.processor.process([record_of(chunk, offset)])
            await bench.later(0.5, end=offset + 1)
            if offset % 2:
                open_codes.append({one.alert.code for one in await bench.alerts.open_alerts() if is_lasting(one)})
    finally:
        bench.processor.close()
    assert failed_streams
    return open_codes


def is_lasting(record: AlertRecord) -> bool:
    return record.alert.ended_sample is None


def seconds_of(open_codes: Sequence[set[str]], code: str) -> list[int]:
    return [second for second, codes in enumerate(open_codes) if code in codes]


@pytest.mark.slow
@pytest.mark.parametrize("at_s", [0, 20, ASYSTOLE_S + 7, ASYSTOLE_S + 20])
async def test_a_failure_raises_an_alert_immediately_and_the_bed_recovers(
    redis: Redis, monkeypatch: pytest.MonkeyPatch, at_s: int
) -> None:
    open_codes = await codes_by_second(redis, lambda second: second == at_s, monkeypatch)
    missed = seconds_of(open_codes, "no_data")
    assert missed == list(range(at_s, missed[-1] + 1))
    assert RECOVERED_AFTER_S <= len(missed) <= RECOVERED_AFTER_S + 3
    assert seconds_of(open_codes, "asystole"), "the standstill has its alert all the same"
    assert open_codes[-1] == set(), "the alerts from before the failure have ended as well"


@pytest.mark.slow
async def test_the_alert_on_a_monitor_that_fails_again_and_again_lasts_and_gets_a_higher_priority(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_codes = await codes_by_second(redis, lambda second: second < 90, monkeypatch)
    assert seconds_of(open_codes, "no_data")[:90] == list(range(90))
    bench = WorkerBench(redis)
    (record,) = [one for one in await bench.alerts.history("bed-1") if one.alert.code == "no_data"]
    assert record.alert.priority == "high"
    assert record.alert.ended_sample is not None
    assert await bench.live.streams() == ["bed-1"]
    bench.processor.close()


@pytest.mark.slow
async def test_a_bed_whose_monitor_fails_at_once_has_its_alert(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    open_codes = await codes_by_second(redis, lambda _: True, monkeypatch)
    assert seconds_of(open_codes, "no_data") == list(range(len(open_codes)))
    bench = WorkerBench(redis)
    assert await bench.live.streams() == ["bed-1"]
    bench.processor.close()

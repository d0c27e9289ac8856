import msgspec
import pytest

from processors.worker.telemetry.counts import WorkerCounts
from tests.support.samples import make_alert, make_chunk, make_window
from wardbeat.contracts.canary import CANARY
from wardbeat.contracts.messages import EcgChunk


def at_speed(chunk: EcgChunk, speed: float) -> EcgChunk:
    return msgspec.structs.replace(chunk, acquired_ns=int(chunk.acquired_ns / speed))


@pytest.mark.parametrize(("speed", "counted"), [(1.0, True), (5.0, False), (0.5, False), (1.001, True)])
def test_latency_is_measured_for_real_time_streams_only(speed: float, counted: bool) -> None:
    counts = WorkerCounts()
    for sequence in range(10):
        counts.add_chunk(at_speed(make_chunk(sequence=sequence), speed))
    alert = msgspec.structs.replace(make_alert(), raised_acquired_ns=5_000_000_000)
    counts.add_raised([alert], decided_ns=5_250_000_000)
    assert list(counts.latency_ms) == ([250.0] if counted else [])
    assert counts.summary()["alerts"] == {"bed-1": {"pause": 1}}
    assert counts.summary()["chunks_received"] == 10


def test_a_summary_without_counts_is_complete() -> None:
    summary = WorkerCounts().summary()
    assert summary["latency_ms"] == {"p50": None, "p99": None, "n": 0}
    assert {"chunks_received", "beats", "windows", "alerts", "latency_ms", "dead_letters"} <= set(summary)


def test_each_session_has_its_own_speed() -> None:
    counts = WorkerCounts()
    for sequence in range(3):
        counts.add_chunk(at_speed(make_chunk(sequence=sequence, session_id="fast"), 5.0))
    for sequence in range(3):
        counts.add_chunk(make_chunk(sequence=sequence, session_id="real", start_ns=10**9))
    counts.add_raised([make_alert()], decided_ns=2_000_001)
    assert counts.summary()["latency_ms"]["n"] == 1


def test_nothing_of_the_canary_is_counted() -> None:
    counts = WorkerCounts()
    chunks = [make_chunk(CANARY, sequence, origin="canary") for sequence in range(10)]
    for chunk in chunks:
        counts.add_chunk(chunk, arrived_s=1.0)
    counts.add_written(chunks, now_ns=10**10)
    counts.add_outputs([make_window(CANARY)])
    counts.add_raised([make_alert(stream_id=CANARY)], decided_ns=5)
    assert counts.summary() == WorkerCounts().summary()
    assert (counts.lag_s(), counts.streams.ahead_s(), counts.streams.drift_ppm()) == ({}, {}, {})

"""Irregularities and device clocks of each stream."""

import msgspec
import pytest

from processors.monitor.chunk_order import ChunkCounts
from processors.worker.telemetry.stream_counts import IRREGULARITIES, StreamCounts
from tests.support.samples import make_chunk
from wardbeat.contracts.canary import CANARY
from wardbeat.contracts.messages import EcgChunk

S = 1_000_000_000
HALF_S = S // 2


def chunk_at(sequence: int, acquired_ns: float) -> EcgChunk:
    return msgspec.structs.replace(make_chunk(sequence=sequence), acquired_ns=round(acquired_ns))


def test_each_session_of_a_stream_has_its_own_clock() -> None:
    counts = StreamCounts()
    for n in range(300):
        counts.add_chunk(chunk_at(n, n * HALF_S), arrived_s=n / 2 - 9.5)
        counts.add_chunk(msgspec.structs.replace(chunk_at(n, n * HALF_S / 5), stream_id="bed-2"), arrived_s=n / 2)
    assert counts.drift_ppm() == {"bed-1": 0}
    assert counts.ahead_s() == {"bed-1": pytest.approx(10)}
    counts.add_chunk(msgspec.structs.replace(chunk_at(300, 10_000 * S), session_id="s2"))
    assert (counts.drift_ppm(), counts.ahead_s(), counts.clock_steps) == ({}, {}, 0)
    counts.remove_stream("bed-1")
    assert not counts.is_real_time("bed-1")


def test_a_clock_that_is_set_within_a_session_is_counted() -> None:
    counts = StreamCounts()
    for n in range(20):
        counts.add_chunk(chunk_at(n, 100 * S + n * HALF_S + (n >= 10) * 3600 * S))
    assert counts.clock_steps == 1
    assert counts.irregularities()["clock_step"] == 1


def test_irregularities_are_summed_over_all_streams_and_missing_signal_is_not() -> None:
    counts = StreamCounts()
    for n, stream_id in enumerate(["bed-1", "bed-2"], start=1):
        of_stream = ChunkCounts()
        for field in IRREGULARITIES.values():
            setattr(of_stream, field, n)
        of_stream.missing_s = n / 2
        counts.of_stream[stream_id] = of_stream
    counts.of_stream[CANARY] = ChunkCounts(late=7, missing_s=7.0)  # it is no patient
    assert counts.irregularities() == dict.fromkeys(IRREGULARITIES, 3) | {"clock_step": 0}
    assert counts.missing_s() == {"bed-1": 0.5, "bed-2": 1.0}


def test_an_unknown_stream_is_not_in_real_time() -> None:
    assert not StreamCounts().is_real_time("bed-1")


def test_the_counts_of_a_stream_stay_after_it_has_moved_to_another_worker() -> None:
    counts = StreamCounts()
    counts.of_stream["bed-1"] = ChunkCounts(late=2)
    counts.add_chunk(make_chunk(), arrived_s=1.0)
    counts.remove_stream("bed-1")
    assert counts.irregularities()["late"] == 2
    assert counts.ahead_s() == {}

"""Every sample of every patient is sent once, in order, at the time when it would have been acquired."""

from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producers.journal import JournalFile
from producers.pacing import Stop
from producers.patients import Patient
from producers.replay import ReplayOptions, ReplaySummary, replay, timed_chunks
from producers.sink import Delivered
from tests.support.clocks import HandClock
from wardbeat.contracts.messages import EcgChunk
from wardbeat.ecg.synthetic import synthetic_record

SECOND_NS = 10**9


class MemorySink:
    """A sink that stores the chunks and the times at which they were sent."""

    def __init__(self, clock: HandClock, costs_s: float = 0.0) -> None:
        self.chunks: list[EcgChunk] = []
        self.at_s: list[float] = []
        self._clock = clock
        self._costs_s = costs_s

    def send(self, chunk: EcgChunk) -> None:
        self.chunks.append(chunk)
        self.at_s.append(self._clock.now_s - 1000)
        self._clock.now_s += self._costs_s

    def delivered(self) -> Delivered:
        return Delivered(len(self.chunks), 0)

    @property
    def arrived(self) -> dict[str, int]:
        return Counter(chunk.stream_id for chunk in self.chunks)

    def close(self) -> Delivered:
        return self.delivered()

    def by_stream(self) -> dict[str, list[EcgChunk]]:
        streams = defaultdict(list)
        for chunk in self.chunks:
            streams[chunk.stream_id].append(chunk)
        return streams


def patients_of(count: int, duration_s: float = 10.0, fs: float = 250) -> list[Patient]:
    return [
        Patient(f"p{index}", synthetic_record("sinus", duration_s, fs=fs, seed=index), "synthetic")
        for index in range(count)
    ]


def run(
    patients: list[Patient], options: ReplayOptions, clock: HandClock | None = None
) -> tuple[MemorySink, ReplaySummary]:
    clock = clock or HandClock()
    sink = MemorySink(clock)
    return sink, replay(patients, sink, options, stop=Stop(), clock=clock)


@pytest.mark.parametrize("speed", [0.5, 1.0, 4.0])
def test_a_chunk_is_sent_when_its_last_sample_was_acquired(speed: float) -> None:
    sink, summary = run(patients_of(3, fs=360), ReplayOptions(speed=speed))
    assert (summary.patients, summary.chunks_sent, summary.chunks_failed) == (3, 60, 0)
    assert summary.seconds == pytest.approx(10 / speed, abs=0.5)
    for chunk, at_s in zip(sink.chunks, sink.at_s, strict=True):
        acquired_s = (chunk.acquired_ns - 10**18) / SECOND_NS
        assert at_s == pytest.approx(acquired_s + chunk.n_samples / chunk.fs / speed, abs=1e-6)
    for stream in sink.by_stream().values():
        times_s = [(chunk.acquired_ns - stream[0].acquired_ns) / SECOND_NS for chunk in stream]
        assert times_s == pytest.approx([chunk.first_sample / 360 / speed for chunk in stream], abs=1e-6)


@settings(max_examples=6, deadline=None)
@given(count=st.integers(1, 9), overrun_s=st.floats(0, 0.02), costs_s=st.floats(0, 0.002))
def test_pacing_does_not_drift(count: int, overrun_s: float, costs_s: float) -> None:
    """5 min with waits that are always too long, and a slow sink."""
    clock = HandClock()
    clock.overrun_s = overrun_s
    sink = MemorySink(clock, costs_s)
    patients = [Patient(f"p{index}", LOOPED, "synthetic") for index in range(count)]
    replay(patients, sink, ReplayOptions(loop=True, duration_s=300), stop=Stop(), clock=clock)
    late_s = [
        at_s - (chunk.acquired_ns - 10**18) / SECOND_NS - chunk.n_samples / chunk.fs
        for chunk, at_s in zip(sink.chunks, sink.at_s, strict=True)
    ]
    assert len(sink.chunks) == 600 * count
    assert min(late_s) > -1e-6
    assert max(late_s) <= overrun_s + count * costs_s + 1e-6


LOOPED = synthetic_record("sinus", 30)


def test_patients_have_different_deadlines() -> None:
    sink, _ = run(patients_of(5), ReplayOptions())
    first_s = sorted(at_s for chunk, at_s in zip(sink.chunks, sink.at_s, strict=True) if chunk.sequence == 0)
    assert np.diff(first_s) == pytest.approx(0.1)


def test_all_samples_arrive_and_the_last_chunk_is_final() -> None:
    patients = patients_of(2, duration_s=7.3)
    sink, _ = run(patients, ReplayOptions(speed=0, chunk_s=0.4))
    for patient in patients:
        chunks = sink.by_stream()[patient.stream_id]
        samples = np.concatenate([chunk.d_signal() for chunk in chunks], axis=1)
        assert np.array_equal(samples, patient.source.read(0, patient.source.n_samples))
        assert [chunk.final for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
        assert len({chunk.session_id for chunk in chunks}) == 1


def test_speed_zero_never_waits() -> None:
    clock = HandClock()
    sink, summary = run(patients_of(2), ReplayOptions(speed=0), clock)
    assert clock.waits_s == []
    assert summary.chunks_sent == len(sink.chunks) == 40
    assert [chunk.stream_id for chunk in sink.chunks[:4]] == ["p0", "p1", "p0", "p1"]


def test_a_loop_is_a_new_session_without_a_gap_in_time() -> None:
    patient = Patient("p", synthetic_record("sinus", 4), "synthetic", start_sample=500)
    chunks = [timed.chunk for timed in timed_chunks(patient, ReplayOptions(loop=True, duration_s=9))]
    assert [chunk.final for chunk in chunks] == [index in {3, 11, 17} for index in range(18)]
    assert [chunk.sequence for chunk in chunks] == [*range(4), *range(8), *range(6)]
    assert len({chunk.session_id for chunk in chunks}) == 3
    assert np.diff([chunk.acquired_ns for chunk in chunks]) == pytest.approx(SECOND_NS / 2)
    assert np.array_equal(chunks[4].d_signal(), patient.source.read(0, 125))


def test_duration_counts_seconds_of_ecg_at_any_speed() -> None:
    for speed in (0, 1, 8):
        sink, _ = run(patients_of(2), ReplayOptions(speed=speed, duration_s=3))
        assert len(sink.chunks) == 12
        assert [chunk.final for chunk in sink.by_stream()["p0"]] == [False] * 5 + [True]


def test_stopping_ends_every_stream_with_a_final_chunk() -> None:
    clock, stop = HandClock(), Stop()
    clock.on_wait = lambda: stop.set() if clock.now_s >= 1003 else None
    sink = MemorySink(clock)
    replay(patients_of(4), sink, ReplayOptions(loop=True), stop=stop, clock=clock)
    streams = sink.by_stream()
    assert len(streams) == 4
    for chunks in streams.values():
        assert [chunk.final for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
        assert 6 <= len(chunks) <= 8
    assert clock.now_s < 1005


def test_progress_reports_the_delivered_chunks() -> None:
    seen: list[ReplaySummary] = []
    clock = HandClock()
    sink = MemorySink(clock)
    replay(patients_of(2), sink, ReplayOptions(), stop=Stop(), clock=clock, on_progress=seen.append)
    assert len(seen) == pytest.approx(20, abs=2)
    assert [summary.chunks_sent for summary in seen] == sorted(summary.chunks_sent for summary in seen)


@settings(max_examples=20, deadline=None)
@given(arrived=st.integers(0, 40), start_sample=st.integers(0, 999))
def test_delivered_chunks_are_not_made_again(arrived: int, start_sample: int) -> None:
    patient = Patient("p", synthetic_record("sinus", 4), "synthetic", start_sample=start_sample)
    options = ReplayOptions(loop=True, duration_s=15)
    whole = list(timed_chunks(patient, options, 0.25, "run"))
    assert list(timed_chunks(patient, options, 0.25, "run", arrived)) == whole[arrived:]
    assert {timed.chunk.session_id for timed in timed_chunks(patient, options, 0.25, "other")}.isdisjoint(
        timed.chunk.session_id for timed in whole
    )


class DiedError(Exception):
    """The process is gone."""


def test_a_killed_replay_continues_the_same_sessions_on_the_same_time_line(tmp_path: Path) -> None:
    patients, options, clock = patients_of(3), ReplayOptions(loop=True, duration_s=25), HandClock()
    journal = JournalFile(tmp_path / "replay.json")
    undisturbed = MemorySink(HandClock())
    replay(patients, undisturbed, options, stop=Stop(), clock=HandClock(), journal_file=JournalFile())

    def die() -> None:
        if 12.3 < clock.now_s - 1000 < 13:
            raise DiedError

    clock.on_wait = die
    first = MemorySink(clock)
    with pytest.raises(DiedError):
        replay(patients, first, options, stop=Stop(), clock=clock, journal_file=journal)
    clock.now_s += 4
    second = MemorySink(clock)
    summary = replay(patients, second, options, stop=Stop(), clock=clock, journal_file=journal)
    assert summary.chunks_sent == len(second.chunks)
    ids = [(chunk.stream_id, chunk.session_id, chunk.sequence) for chunk in [*first.chunks, *second.chunks]]
    assert 0 < len(ids) - len(set(ids)) <= 6, "chunks that the journal did not have yet are sent twice"
    for stream_id, chunks in undisturbed.by_stream().items():
        again = {
            (one.session_id, one.sequence): one for one in [*first.chunks, *second.chunks] if one.stream_id == stream_id
        }
        assert len({one.session_id for one in chunks}) == len({session for session, _ in again})
        assert [(one.acquired_ns, one.samples, one.final) for one in chunks] == [
            (one.acquired_ns, one.samples, one.final) for one in again.values()
        ]
    assert journal.read() is None, "a replay that has ended is not continued"

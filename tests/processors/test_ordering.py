"""Every sample that came is passed on once and in order, and what did not come is a gap with a length."""

from itertools import pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from processors.ordering import HOLD_S, LONG_GAP_S, REMEMBERED_SESSIONS, Ordering, Piece
from processors.ward import Ward
from tests.processors.stub_networks import RowNetworks
from tests.samples import make_chunk
from wardbeat.messages import EcgChunk, Status

FS = 250
LENGTH = 30 * FS
SEEDS = st.integers(0, 2**32 - 1)


def stretch(first: int, end: int, *, session_id: str = "s1", final: bool = False) -> EcgChunk:
    """A chunk whose samples say where they belong."""
    samples = np.arange(first, end).astype("<i2")
    return msgspec.structs.replace(
        make_chunk(session_id=session_id),
        first_sample=first,
        samples=np.stack([samples, -samples]).tobytes(),
        final=final,
    )


def cut(rng: np.random.Generator, longest: int = FS) -> list[EcgChunk]:
    """The session from 0 to ``LENGTH`` in chunks of any length."""
    borders = [0]
    while borders[-1] < LENGTH:
        borders.append(min(LENGTH, borders[-1] + int(rng.integers(1, longest + 1))))
    return [stretch(a, b) for a, b in pairwise(borders)]


def passed_on(pieces: list[Piece]) -> NDArray[np.int64]:
    """The indices of all samples passed on, as their values say."""
    parts = [np.zeros(0, dtype=np.int64)]
    for piece in pieces:
        signal = piece.chunk.d_signal()[:, piece.skip :].astype(np.int64)
        assert signal.shape[1] > 0
        np.testing.assert_array_equal(signal[0], -signal[1])
        np.testing.assert_array_equal(signal[0], piece.chunk.first_sample + piece.skip + np.arange(signal.shape[1]))
        parts.append(signal[0])
    return np.concatenate(parts)


def take_all(ordering: Ordering, chunks: list[EcgChunk]) -> list[Piece]:
    return [piece for chunk in chunks for piece in ordering.take(chunk)]


def by_arrival(rng: np.random.Generator, chunks: list[EcgChunk], latest_s: float) -> list[EcgChunk]:
    """Chunks in the order in which they come, each delayed by up to ``latest_s`` after its last sample."""
    ends = np.array([chunk.first_sample + chunk.n_samples for chunk in chunks])
    order = np.argsort(ends + rng.uniform(0, latest_s * FS, len(chunks)), kind="stable")
    return [chunks[index] for index in order]


@given(SEEDS)
def test_disorder_repeats_and_overlaps_within_the_hold_time_do_not_show(seed: int) -> None:
    rng = np.random.default_rng(seed)
    chunks = cut(rng)
    chunks += [chunks[index] for index in rng.integers(0, len(chunks), size=10)]
    for begin in rng.integers(0, LENGTH - FS, size=10):
        chunks.append(stretch(int(begin), int(begin) + int(rng.integers(1, FS))))
    ordering = Ordering()
    pieces = take_all(ordering, [stretch(0, 1), *by_arrival(rng, chunks, HOLD_S - 1)])
    np.testing.assert_array_equal(passed_on(pieces), np.arange(LENGTH))
    assert ordering.counts.gaps == 0
    assert ordering.held == []
    assert [piece.restart for piece in pieces] == [True] + [False] * (len(pieces) - 1)


@given(SEEDS)
def test_what_is_lost_is_a_gap_of_its_length(seed: int) -> None:
    rng = np.random.default_rng(seed)
    chunks = cut(rng)
    kept = [chunk for chunk in chunks[1:-1] if rng.random() > 0.3]
    ordering = Ordering()
    pieces = take_all(ordering, [chunks[0], *kept, stretch(LENGTH, LENGTH + 1, final=True)])
    came = np.concatenate([np.arange(c.first_sample, c.first_sample + c.n_samples) for c in [chunks[0], *kept]])
    np.testing.assert_array_equal(passed_on(pieces), [*came, LENGTH])
    assert ordering.counts.gap_samples == sum(piece.gap for piece in pieces) == LENGTH - len(came)
    position = 0
    for piece in pieces:
        assert piece.chunk.first_sample == position + piece.gap
        position = piece.chunk.first_sample + piece.chunk.n_samples


@given(SEEDS)
def test_a_lost_chunk_takes_no_late_one_along(seed: int) -> None:
    rng = np.random.default_rng(seed)
    chunks = cut(rng, longest=FS // 2)
    lost = set(range(3, len(chunks) - 1, int(rng.integers(2, 9))))
    kept = [chunk for index, chunk in enumerate(chunks[1:], 1) if index not in lost]
    came = sorted(n for c in [chunks[0], *kept] for n in range(c.first_sample, c.first_sample + c.n_samples))
    end = stretch(LENGTH, LENGTH + 1, final=True)
    pieces = take_all(Ordering(), [chunks[0], *by_arrival(rng, kept, HOLD_S - 1.1), end])
    np.testing.assert_array_equal(passed_on(pieces), [*came, LENGTH])


@given(st.lists(st.tuples(st.integers(0, LENGTH), st.integers(1, FS), st.sampled_from("ab")), max_size=60))
def test_anything_may_come_and_no_sample_is_passed_on_twice(stretches: list[tuple[int, int, str]]) -> None:
    ordering = Ordering()
    pieces: dict[str, list[Piece]] = {"a": [], "b": []}
    for first, n, session_id in stretches:
        for piece in ordering.take(stretch(first, first + n, session_id=session_id)):
            pieces[piece.chunk.session_id].append(piece)
            assert 0 <= piece.gap <= LONG_GAP_S * FS
    for of_session in pieces.values():
        samples = passed_on(of_session)
        assert (np.diff(samples) > 0).all()
        assert sum(piece.restart for piece in of_session) == bool(of_session)
    held = sum(chunk.n_samples for chunk in ordering.held)
    assert held == 0 or ordering.held[-1].first_sample - ordering.next_sample <= HOLD_S * FS
    assert ordering.counts.chunks == len(stretches)


def test_a_missing_chunk_is_waited_for_and_then_no_longer() -> None:
    ordering = Ordering()
    assert len(ordering.take(stretch(0, 125))) == 1
    for first in range(250, 625, 125):
        assert ordering.take(stretch(first, first + 125)) == []
    pieces = ordering.take(stretch(625, 750))
    assert [(piece.gap, piece.chunk.first_sample) for piece in pieces] == [(125, 250), (0, 375), (0, 500), (0, 625)]
    assert ordering.take(stretch(125, 250)) == [], "too late"
    assert ordering.counts.gap_samples == 125


def test_the_final_chunk_waits_for_nothing() -> None:
    ordering = Ordering()
    pieces = take_all(ordering, [stretch(0, 125), stretch(250, 375, final=True)])
    assert [piece.gap for piece in pieces] == [0, 125]


def test_a_session_may_be_joined_in_the_middle() -> None:
    pieces = Ordering().take(stretch(5000, 5125))
    assert [(piece.gap, piece.skip, piece.restart) for piece in pieces] == [(0, 0, True)]


def test_another_session_lets_go_of_what_was_held_and_the_old_one_is_over() -> None:
    ordering = Ordering()
    take_all(ordering, [stretch(0, 125), stretch(250, 375)])
    pieces = ordering.take(stretch(0, 125, session_id="s2"))
    assert [(p.chunk.session_id, p.gap, p.restart) for p in pieces] == [("s1", 125, False), ("s2", 0, True)]
    assert ordering.take(stretch(375, 500)) == []
    assert ordering.counts.late_session == 1
    assert len(ordering.take(stretch(125, 250, session_id="s2"))) == 1


def test_two_devices_on_one_stream_do_not_take_turns() -> None:
    ordering = Ordering()
    pieces = []
    for first in range(0, 5000, 125):
        pieces += take_all(ordering, [stretch(first, first + 125), stretch(first, first + 125, session_id="s2")])
    assert sum(piece.restart for piece in pieces) == 2
    assert ordering.counts.late_session == 39
    assert ordering.conflict


def test_what_was_late_or_came_twice_is_no_second_device() -> None:
    ordering = Ordering()
    take_all(ordering, [stretch(0, 125), stretch(125, 250), stretch(0, 125, session_id="s2")])
    for _ in range(100):
        assert take_all(ordering, [stretch(0, 125), stretch(125, 250)]) == []
    take_all(ordering, [stretch(250, 375), stretch(375, 500)])
    assert not ordering.conflict


def test_a_conflict_is_over_when_one_device_was_not_heard_for_a_while() -> None:
    ordering = Ordering()
    take_all(ordering, [stretch(0, 125), stretch(0, 125, session_id="s2")])
    take_all(ordering, [stretch(first, first + 125) for first in range(125, 750, 125)])
    assert ordering.conflict
    for first in range(125, 2500, 125):
        ordering.take(stretch(first, first + 125, session_id="s2"))
    assert ordering.conflict
    ordering.take(stretch(2500, 2750, session_id="s2"))
    assert not ordering.conflict


def test_a_device_that_is_left_alone_is_in_service_again() -> None:
    ordering = Ordering()
    take_all(ordering, [stretch(0, 125), stretch(0, 125, session_id="s2")])
    pieces = take_all(ordering, [stretch(first, first + 125) for first in range(125, 2500, 125)])
    assert [piece.restart for piece in pieces[:2]] == [True, False]
    assert pieces[0].chunk.session_id == "s1"
    assert pieces[0].chunk.first_sample == 1250  # after 5 s without the other
    assert not ordering.conflict
    assert ordering.take(stretch(125, 250, session_id="s2")) == []


def test_remembered_sessions_are_few() -> None:
    ordering = Ordering()
    for number in range(1000):
        ordering.take(stretch(0, 125, session_id=f"s{number}"))
    assert len(ordering.former) == REMEMBERED_SESSIONS


@pytest.mark.parametrize("change", [{"fs": 500.0}, {"sig_name": ("II", "V5")}])
def test_another_format_starts_anew(change: dict[str, object]) -> None:
    ordering = Ordering()
    ordering.take(stretch(0, 125))
    pieces = ordering.take(msgspec.structs.replace(stretch(125, 250), **change))
    assert [(piece.gap, piece.restart) for piece in pieces] == [(0, True)]
    assert ordering.counts.format_changes == 1
    pieces = ordering.take(msgspec.structs.replace(stretch(250, 375), **change))
    assert [piece.restart for piece in pieces] == [False]


@pytest.mark.parametrize(("gap_s", "restart"), [(59, False), (60, False), (61, True), (100_000, True)])
def test_a_minute_without_signal_starts_anew(gap_s: int, restart: bool) -> None:
    ordering = Ordering()
    ordering.take(stretch(0, 125))
    first = 125 + gap_s * FS
    (piece,) = ordering.take(msgspec.structs.replace(stretch(0, 125), first_sample=first))
    assert piece.restart is restart
    assert piece.gap == (0 if restart else gap_s * FS)
    assert ordering.counts.gap_samples == gap_s * FS


def test_what_comes_after_a_final_chunk_starts_anew() -> None:
    ordering = Ordering()
    pieces = take_all(ordering, [stretch(0, 125, final=True), stretch(0, 125, final=True), stretch(125, 250)])
    assert [piece.restart for piece in pieces] == [True, True]
    assert ordering.counts.repeated == 1


def test_a_huge_jump_costs_no_memory_and_the_monitor_goes_on_there() -> None:
    ward = Ward(RowNetworks())
    far = 2**62
    statuses = []
    for first in (0, 125, *range(far, far + 10 * 125, 125)):
        chunk = msgspec.structs.replace(stretch(0, 125), first_sample=first)
        statuses += [output for output in ward.take([chunk]) if isinstance(output, Status)]
    assert ward.counts()["bed-1"].gap_samples == far - 250
    assert [status.sample for status in statuses if status.sample >= far] == [far + n * FS for n in range(1, 5)]

"""The signal path gets each received sample once and in order, and each missing stretch as a gap with a length."""

from itertools import pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from processors.monitor.chunk_order import (
    HOLD_S,
    LONG_GAP_S,
    REMEMBERED_SESSIONS,
    ChunkCounts,
    ChunkOrder,
    Piece,
    Refused,
)
from processors.monitor.received_signal import end_of
from processors.ward.ward import Ward
from tests.support.samples import make_chunk
from tests.support.stub_networks import RowNetworks
from wardbeat.contracts.messages import EcgChunk, Status

FS = 250
NS_PER_SAMPLE = 1_000_000_000 // FS
LENGTH = 30 * FS
SEEDS = st.integers(0, 2**32 - 1)


def stretch(first: int, end: int, *, session_id: str = "s1", final: bool = False) -> EcgChunk:
    """A chunk whose samples are their own sample numbers."""
    samples = np.arange(first, end).astype("<i2")
    return msgspec.structs.replace(
        make_chunk(session_id=session_id),
        first_sample=first,
        acquired_ns=first * NS_PER_SAMPLE,
        samples=np.stack([samples, -samples]).tobytes(),
        final=final,
    )


def of_another_heart(chunk: EcgChunk) -> EcgChunk:
    """The same samples with another content."""
    return msgspec.structs.replace(chunk, samples=(chunk.d_signal() + 1).astype("<i2").tobytes())


def cut(rng: np.random.Generator, longest: int = FS) -> list[EcgChunk]:
    """The session from 0 to ``LENGTH`` in chunks of any length."""
    borders = [0]
    while borders[-1] < LENGTH:
        borders.append(min(LENGTH, borders[-1] + int(rng.integers(1, longest + 1))))
    return [stretch(a, b) for a, b in pairwise(borders)]


def passed_on(pieces: list[Piece]) -> NDArray[np.int64]:
    """The numbers of all samples that were passed on, by their values."""
    parts = [np.zeros(0, dtype=np.int64)]
    for piece in pieces:
        signal = piece.chunk.d_signal()[:, piece.skip :].astype(np.int64)
        assert signal.shape[1] > 0
        np.testing.assert_array_equal(signal[0], -signal[1])
        np.testing.assert_array_equal(signal[0], piece.chunk.first_sample + piece.skip + np.arange(signal.shape[1]))
        parts.append(signal[0])
    return np.concatenate(parts)


class Bed:
    """The chunk order of a stream, with its counts."""

    def __init__(self) -> None:
        self.chunk_order = ChunkOrder()
        self.counts = ChunkCounts()
        self.refused: list[Refused] = []

    def take(self, *chunks: EcgChunk) -> list[Piece]:
        """The pieces that follow from chunks. Refused chunks go to ``refused``."""
        taken = [one for chunk in chunks for one in self.chunk_order.take(chunk, self.counts)]
        self.refused += [one for one in taken if isinstance(one, Refused)]
        return [one for one in taken if isinstance(one, Piece)]

    @property
    def is_accounted_for(self) -> bool:
        """Whether each chunk is counted exactly once, and each refused one is among the outputs."""
        counts, refused = self.counts, [one.refusal for one in self.refused]
        assert refused.count("late") == counts.late
        assert refused.count("contradictory") == counts.contradictory
        assert refused.count("replaced") == counts.replaced
        known = counts.taken + counts.repeated + len(refused) + len(self.chunk_order.held)
        return counts.chunks == known


def by_arrival(rng: np.random.Generator, chunks: list[EcgChunk], latest_s: float) -> list[EcgChunk]:
    """Chunks in the order in which they come, each delayed by up to ``latest_s`` after its last sample."""
    ends = np.array([chunk.first_sample + chunk.n_samples for chunk in chunks])
    order = np.argsort(ends + rng.uniform(0, latest_s * FS, len(chunks)), kind="stable")
    return [chunks[index] for index in order]


@given(SEEDS)
def test_bad_chunks_of_every_kind_are_counted_and_do_not_change_the_signal(seed: int) -> None:
    rng = np.random.default_rng(seed)
    chunks = cut(rng, longest=FS // 2)
    missed = [index for index, chunk in enumerate(chunks) if index > 0 and end_of(chunk) < LENGTH - 4 * FS]
    lost = set(rng.choice(missed, size=4, replace=False).tolist())
    arrivals = [
        (end_of(chunk) + float(rng.uniform(0, (HOLD_S - 1.1) * FS)), chunk)
        for index, chunk in enumerate(chunks[1:], 1)
        if index not in lost
    ]
    end = stretch(LENGTH, LENGTH + 1, final=True)
    clean = Bed()
    pieces = clean.take(chunks[0], *(chunk for index, chunk in enumerate(chunks[1:], 1) if index not in lost), end)
    bad = [(end_of(chunks[index]) + 5.0 * FS, chunks[index]) for index in lost]
    for index in rng.integers(0, len(arrivals), size=10):
        at, chunk = arrivals[index]
        bad.append((at + float(rng.uniform(0, LENGTH)), chunk))
        bad.append((at + float(rng.uniform(0, 2 * FS)), of_another_heart(chunk)))
    order = sorted([*arrivals, *bad], key=lambda arrival: arrival[0])
    bed = Bed()
    pieces_with_bad = bed.take(chunks[0], *(chunk for _, chunk in order), end)
    np.testing.assert_array_equal(passed_on(pieces_with_bad), passed_on(pieces))
    assert [piece.gap for piece in pieces_with_bad if piece.gap] == [piece.gap for piece in pieces if piece.gap]
    assert (bed.counts.late, bed.counts.contradictory, bed.counts.repeated) == (4, 10, 10)
    assert (bed.counts.taken, bed.counts.gaps) == (clean.counts.taken, clean.counts.gaps)
    assert bed.is_accounted_for


@given(SEEDS)
def test_disorder_repeats_and_overlaps_within_the_hold_time_do_not_change_the_signal(seed: int) -> None:
    rng = np.random.default_rng(seed)
    chunks = cut(rng)
    chunks += [chunks[index] for index in rng.integers(0, len(chunks), size=10)]
    for begin in rng.integers(0, LENGTH - FS, size=10):
        chunks.append(stretch(int(begin), int(begin) + int(rng.integers(1, FS))))
    bed = Bed()
    pieces = bed.take(stretch(0, 1), *by_arrival(rng, chunks, HOLD_S - 1))
    np.testing.assert_array_equal(passed_on(pieces), np.arange(LENGTH))
    assert bed.counts.gaps == 0
    assert bed.chunk_order.held == []
    assert [piece.restart for piece in pieces] == [True] + [False] * (len(pieces) - 1)


@given(SEEDS)
def test_a_lost_chunk_is_a_gap_of_its_length(seed: int) -> None:
    rng = np.random.default_rng(seed)
    chunks = cut(rng)
    kept = [chunk for chunk in chunks[1:-1] if rng.random() > 0.3]
    bed = Bed()
    pieces = bed.take(chunks[0], *kept, stretch(LENGTH, LENGTH + 1, final=True))
    came = np.concatenate([np.arange(c.first_sample, c.first_sample + c.n_samples) for c in [chunks[0], *kept]])
    np.testing.assert_array_equal(passed_on(pieces), [*came, LENGTH])
    assert bed.counts.missing_s * FS == pytest.approx(sum(piece.gap for piece in pieces))
    assert sum(piece.gap for piece in pieces) == LENGTH - len(came)
    position = 0
    for piece in pieces:
        assert piece.chunk.first_sample == position + piece.gap
        position = piece.chunk.first_sample + piece.chunk.n_samples


@given(SEEDS)
def test_a_lost_chunk_does_not_drop_a_late_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    chunks = cut(rng, longest=FS // 2)
    lost = set(range(3, len(chunks) - 1, int(rng.integers(2, 9))))
    kept = [chunk for index, chunk in enumerate(chunks[1:], 1) if index not in lost]
    came = sorted(n for c in [chunks[0], *kept] for n in range(c.first_sample, c.first_sample + c.n_samples))
    end = stretch(LENGTH, LENGTH + 1, final=True)
    pieces = Bed().take(*[chunks[0], *by_arrival(rng, kept, HOLD_S - 1.1), end])
    np.testing.assert_array_equal(passed_on(pieces), [*came, LENGTH])


@given(st.lists(st.tuples(st.integers(0, LENGTH), st.integers(1, FS), st.sampled_from("ab")), max_size=60))
def test_with_any_chunks_no_sample_is_passed_on_twice(stretches: list[tuple[int, int, str]]) -> None:
    bed = Bed()
    pieces: dict[str, list[Piece]] = {"a": [], "b": []}
    for first, n, session_id in stretches:
        for piece in bed.take(stretch(first, first + n, session_id=session_id)):
            pieces[piece.chunk.session_id].append(piece)
            assert 0 <= piece.gap <= LONG_GAP_S * FS
    for of_session in pieces.values():
        samples = passed_on(of_session)
        assert (np.diff(samples) > 0).all()
        assert sum(piece.restart for piece in of_session) == bool(of_session)
    held = sum(chunk.n_samples for chunk in bed.chunk_order.held)
    assert held == 0 or bed.chunk_order.held[-1].first_sample - bed.chunk_order.next_sample <= HOLD_S * FS
    assert bed.counts.chunks == len(stretches)
    assert bed.is_accounted_for


def test_a_missing_chunk_may_come_late_within_the_hold_time() -> None:
    bed = Bed()
    assert len(bed.take(stretch(0, 125))) == 1
    for first in range(250, 625, 125):
        assert bed.take(stretch(first, first + 125)) == []
    pieces = bed.take(stretch(625, 750))
    assert [(piece.gap, piece.chunk.first_sample) for piece in pieces] == [(125, 250), (0, 375), (0, 500), (0, 625)]
    assert bed.take(stretch(125, 250)) == []
    assert [one.refusal for one in bed.refused] == ["late"]
    assert bed.counts.missing_s == 0.5


def test_the_final_chunk_waits_for_nothing() -> None:
    bed = Bed()
    pieces = bed.take(stretch(0, 125), stretch(250, 375, final=True))
    assert [piece.gap for piece in pieces] == [0, 125]


def test_a_session_may_be_joined_in_the_middle() -> None:
    pieces = Bed().take(stretch(5000, 5125))
    assert [(piece.gap, piece.skip, piece.restart) for piece in pieces] == [(0, 0, True)]


def test_another_session_releases_the_held_chunks_and_replaces_the_old_one() -> None:
    bed = Bed()
    bed.take(stretch(0, 125), stretch(250, 375))
    pieces = bed.take(stretch(0, 125, session_id="s2"))
    assert [(p.chunk.session_id, p.gap, p.restart) for p in pieces] == [("s1", 125, False), ("s2", 0, True)]
    assert bed.take(stretch(375, 500)) == []
    assert bed.counts.replaced == 1
    assert len(bed.take(stretch(125, 250, session_id="s2"))) == 1


def test_two_devices_on_one_stream_do_not_take_turns() -> None:
    bed = Bed()
    pieces = []
    for first in range(0, 5000, 125):
        pieces += bed.take(stretch(first, first + 125), stretch(first, first + 125, session_id="s2"))
    assert sum(piece.restart for piece in pieces) == 2
    assert bed.counts.replaced == 39
    assert bed.chunk_order.conflict


def test_late_and_repeated_chunks_are_no_second_device() -> None:
    bed = Bed()
    bed.take(stretch(0, 125), stretch(125, 250), stretch(0, 125, session_id="s2"))
    for _ in range(100):
        assert bed.take(stretch(0, 125), stretch(125, 250)) == []
    bed.take(stretch(250, 375), stretch(375, 500))
    assert not bed.chunk_order.conflict


def test_a_conflict_ends_after_one_device_was_silent_for_10_s() -> None:
    bed = Bed()
    bed.take(stretch(0, 125), stretch(0, 125, session_id="s2"))
    bed.take(*(stretch(first, first + 125) for first in range(125, 750, 125)))
    assert bed.chunk_order.conflict
    for first in range(125, 2500, 125):
        bed.take(stretch(first, first + 125, session_id="s2"))
    assert bed.chunk_order.conflict
    bed.take(stretch(2500, 2750, session_id="s2"))
    assert not bed.chunk_order.conflict


def test_a_replaced_device_that_is_left_alone_replaces_the_other_one() -> None:
    bed = Bed()
    bed.take(stretch(0, 125), stretch(0, 125, session_id="s2"))
    pieces = bed.take(*(stretch(first, first + 125) for first in range(125, 2500, 125)))
    assert [piece.restart for piece in pieces[:2]] == [True, False]
    assert pieces[0].chunk.session_id == "s1"
    assert pieces[0].chunk.first_sample == 1250  # after 5 s without the other
    assert not bed.chunk_order.conflict
    assert bed.take(stretch(125, 250, session_id="s2")) == []


def test_two_devices_under_one_session_are_a_conflict() -> None:
    bed = Bed()
    pieces = []
    for first in range(0, 1250, 125):
        pieces += bed.take(stretch(first, first + 125), of_another_heart(stretch(first, first + 125)))
    np.testing.assert_array_equal(passed_on(pieces), np.arange(1250))
    assert bed.counts.contradictory == 10
    assert bed.chunk_order.conflict


@pytest.mark.parametrize("behind_s", [1, 30])
def test_a_second_device_with_the_same_sample_numbers_is_no_repeat(behind_s: int) -> None:
    """Its samples have other values, or, where those are not kept any more, another acquisition time."""
    bed = Bed()
    bed.take(*(stretch(first, first + 125) for first in range(0, 10_000, 125)))
    first = 10_000 - behind_s * FS
    again = stretch(first, first + 125)
    later = msgspec.structs.replace(of_another_heart(again), acquired_ns=10_000 * NS_PER_SAMPLE)
    assert bed.take(again, later) == []
    assert (bed.counts.repeated, bed.counts.contradictory) == (1, 1)


def test_invalid_samples_may_come_again_with_values() -> None:
    bed = Bed()
    again = stretch(0, 125)
    bed.take(msgspec.structs.replace(again, samples=np.full((2, 125), -32768, "<i2").tobytes()), again)
    assert (bed.counts.repeated, bed.counts.contradictory) == (1, 0)


def test_a_chunk_before_the_first_one_is_late() -> None:
    bed = Bed()
    assert len(bed.take(stretch(125, 250), stretch(0, 125), stretch(250, 375))) == 2
    assert bed.counts.late == 1


def test_remembered_sessions_are_few() -> None:
    bed = Bed()
    for number in range(1000):
        bed.take(stretch(0, 125, session_id=f"s{number}"))
    assert len(bed.chunk_order.replaced) == REMEMBERED_SESSIONS


@pytest.mark.parametrize("change", [{"fs": 500.0}, {"sig_name": ("II", "V5")}])
def test_another_format_starts_the_signal_path_again(change: dict[str, object]) -> None:
    bed = Bed()
    bed.take(stretch(0, 125))
    pieces = bed.take(msgspec.structs.replace(stretch(125, 250), **change))
    assert [(piece.gap, piece.restart) for piece in pieces] == [(0, True)]
    assert bed.counts.format_changes == 1
    pieces = bed.take(msgspec.structs.replace(stretch(250, 375), **change))
    assert [piece.restart for piece in pieces] == [False]


@pytest.mark.parametrize(("gap_s", "restart"), [(59, False), (60, False), (61, True), (100_000, True)])
def test_more_than_a_minute_without_signal_starts_the_signal_path_again(gap_s: int, restart: bool) -> None:
    bed = Bed()
    bed.take(stretch(0, 125))
    first = 125 + gap_s * FS
    (piece,) = bed.take(msgspec.structs.replace(stretch(0, 125), first_sample=first))
    assert piece.restart is restart
    assert piece.gap == (0 if restart else gap_s * FS)
    assert bed.counts.missing_s == gap_s


def test_a_chunk_after_the_final_one_starts_the_signal_path_again() -> None:
    bed = Bed()
    pieces = bed.take(stretch(0, 125, final=True), stretch(0, 125, final=True), stretch(125, 250))
    assert [piece.restart for piece in pieces] == [True, True]
    assert bed.counts.repeated == 1


def test_a_huge_jump_costs_no_memory_and_the_monitor_goes_on_there() -> None:
    ward = Ward(RowNetworks())
    far = 2**62
    statuses = []
    for first in (0, 125, *range(far, far + 10 * 125, 125)):
        chunk = msgspec.structs.replace(stretch(0, 125), first_sample=first)
        statuses += [output for output in ward.take([chunk]) if isinstance(output, Status)]
    assert ward.counts["bed-1"].missing_s == pytest.approx((far - 250) / FS)
    assert [status.sample for status in statuses if status.sample >= far] == [far + n * FS for n in range(1, 5)]

"""Single ectopic beats, couplets and runs."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.offline.holter.ectopy import BeatSequence, Ectopy, count, fastest_run, longest_run, sequences
from tests.support.found_beats import beats_of


def test_beats_one_after_another_are_one_sequence() -> None:
    beats = beats_of("NVNVVNVVVVN", rr_s=0.5, start_s=1.0)
    found = sequences(beats, "V")
    assert [one.beats for one in found] == [1, 2, 4]
    assert found[2] == BeatSequence("V", 4.0, 5.5, 4)
    assert found[2].per_minute == pytest.approx(120)
    assert count(beats, found, "V") == Ectopy(beats=7, single=1, couplets=1, runs=1, run_beats=4)


def test_a_gap_in_the_signal_ends_a_sequence() -> None:
    assert [one.beats for one in sequences(beats_of("NVV VVN"), "V")] == [2, 2]


def test_another_class_ends_a_sequence() -> None:
    beats = beats_of("NSSVSSSN")
    assert [one.beats for one in sequences(beats, "S")] == [2, 3]
    assert [one.beats for one in sequences(beats, "V")] == [1]


def test_the_longest_and_the_fastest_run_have_at_least_three_beats() -> None:
    slow = BeatSequence("V", 0.0, 3.0, 4)
    fast = BeatSequence("V", 10.0, 10.8, 3)
    pair = BeatSequence("V", 20.0, 20.2, 2)
    assert longest_run([pair, slow, fast]) == slow
    assert fastest_run([pair, slow, fast]) == fast
    assert longest_run([pair]) is None
    assert fastest_run([pair]) is None
    assert BeatSequence("V", 1.0, 1.0, 1).per_minute == 0


@given(st.text("NSV ", max_size=60))
def test_sequences_hold_every_beat_of_the_class_once(symbols: str) -> None:
    beats = beats_of(symbols)
    found = sequences(beats, "V")
    counts = count(beats, found, "V")
    assert counts.beats == symbols.count("V") == counts.single + 2 * counts.couplets + counts.run_beats
    assert [one.beats for one in found] == [len(run) for run in re.findall("V+", symbols)]

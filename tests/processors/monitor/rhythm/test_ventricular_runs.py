"""Runs of ventricular beats: couplets, short runs, tachycardia and slower ventricular rhythms."""

import pytest

from processors.monitor.rhythm.conditions import FS_HZ, RhythmBeat, RhythmLimits
from processors.monitor.rhythm.rhythm import Rhythm
from processors.monitor.rhythm.ventricular import VentricularEpisode
from processors.monitor.rhythm.ventricular_runs import ventricular_conditions
from tests.support.scripted_hearts import run_rules, scripted_heart


@pytest.mark.parametrize(
    ("symbols", "code"),
    [
        ("NNVVN", "couplet"),
        ("NNVVVN", "ventricular_run"),
        ("NNVVVVN", "ventricular_run"),
        ("NNVVVVVN", "ventricular_tachycardia"),
    ],
)
def test_ventricular_beats_in_a_row_are_a_couplet_a_run_or_tachycardia(symbols: str, code: str) -> None:
    run = run_rules(scripted_heart("N" * 50, 0.8, first_s=2).then(symbols, 0.5).then("N" * 10, 0.8))
    assert run.codes() == {code} | ({"ventricular_run"} if code == "ventricular_tachycardia" else set())
    assert len(run.raised(code)) == len(run.ended(code)) == 1


@pytest.mark.parametrize(
    ("bpm", "fast"), [(35, False), (60, False), (95, False), (110, True), (180, True), (240, True)]
)
def test_a_long_run_is_tachycardia_above_100(bpm: float, fast: bool) -> None:
    run = run_rules(scripted_heart("N" * 50, 0.8, first_s=2).then("V" * 12, 60 / bpm).then("N" * 10, 0.8))
    code, other = "ventricular_tachycardia", "ventricular_rhythm"
    code, other = (code, other) if fast else (other, code)
    assert code in run.codes()
    assert other not in run.codes()
    assert run.first(code).onset == round((2 + 49 * 0.8 + 60 / bpm) * FS_HZ)
    assert run.first(code).value == pytest.approx(bpm, rel=0.01)
    (stretch,) = run.holds_s(code)
    assert stretch[1] - stretch[0] == pytest.approx(7 * 60 / bpm + 2, abs=2)


def test_a_ventricular_rhythm_that_speeds_up_becomes_tachycardia() -> None:
    run = run_rules(scripted_heart("N" * 50, 0.8, first_s=2).then("V" * 40, 0.8).then("V" * 10, 0.4))
    (slow,), (fast,) = run.holds_s("ventricular_rhythm"), run.holds_s("ventricular_tachycardia")
    assert fast[0] == pytest.approx(2 + 89 * 0.8 + 5 * 0.4, abs=1.5)
    assert slow[1] < fast[0]


def test_tachycardia_after_a_gap_is_tachycardia() -> None:
    """The beats before the gap are no part of its run, and no interval is missing in it."""
    beats = scripted_heart("N" * 50, 0.8, first_s=2).then("V" * 20, 0.4)
    run = run_rules(beats.then("V" * 20, 0.4, after_s=12), off=[(beats.end_s + 0.1, beats.end_s + 11.8)])
    assert len(run.raised("ventricular_tachycardia")) == 2
    assert "ventricular_rhythm" not in run.codes()


def test_two_misclassified_beats_do_not_end_a_tachycardia_and_bigeminy_does() -> None:
    fast = scripted_heart("N" * 50, 0.8, first_s=2).then("VVVVVVNNVVVVVVFVVVVV", 0.4)
    assert len(run_rules(fast).holds_s("ventricular_tachycardia")) == 1
    run = run_rules(fast.then("NV" * 30, 0.6))
    assert run.holds_s("ventricular_tachycardia")[0][1] < fast.end_s + 5
    assert "bigeminy" in run.codes()


def fast_run() -> Rhythm:
    rhythm, limits = Rhythm(), RhythmLimits()
    for index, symbol in enumerate("NNNNVVVVVV"):
        rhythm.add_beat(RhythmBeat(10_000 + 100 * index, "V" if symbol == "V" else "N", 100), limits)
    return rhythm


def test_the_episode_of_the_ventricular_network_takes_precedence_over_the_beats() -> None:
    rhythm = fast_run()
    episode = VentricularEpisode("ventricular_fibrillation", 9_000, "a rule", 0.9, 0.8, "", by_signal=True)
    rhythm.ventricular_rhythm.episode = episode
    (condition,) = ventricular_conditions(rhythm, 11_000, RhythmLimits())
    assert (condition.code, condition.onset, condition.value) == ("ventricular_fibrillation", 9_000, 0.9)


def test_a_run_counts_by_the_beats_alone_unless_the_network_rejects_it() -> None:
    rhythm = fast_run()
    (condition,) = ventricular_conditions(rhythm, 11_000, RhythmLimits())
    assert (condition.code, condition.onset, condition.value) == ("ventricular_tachycardia", 10_400, 150.0)
    rhythm.ventricular_rhythm.answers = [0.1, 0.1, 0.1]
    assert ventricular_conditions(rhythm, 11_000, RhythmLimits()) == []


def test_a_run_ends_when_the_next_beat_is_overdue() -> None:
    limits = RhythmLimits()
    overdue = 10_900 + round((limits.asystole_s + 1.75) * FS_HZ)
    assert ventricular_conditions(fast_run(), overdue - 1, limits)
    assert ventricular_conditions(fast_run(), overdue, limits) == []


@pytest.mark.parametrize(("code", "last_paced", "holds"), [
    ("ventricular_tachycardia", True, False),
    ("ventricular_tachycardia", False, True),
    ("ventricular_fibrillation", True, True),
])  # fmt: skip
def test_a_paced_rhythm_is_no_tachycardia_by_its_signal(code: str, last_paced: bool, holds: bool) -> None:
    """One beat that the pacemaker did not make is enough, and fibrillation is found in spite of the pulses."""
    rhythm = Rhythm()
    for r in range(0, 5000, 125):
        rhythm.add_beat(RhythmBeat(r, "N", 125, paced=last_paced or r < 4500), RhythmLimits())
    rhythm.ventricular_rhythm.episode = VentricularEpisode(code, 4000, "rule", 1.0, 0.5, "", by_signal=True)  # type: ignore[arg-type]
    assert [found.code for found in ventricular_conditions(rhythm, 5000, RhythmLimits())] == ([code] if holds else [])

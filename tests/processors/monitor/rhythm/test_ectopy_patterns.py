"""Bigeminy, trigeminy, ventricular beats in a minute, supraventricular runs."""

import pytest

from processors.monitor.rhythm.conditions import RhythmBeat, RhythmLimits
from processors.monitor.rhythm.ectopy_patterns import periodic_length
from tests.support.scripted_hearts import run_rules, scripted_heart


@pytest.mark.parametrize(
    ("symbols", "code"),
    [
        ("NVNVNVN", "bigeminy"),
        ("VNVNVN", "bigeminy"),
        ("NNVNNVNNV", "trigeminy"),
        ("NSSSN", "supraventricular_run"),
    ],
)
def test_regular_ectopic_beats_are_a_pattern(symbols: str, code: str) -> None:
    run = run_rules(scripted_heart("N" * 50, 0.8, first_s=2).then(symbols, 0.5).then("N" * 10, 0.8))
    assert run.codes() == {code} | ({"ventricular_run"} if code == "ventricular_tachycardia" else set())
    assert len(run.raised(code)) == len(run.ended(code)) == 1


@pytest.mark.parametrize(
    "symbols", ["NVN", "NNVNN", "NSSN", "NVNVN", "NNVNNVN", "NFFFFFN", "NQQQQQN", "NVNNVNNNVN", "SNSNSNS", "VSVN"]
)
def test_irregular_or_few_ectopic_beats_are_no_pattern(symbols: str) -> None:
    run = run_rules(scripted_heart("N" * 50, 0.8, first_s=2).then(symbols, 0.6).then("N" * 10, 0.8))
    assert run.codes() == set()


def test_patterns_do_not_outlast_the_signal() -> None:
    for symbols in ("NVNVNVNV", "NNVNNVNNV", "NSSSS", "NVVVVVVV", "NVVN"):
        beats = scripted_heart("N" * 50, 0.8, first_s=2).then(symbols, 0.6)
        run = run_rules(beats, to_s=beats.end_s + 50, off=[(beats.end_s + 1, beats.end_s + 50)])
        assert not [code for code in run.moments[-1][1] if code != "lead_off"], symbols


def test_patterns_are_not_counted_across_a_gap() -> None:
    for symbols in ("NVNVN", "NNVNNV", "NSS", "NVVVV", "NV"):
        beats = scripted_heart("N" * 50, 0.8, first_s=2).then(symbols, 0.6)
        run = run_rules(beats.then(symbols, 0.6, after_s=6), off=[(beats.end_s + 0.4, beats.end_s + 5.8)])
        assert run.codes() <= {"lead_off", "ventricular_run"}, symbols


@pytest.mark.parametrize("bpm", [60, 100, 180])
def test_more_than_ten_ventricular_beats_a_minute(bpm: int) -> None:
    """At any heart rate; the eleventh in a minute makes it, seven end it."""
    every = bpm // 12
    run = run_rules(
        scripted_heart("N" * bpm, 60 / bpm, first_s=2).then(("N" * (every - 1) + "V") * 24 + "N" * bpm, 60 / bpm)
    )
    (stretch,) = run.holds_s("pvc_rate")
    assert run.first("pvc_rate").value == 11
    assert stretch[0] == pytest.approx(2 + 60 + 55, abs=3)
    assert stretch[1] == pytest.approx(2 + 60 + 120 + 25, abs=5)
    few = run_rules(scripted_heart(("N" * (bpm // 10 - 1) + "V") * 30, 60 / bpm, first_s=2))
    assert "pvc_rate" not in few.codes()


def test_slow_supraventricular_beats_in_a_row_are_no_run_and_a_run_that_slows_down_goes_on() -> None:
    beats = scripted_heart("N" * 60, 0.8, first_s=2)
    assert run_rules(beats.then("SSSS" + "N" * 8, 0.7)).codes() == set()
    slows_down = run_rules(beats.then("SSSS", 0.5).then("SSSS", 0.7))
    (stretch,) = slows_down.holds_s("supraventricular_run")
    assert stretch[1] - stretch[0] > 3


def test_a_long_supraventricular_run_is_one_episode() -> None:
    run = run_rules(scripted_heart("N" * 60, 0.8, first_s=2).then("S" * 600, 0.4))
    assert len(run.holds_s("supraventricular_run")) == 1
    assert len({c["supraventricular_run"].onset for _, c in run.moments if "supraventricular_run" in c}) == 1
    assert len(run.raised("supraventricular_run")) == 1


def test_beats_in_the_learning_time_are_no_ectopy() -> None:
    pulses = scripted_heart("VN" * 28, 0.5, first_s=2)
    assert not {"bigeminy", "pvc_rate"} & run_rules(pulses.then("N" * 60, 0.8)).codes()
    assert run_rules(pulses.then("VN" * 20, 0.5)).codes() >= {"bigeminy", "pvc_rate"}, "it goes on"
    assert "ventricular_tachycardia" in run_rules(scripted_heart("V" * 80, 0.4, first_s=2)).codes()


@pytest.mark.parametrize(
    ("before", "run", "code"),
    [
        ([0.7, 0.64, 0.6, 0.57], [0.55, 0.54, 0.53], set()),
        ([0.7, 0.7, 0.7, 0.7], [0.55, 0.5, 0.5], {"supraventricular_run"}),
        ([0.7, 0.7, 0.7, 0.5], [0.5, 0.5, 0.5], {"supraventricular_run"}),
    ],
)
def test_a_supraventricular_run_begins_suddenly_and_a_sinus_rhythm_speeds_up_slowly(
    before: list[float], run: list[float], code: set[str]
) -> None:
    beats = scripted_heart("N" * 50, 0.7, first_s=2).then("NNNN", before).then("SSS", run).then("N" * 5, 0.6)
    assert run_rules(beats).codes() == code


@pytest.mark.parametrize(
    ("symbols", "bigeminy", "trigeminy"),
    [("NNNN", 0, 0), ("NVNV", 4, 2), ("NNVNNV", 2, 6), ("VNVN", 4, 3), ("VVVV", 1, 1), ("NVNNVN", 3, 6)],
)
def test_the_length_of_a_pattern_counts_back_from_the_newest_beat(symbols: str, bigeminy: int, trigeminy: int) -> None:
    limits = RhythmLimits()
    beats = [RhythmBeat(10_000 + 200 * n, "V" if s == "V" else "N", 200) for n, s in enumerate(symbols)]
    assert periodic_length(beats, 2, limits) == bigeminy
    assert periodic_length(beats, 3, limits) == trigeminy

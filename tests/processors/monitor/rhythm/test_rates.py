"""Bradycardia and tachycardia: one episode each, with hysteresis."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.monitor.rhythm.conditions import RhythmBeat, RhythmLimits
from processors.monitor.rhythm.rates import mean_rate_bpm
from tests.support.scripted_hearts import run_rules, scripted_heart

RATES = {"bradycardia", "tachycardia", "extreme_bradycardia", "extreme_tachycardia"}


@pytest.mark.parametrize(
    ("bpm", "codes"),
    [
        (17, {"bradycardia", "extreme_bradycardia", "pause"}),
        (25, {"bradycardia", "extreme_bradycardia"}),
        (37, {"bradycardia", "extreme_bradycardia"}),
        (42, {"bradycardia"}),
        (48, {"bradycardia"}),
        (52, set()),
        (118, set()),
        (125, {"tachycardia"}),
        (138, {"tachycardia"}),
        (145, {"tachycardia", "extreme_tachycardia"}),
        (250, {"tachycardia", "extreme_tachycardia"}),
    ],
)
def test_a_rate_condition_is_one_episode(bpm: float, codes: set[str]) -> None:
    run = run_rules(scripted_heart("N" * 60, 0.8, first_s=2).then("N" * int(bpm * 3), 60 / bpm))
    assert run.codes() == codes
    for code in codes & RATES:
        assert len(run.holds_s(code)) == 1
        assert len({conditions[code].onset for _, conditions in run.moments if code in conditions}) == 1
    assert len(run.raised()) <= 4


def test_rates_wait_for_enough_beats() -> None:
    slow = run_rules(scripted_heart("N" * 60, 0.8, first_s=2).then("NNNN", 1.8).then("N" * 30, 0.8))
    assert slow.holds_s("bradycardia")[0][0] > 2 + 59 * 0.8 + 1.8
    fast = run_rules(scripted_heart("N" * 60, 0.8, first_s=2).then("N" * 8, 0.35).then("N" * 30, 0.8))
    assert "tachycardia" not in fast.codes()


@given(seed=st.integers(0, 2**32 - 1), code_bpm=st.sampled_from([("bradycardia", 50), ("tachycardia", 120)]))
def test_a_rate_near_its_limit_is_one_episode(seed: int, code_bpm: tuple[str, float]) -> None:
    """Heart rates of ±5 % about the limit, beat by beat: at most one alert in half a minute."""
    code, bpm = code_bpm
    intervals = 60 / bpm * np.random.default_rng(seed).normal(1, 0.05, size=150).clip(0.8, 1.2)
    run = run_rules(scripted_heart("N" * 20, 0.8, first_s=2).then("N" * 150, list(intervals)))
    assert len(run.raised(code)) <= 1 + 150 * 60 / bpm / 30


def test_a_rate_that_recovers_ends_half_a_minute_later() -> None:
    fast = scripted_heart("N" * 60, 0.8, first_s=2).then("N" * 60, 0.45)
    (stretch,) = run_rules(fast.then("N" * 100, 0.8)).holds_s("tachycardia")
    assert stretch[1] == pytest.approx(fast.end_s + 30, abs=5)


@pytest.mark.parametrize(("bpm", "above"), [(120.4, False), (120.6, True)])
def test_a_rate_is_above_its_limit_if_the_rounded_number_is(bpm: float, above: bool) -> None:
    run = run_rules(scripted_heart("N" * 60, 0.8, first_s=2).then("N" * 60, 60 / bpm))
    assert ("tachycardia" in run.codes()) == above


def test_the_limits_are_the_patients_own() -> None:
    limits = RhythmLimits(hr_low_bpm=40, hr_high_bpm=70, extreme_low_bpm=30, extreme_high_bpm=90)
    assert run_rules(scripted_heart("N" * 60, 1.4, first_s=2), limits=limits).codes() == set()
    assert run_rules(scripted_heart("N" * 60, 0.8, first_s=2), limits=limits).codes() == {"tachycardia"}


@pytest.mark.parametrize(
    ("rr", "n", "bpm"),
    [
        ([200, 200, 200, 200], 5, 75.0),
        ([200, 200, 200, 200], 6, 0.0),
        ([100, 200, 200, 200, 200], 5, 75.0),
        ([200, None, 200, 200], 5, 0.0),
        ([200, 1000, 200, 200], 5, 0.0),
    ],
    ids=["five beats", "too few beats", "the newest beats only", "a gap", "a standstill"],
)
def test_the_mean_rate_is_0_where_it_is_unknown(rr: list[int | None], n: int, bpm: float) -> None:
    beats = [RhythmBeat(0, "N", None)]
    for interval in rr:
        beats.append(RhythmBeat(beats[-1].r + (interval or 300), "N", interval))
    assert mean_rate_bpm(beats, n, RhythmLimits()) == bpm

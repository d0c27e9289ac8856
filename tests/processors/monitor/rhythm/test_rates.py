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
        (46, {"bradycardia"}),
        (48, set()),
        (52, set()),
        (118, set()),
        (122, set()),
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
def test_a_slight_excess_counts_if_the_rounded_rate_is_above_its_limit(bpm: float, above: bool) -> None:
    limits = RhythmLimits(slight_excess_s=20)
    run = run_rules(scripted_heart("N" * 60, 0.8, first_s=2).then("N" * 80, 60 / bpm), limits=limits)
    assert ("tachycardia" in run.codes()) == above


def test_the_onset_of_a_slight_excess_is_when_its_time_began() -> None:
    before = scripted_heart("N" * 60, 0.8, first_s=2)
    run = run_rules(before.then("N" * 1300, 60 / 121))
    condition = run.first("tachycardia")
    assert run.holds_s("tachycardia")[0][0] == pytest.approx(before.end_s + 600, abs=15)
    assert condition.onset / 250 == pytest.approx(before.end_s, abs=15)
    assert len(run.raised()) == 1


@pytest.mark.parametrize(
    ("low_bpm", "high_bpm", "to_bpm", "code"),
    [
        (50, 120, 40, "bradycardia"),
        (60, 100, 40, "bradycardia"),
        (60, 100, 120, "tachycardia"),
        (50, 120, 140, "tachycardia"),
        (50, 120, 135, "tachycardia"),
    ],
)
def test_a_step_from_80_is_an_alert_within_10_s(low_bpm: int, high_bpm: int, to_bpm: float, code: str) -> None:
    """EC13, 4.2.7: the alarm for a step of the rate comes within 10 s."""
    limits = RhythmLimits(hr_low_bpm=low_bpm, hr_high_bpm=high_bpm, extreme_low_bpm=30, extreme_high_bpm=200)
    before = scripted_heart("N" * 60, 0.75, first_s=2)
    run = run_rules(before.then("N" * 60, 60 / to_bpm), limits=limits)
    assert run.holds_s(code)[0][0] - before.end_s <= 10


def test_one_pause_is_no_bradycardia() -> None:
    heart = scripted_heart("N" * 60, 0.8, first_s=2)
    assert run_rules(heart.then("N", 3.5).then("N" * 20, 0.8)).codes() == {"pause"}
    assert run_rules(heart.then("N", 2.9).then("N" * 20, 0.8)).codes() == set()


def test_the_next_episode_begins_at_0() -> None:
    fast = scripted_heart("N" * 60, 0.8, first_s=2).then("N" * 1300, 60 / 121)
    again = fast.then("N" * 80, 0.8).then("N" * 200, 60 / 121)
    run = run_rules(again)
    assert len(run.raised("tachycardia")) == 1, "the ten minutes are counted anew"


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

"""A limit is crossed by how far and how long."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.monitor.rhythm.conditions import RhythmBeat, RhythmLimits
from processors.monitor.rhythm.rhythm import Rhythm
from tests.support.scripted_hearts import run_rules, scripted_heart

LIMITS = RhythmLimits(extreme_low_bpm=20, extreme_high_bpm=250)


def delay_s(bpm: float, code: str, limits: RhythmLimits = LIMITS, start_bpm: float = 75.0) -> float:
    """Seconds from the step of a heart to this rate until the condition holds; infinity if it never does."""
    before = scripted_heart("N" * 60, 60 / start_bpm, first_s=2)
    run = run_rules(before.then("N" * round(bpm * 15), 60 / bpm), limits=limits)
    return next((begin - before.end_s for begin, _ in run.holds_s(code)), float("inf"))


@pytest.mark.parametrize(
    ("bpm", "code", "earliest_s", "latest_s"),
    [
        (140, "tachycardia", 3.0, 7.5),  # 17 beats must have a mean beyond the limit as well
        (130, "tachycardia", 6.7, 9.0),
        (125, "tachycardia", 18.0, 21.0),
        (123, "tachycardia", 54.0, 60.0),
        (122, "tachycardia", 600.0, 612.0),
        (121, "tachycardia", 600.0, 612.0),
        (30, "bradycardia", 3.0, 8.0),
        (40, "bradycardia", 6.7, 10.0),
        (45, "bradycardia", 18.0, 22.0),
        (48, "bradycardia", 600.0, 612.0),
        (49, "bradycardia", 600.0, 612.0),
    ],
)
def test_less_far_takes_longer(bpm: float, code: str, earliest_s: float, latest_s: float) -> None:
    assert earliest_s <= delay_s(bpm, code) <= latest_s


@pytest.mark.parametrize(("bpm", "code"), [(120, "tachycardia"), (50, "bradycardia")])
def test_a_rate_at_its_limit_never_crosses_it(bpm: float, code: str) -> None:
    assert delay_s(bpm, code) == float("inf")


def test_a_short_excess_is_no_alert() -> None:
    heart = scripted_heart("N" * 60, 0.6, first_s=2)
    for _ in range(8):
        heart = heart.then("N" * 24, 60 / 125).then("N" * 40, 60 / 110)
    assert run_rules(heart).codes() == set(), "12 s at 125/min, again and again"


def test_the_delays_are_settings_of_each_code() -> None:
    patient = msgspec.structs.replace(LIMITS, hr_low_delay_s=6.0, hr_high_delay_s=1.0, slight_excess_s=60.0)
    assert delay_s(40, "bradycardia", patient) == pytest.approx(6 * 18 / 8, abs=3)
    assert delay_s(125, "tachycardia", patient) == pytest.approx(6, abs=3)
    assert delay_s(121, "tachycardia", patient) == pytest.approx(60, abs=12)


def test_a_beat_too_many_or_too_few_is_no_alert() -> None:
    """A false beat in a heart at 118/min, and a missed one in a heart at 52/min."""
    fast, slow = scripted_heart("N" * 80, 60 / 118, first_s=2), scripted_heart("N" * 60, 60 / 52, first_s=2)
    assert run_rules(fast.then("NN", 30 / 118).then("N" * 60, 60 / 118)).codes() == set()
    assert run_rules(slow.then("N", 120 / 52).then("N" * 60, 60 / 52)).codes() == set()


@pytest.mark.parametrize("limit_bpm", [132, 119])
def test_another_limit_is_counted_from_0(limit_bpm: int) -> None:
    state = Rhythm()
    before = msgspec.structs.replace(LIMITS, hr_high_bpm=130)
    for n in range(200):
        state.add_beat(RhythmBeat(112 * n, "N", 112), before)  # 134/min
    assert state.rate_excess["tachycardia"].summed == 54.0
    changed = msgspec.structs.replace(LIMITS, hr_high_bpm=limit_bpm)
    state.add_beat(RhythmBeat(112 * 200, "N", 112), changed)
    assert state.rate_excess["tachycardia"].limit_bpm == limit_bpm
    assert state.rate_excess["tachycardia"].summed < 10


def test_a_gap_changes_no_sum() -> None:
    state = Rhythm()
    for n in range(20):
        state.add_beat(RhythmBeat(115 * n, "N", 115), LIMITS)
    before = dict(state.rate_excess)
    state.add_beat(RhythmBeat(50_000, "N", None), LIMITS)
    assert state.rate_excess == before


@given(st.lists(st.floats(0.2, 6), min_size=1, max_size=300))
def test_the_sums_stay_between_0_and_what_is_enough(intervals_s: list[float]) -> None:
    state, r = Rhythm(), 0
    for interval_s in intervals_s:
        rr = round(interval_s * 250)
        r += rr
        state.add_beat(RhythmBeat(r, "N", rr), LIMITS)
        for excess in state.rate_excess.values():
            assert 0 <= excess.summed <= 54
            assert 0 <= excess.beyond_s <= 600

"""The heart rate on the screen: missed beats, beats of a low score, and beats that are not reported yet."""

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.monitor.heart_rate import BREAK, HeartRate
from processors.monitor.signal_path import SecondPassed, new_signal_path, take_samples
from tests.support.drawn_hearts import drawn_heart
from tests.support.shipped_qrs import shipped_qrs
from wardbeat.ecg.io.records import open_record, read_mv
from wardbeat.ecg.qrs.block import Peak

HIGH_SCORE, NO_BEAT, LOW_SCORE = 0.9, 0.27, 0.45


def heart(*intervals: int, begin: int = 500) -> HeartRate:
    """The heart rate after beats of a high score at these intervals, in 250 Hz samples."""
    rate = HeartRate()
    for r in accumulate(intervals, initial=begin):
        rate.add(Peak(r, HIGH_SCORE))
    return rate


def test_the_rate_is_the_mean_over_eight_intervals_and_none_with_one() -> None:
    assert HeartRate().bpm(500, -1) is None
    assert heart(250).bpm(760, -1) is None
    assert heart(250, 125).bpm(880, -1) == 80
    assert heart(*[125] * 6, *[250] * 8).bpm(500 + 750 + 2000, -1) == 60, "older ones don't count"
    assert heart(*[250] * 3).bpm(500 + 750 + 12 * 250, -1) is None, "nor those of 12 s ago"


def test_after_a_standstill_there_is_no_rate_before_two_intervals() -> None:
    beats = [250] * 8 + [1100]
    assert heart(*beats).bpm(4000, -1) is None
    assert heart(*beats, 250).bpm(4250, -1) is None
    assert heart(*beats, 250, 250).bpm(4500, -1) == 60


@pytest.mark.parametrize("bigeminy", [False, True])
def test_a_missed_beat_is_added_only_where_one_is_overdue(bigeminy: bool) -> None:
    rate = heart(*([150, 250] if bigeminy else [200, 200]) * 4)
    last = rate.peaks[-1].r
    rate.add(Peak(last + 90, NO_BEAT))
    rate.add(Peak(last + 150, NO_BEAT + 0.05))
    rate.add(Peak(last + 380, NO_BEAT + 0.1))  # too near to the beat that comes
    rate.add(Peak(last + 400, HIGH_SCORE))
    assert rate.bpm(last + 500, -1) == 75
    rate.add(Peak(last + 480, NO_BEAT))
    rate.add(Peak(last + 600, HIGH_SCORE))
    assert rate.bpm(last + 700, -1) == pytest.approx(75, rel=0.04), "or it were 84"
    missed_none = heart(*[200] * 8, 400)
    assert (missed_none.bpm(2600, -1) or 0) == pytest.approx(60 * 250 * 8 / 1800, abs=0.1), "a pause is one"


def test_an_extra_beat_counts_by_its_score() -> None:
    for score, bpm in ((LOW_SCORE, 75.0), (HIGH_SCORE, 85.7)):
        rate = heart(*[200] * 8)
        last = rate.peaks[-1].r
        rate.add(Peak(last + 110, score))
        rate.add(Peak(last + 200, HIGH_SCORE))
        assert rate.bpm(last + 300, -1) == bpm
    late = heart(*[200] * 8)
    late.add(Peak(late.peaks[-1].r + 120, LOW_SCORE))
    late.add(Peak(late.peaks[-1].r + 280, HIGH_SCORE))
    assert (late.bpm(3000, -1) or 0) == pytest.approx(75), "premature, with a pause that makes up for it"


def test_the_newest_beat_counts_before_the_detector_reports_it() -> None:
    rate = heart(*[200] * 8)
    last = rate.peaks[-1].r
    assert rate.bpm(last + 150, last + 100) == pytest.approx(60 * 250 * 8 / 1500, abs=0.1)
    assert rate.bpm(last + 150, last + 53) == 75, "no ventricle beats again so soon"
    assert rate.bpm(last + 150, -1) == 75
    rate.add_break()
    assert rate.bpm(last + 350, last + 300) == 75, "no interval across a break"


def test_a_break_removes_the_candidates_and_a_long_one_the_beats() -> None:
    rate = heart(*[200] * 8)
    last = rate.peaks[-1].r
    rate.add(Peak(last + 100, NO_BEAT))
    rate.add_break()
    rate.add_break()
    assert (rate.peaks[-1], rate.peaks.count(BREAK), rate.candidates) == (BREAK, 1, [])
    soon, late = msgspec.json.encode(rate), Peak(last + 1001, HIGH_SCORE)
    rate.add(Peak(last + 1000, HIGH_SCORE))
    assert rate.bpm(last + 1050, -1) == 75
    rate = msgspec.json.decode(soon, type=HeartRate)
    rate.add(late)
    assert rate.peaks == [late]


peaks = st.lists(st.tuples(st.integers(54, 600), st.floats(0.25, 1.0), st.booleans()), max_size=60)


@given(peaks)
def test_the_state_is_bounded_in_order_and_survives_a_snapshot(found: list[tuple[int, float, bool]]) -> None:
    rate, r = HeartRate(), 500
    for interval, score, gone in found:
        r += interval
        rate.add(Peak(r, score))
        if gone:
            rate.add_break()
        kept = [peak.r for peak in rate.peaks if peak != BREAK]
        assert kept == sorted(set(kept))
        assert len(rate.peaks) <= 18
        assert len(rate.candidates) <= 8
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(rate), type=HeartRate) == rate
        bpm = rate.bpm(r + 100, -1)
        assert bpm is None or 60 * 250 / (60 * 600) < bpm <= 60 * 250 / 54 + 0.1


def test_a_beat_that_noise_hides_ends_no_interval() -> None:
    rate = heart(*[250] * 4, 60, 60, *[250] * 3)
    for r in (500 + 1000, 500 + 1060, 500 + 1120):
        rate.take_out(r)
    assert rate.bpm(500 + 1120 + 750, -1) == 60
    assert rate.peaks.count(BREAK) == 1, "one break in place of three beats"


def test_without_its_only_beats_there_is_no_rate_and_new_ones_make_one() -> None:
    rate = heart(250)
    for r in (500, 750):
        rate.take_out(r)
    assert rate.bpm(800, -1) is None
    for r in (1000, 1250, 1500):
        rate.add(Peak(r, HIGH_SCORE))
    assert rate.bpm(1510, -1) == 60


def test_half_of_the_rate_is_not_shown() -> None:
    """Two complexes in the middle of intervals are enough; one, or others elsewhere, are not."""
    rate = heart(*[100] * 8)
    for r in (1150, 1280, 1330):
        rate.add(Peak(r, HIGH_SCORE, 0.9, blocked=True))
        assert rate.bpm(1310, -1) == 150
    rate.add(Peak(1252, HIGH_SCORE, 0.9, blocked=True))
    assert rate.bpm(1310, -1) is None


def drawn_rates(signal: np.ndarray, fs: float = 250, from_s: float = 12) -> list[float | None]:
    path = new_signal_path(fs, ("II", "V5"))
    events = take_samples(path, shipped_qrs(), signal, 0, fs)
    return [event.hr_bpm for event in events if isinstance(event, SecondPassed) and event.k >= from_s * 250]


@pytest.mark.slow
@pytest.mark.parametrize("fs", [250, 360, 500, 1000])
@pytest.mark.parametrize("width_s", [0.08, 0.14])
def test_from_20_to_350_a_minute_the_rate_is_right_or_not_shown(fs: float, width_s: float) -> None:
    for bpm in (20, 25, 30, 40, 60, 120, 180, 240, 280, 300, 350):
        for height_mv in (0.3, 5.0) if fs == 250 else (1.0,):
            shown = drawn_rates(drawn_heart(bpm, [height_mv], fs=fs, width_s=width_s, duration_s=60), fs, 20)
            wrong = [rate for rate in shown if rate is not None and abs(rate - bpm) > max(5, 0.1 * bpm)]
            assert not wrong, (bpm, height_mv)
            assert bpm > 275 or shown.count(None) == 0, (bpm, height_mv)


@pytest.mark.slow
@pytest.mark.parametrize(("bpm", "heights_mv", "options"), [
    (120, (2.0, 0.6), {}), (120, (1.0, 0.3), {}), (120, (4.0, 1.2), {}), (60, (1.5, 0.45), {}), (80, (1.5, 0.45), {}),
    (100, (1.5, 0.45), {}), (150, (1.5, 0.45), {}), (180, (1.5, 0.6), {}), (80, (1.075, 0.925), {}),
    (120, (1.5, 1.5, 0.45), {}), (120, (1.5, 0.6, 0.6), {}), (120, (1.5, 1.5, 1.5, 0.6), {}),
    (80, (1.5, 0.45), {"early": 0.2}), (80, (1.5, 0.6), {"early": 0.3}),
    (80, [1 + 0.6 * np.sin(2 * np.pi * at / 6) for at in range(6)], {}),
    (80, [1.0] * 25 + [0.3] * 60, {}), (80, [1.0] * 25 + [3.0] * 60, {}),
    (60, (1.0,), {"t_wave": 1.2}), (60, (1.0,), {"t_wave": 1.6}), (80, (1.0,), {"t_wave": 1.2}),
    (100, (1.0,), {"t_wave": 1.0}), (40, (0.8,), {"p_wave_mv": 0.4}), (100, (0.8,), {"p_wave_mv": 0.3}),
])  # fmt: skip
def test_complexes_of_all_sizes_count_and_t_and_p_waves_do_not(
    bpm: float, heights_mv: Sequence[float], options: dict[str, float]
) -> None:
    """Alternans, bigeminy with low early beats, breathing, steps of the gain; T waves taller than the complex."""
    shown = drawn_rates(drawn_heart(bpm, heights_mv, **options))
    assert [rate for rate in shown if rate is None or abs(rate - bpm) > 0.1 * bpm] == []


@pytest.mark.slow
@pytest.mark.parametrize("case", ["alternans", "alt200_60"])
def test_alternating_complexes_of_a_user_are_at_120(shared_cases: Path, case: str) -> None:
    record = open_record(shared_cases / "D1" / case)
    shown = drawn_rates(read_mv(record, 0, record.n_samples))
    assert all(rate == pytest.approx(120, abs=2) for rate in shown)

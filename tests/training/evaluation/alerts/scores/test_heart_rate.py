"""The heart rate of reference beats, and the tolerance."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.monitor_findings import alert, findings, rhythm
from training.evaluation.alerts.scores.heart_rate import heart_rate, reference_rates, score_rate, within_tolerance
from training.evaluation.alerts.scores.intervals import TimeInterval
from training.evaluation.alerts.scores.proportions import resample_records


@given(st.floats(25, 240), st.integers(2, 60))
def test_the_rate_of_a_steady_heart(bpm: float, second: int) -> None:
    beats = [n * 60.0 / bpm for n in range(400)]
    (rate,) = reference_rates(beats, [float(second)], [])
    known = sum(beat <= second for beat in beats)
    assert rate is None if known < 3 else rate == pytest.approx(bpm)


def test_it_is_the_mean_over_eight_intervals_within_twelve_seconds() -> None:
    beats = [*(float(n) for n in range(21)), *(20.0 + 0.5 * n for n in range(1, 9)), 30.0, 36.0, 40.0]
    assert reference_rates(beats, [20.0, 22.0, 24.0, 39.0], []) == [
        60.0, pytest.approx(60 * 8 / 6), 120.0, 10.0
    ]  # fmt: skip


def test_there_is_no_rate_before_the_third_beat_after_the_last_and_without_annotations() -> None:
    beats = [float(n) for n in range(30)]
    rates = reference_rates(beats, [1.5, 2.5, 15.0, 29.5], [TimeInterval(18.0, 19.0)])
    assert rates == [None, 60.0, 60.0, None]
    assert reference_rates(beats, [18.5, 22.0, 27.5], [TimeInterval(18.0, 19.0)]) == [None, None, 60.0]
    assert reference_rates([], [1.0], []) == [None]


@pytest.mark.parametrize(
    ("shown", "true", "right"), [(45, 40, True), (45.1, 40, False), (110, 100, True), (89, 100, False)]
)
def test_within_ten_percent_or_five_a_minute(shown: float, true: float, right: bool) -> None:
    assert within_tolerance(shown, true) == right


def test_seconds_shown_right_and_withheld() -> None:
    beats = [float(n) for n in range(101)]
    shown = [(float(t), 60.0 if t < 50 else None if t < 60 else 80.0) for t in range(100)]
    found = score_rate(
        "rec", findings(alert("lead_off", 50.0, 52.0, 55.0), alert("couplet", 56, 57), hr_bpm=shown), beats, []
    )
    assert (found.seconds, found.shown, found.right, found.withheld_with_alert) == (98, 88, 48, 4)
    assert found.worst_s == 60.0
    together = heart_rate([found], resample_records(["a"], 0))
    assert together.shown.value == pytest.approx(88 / 98)
    assert together.right_of_shown.value == pytest.approx(48 / 88)
    assert together.shown_or_alert.value == pytest.approx(92 / 98)


def test_flutter_is_not_scored() -> None:
    beats = [float(n) for n in range(101)]
    shown = [(float(t), 200.0) for t in range(100)]
    found = score_rate("rec", findings(hr_bpm=shown), beats, [rhythm("(N", 0, 40), rhythm("(VFL", 40, 100)])
    assert found.seconds == 39

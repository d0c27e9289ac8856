"""The heart rate that the monitor displayed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.offline.holter.heart_rate import RateFigures, TrendPoint, rate_figures, trend
from tests.support.found_beats import seconds


def test_extremes_have_the_second_that_displayed_them_first() -> None:
    assert rate_figures(seconds([None, 60, 50, 50, 90, None, 90])) == RateFigures(50, 3, 68, 90, 5, 5)


def test_without_a_displayed_rate_there_are_no_figures() -> None:
    assert rate_figures(seconds([None, None])) is None
    assert rate_figures([]) is None


def test_the_trend_has_a_point_for_each_part() -> None:
    points = trend(seconds([60, 70, None, None, 80]), 5.5, 2)
    assert points == [TrendPoint(0, 2, (60, 65, 70)), TrendPoint(2, 4, None), TrendPoint(4, 5.5, (80, 80, 80))]


@given(st.lists(st.one_of(st.none(), st.floats(20, 250)), max_size=50), st.integers(1, 20))
def test_no_displayed_rate_is_outside_the_trend(rates: list[float | None], step_s: int) -> None:
    points = trend(seconds(rates), float(len(rates)), step_s)
    shown = [rate for rate in rates if rate is not None]
    ranges = [point.range_bpm for point in points if point.range_bpm]
    assert bool(shown) == bool(ranges)
    if shown:
        assert (min(low for low, _, _ in ranges), max(high for _, _, high in ranges)) == (min(shown), max(shown))
        assert all(low <= mean + 1e-9 and mean <= high + 1e-9 for low, mean, high in ranges)
        assert points[-1].end_s == pytest.approx(len(rates))

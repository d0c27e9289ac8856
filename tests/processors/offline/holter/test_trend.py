"""The overview of a record."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.offline.holter.trend import LEFT_MM, PLOT_MM, POINTS, RATE_MM, DrawnTrend, drawn_trend
from tests.support.found_beats import annotations, beats_of, rhythm, seconds, status


def heights(line: str) -> list[float]:
    return [float(point.split(",")[1]) for point in line.split()]


def test_the_heart_rate_is_where_the_axis_says() -> None:
    trend = drawn_trend(annotations(statuses=seconds([60.0] * 100 + [None] * 100 + [100.0] * 100)), 300)
    assert trend.step_s == 2
    assert len(trend.means) == 2, "a gap where no rate was displayed"
    ticks = {label.text: label.x_mm for label in trend.rates}
    assert set(heights(trend.means[0])) == {ticks["60"]}
    assert set(heights(trend.means[1])) == {ticks["100"]}


def test_ectopic_beats_are_counted_by_minute() -> None:
    trend = drawn_trend(annotations(beats_of("V" * 10 + "N" * 50 + "V" * 5 + "S", rr_s=1, start_s=0)), 120)
    by_class = {bars.symbol: bars for bars in trend.bars}
    assert [box.value for box in by_class["V"].boxes] == [10, 5]
    assert by_class["V"].largest == 10
    assert by_class["V"].boxes[1].x_mm == pytest.approx(LEFT_MM + PLOT_MM / 2, abs=0.01)
    assert [box.value for box in by_class["S"].boxes] == [1]


def test_rhythms_and_times_without_signal_have_their_place() -> None:
    found = annotations(
        rhythms=[rhythm(0, "(N"), rhythm(50, "(AFIB")],
        statuses=[status(1), status(2, None, "no_signal"), status(3)],
    )
    trend = drawn_trend(found, 100)
    (box,) = trend.rhythms
    assert (box.name, box.x_mm, box.width_mm) == ("(AFIB", LEFT_MM + PLOT_MM / 2, PLOT_MM / 2)
    (gone,) = trend.not_analysed
    assert (gone.x_mm, gone.value) == (pytest.approx(LEFT_MM + PLOT_MM / 100, abs=0.01), 1)


def all_x(trend: DrawnTrend) -> list[float]:
    lines = [float(point.split(",")[0]) for line in (*trend.means, *trend.bands) for point in line.split()]
    boxes = [box for bars in trend.bars for box in bars.boxes]
    return [*lines, *(label.x_mm for label in trend.times), *(box.x_mm + box.width_mm for box in boxes)]


@given(st.floats(0.2, 200_000), st.text("NVS", max_size=40), st.lists(st.floats(15, 300), max_size=30))
def test_everything_is_within_the_plot(duration_s: float, symbols: str, rates: list[float]) -> None:
    beats = [one for one in beats_of(symbols) if one.t_s <= duration_s]
    status_of = [one for one in seconds(rates) if one.t_s <= duration_s]
    trend = drawn_trend(annotations(beats, statuses=status_of), duration_s)
    assert all(LEFT_MM - 0.01 <= x <= LEFT_MM + PLOT_MM + 0.01 for x in all_x(trend))
    assert all(-0.01 <= y <= RATE_MM + 0.01 for line in (*trend.means, *trend.bands) for y in heights(line))
    assert duration_s / trend.step_s <= POINTS + 1
    for bars in trend.bars:
        assert sum(box.value for box in bars.boxes) == sum(one.symbol == bars.symbol for one in beats)

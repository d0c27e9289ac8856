"""The table by hour."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.offline.holter.ectopy import ECTOPIC, sequences
from processors.offline.holter.periods import HOUR_S, periods
from processors.offline.holter.spans import Span
from processors.offline.holter.summary import summarise
from tests.support.found_beats import annotations, beats_of, seconds, status


def test_a_short_record_is_in_ten_minutes_and_a_long_one_in_hours() -> None:
    for duration_s, ends_s in ((1500, [600, 1200, 1500]), (7200, [600.0 * n for n in range(1, 13)])):
        assert [row.end_s for row in summarise(annotations(), duration_s).periods] == ends_s
    assert [row.end_s for row in summarise(annotations(), 9000).periods] == [HOUR_S, 2 * HOUR_S, 9000]


def test_a_rest_of_seconds_belongs_to_the_last_row() -> None:
    found = annotations(beats_of("VN", rr_s=1, start_s=1803))
    rows = summarise(found, 1805).periods
    assert [row.end_s for row in rows] == [600, 1200, 1805]
    assert rows[-1].beats == 2


def test_a_run_over_the_border_counts_where_it_begins_and_its_beats_where_they_are() -> None:
    found = annotations(beats_of("NVVVVN", rr_s=1, start_s=597.5))
    first, second = periods(found, 1200, {symbol: sequences(found.beats, symbol) for symbol in ECTOPIC}, [])
    assert (first.ectopy["V"].beats, first.ectopy["V"].runs, first.ectopy["V"].run_beats) == (2, 1, 4)
    assert (second.ectopy["V"].beats, second.ectopy["V"].runs) == (2, 0)
    assert (first.beats, second.beats) == (3, 3)


def test_fibrillation_counts_in_the_analysed_time_only() -> None:
    states = [status(float(at), state="no_signal" if 100 < at <= 160 else "monitoring") for at in range(1, 1201)]
    first, second = periods(
        annotations(statuses=states), 1200, {symbol: [] for symbol in ECTOPIC}, [Span("(AFIB", 50, 700)]
    )
    assert (first.analysed_s, first.af_s) == (540, 490)
    assert (second.analysed_s, second.af_s) == (600, 100)


def test_the_mean_rate_is_that_of_its_own_seconds() -> None:
    rows = summarise(annotations(statuses=seconds([60.0] * 600 + [90.0] * 600)), 1200).periods
    assert [row.mean_bpm for row in rows] == [60, 90]


@given(st.text("NSV ", max_size=300), st.floats(0.3, 20))
def test_the_periods_add_up_to_the_record(symbols: str, rr_s: float) -> None:
    beats = beats_of(symbols, rr_s=rr_s)
    duration_s = 2.0 + len(symbols) * rr_s
    summary = summarise(annotations(beats, statuses=seconds([70.0] * int(duration_s))), duration_s)
    assert sum(row.beats for row in summary.periods) == len(beats)
    for symbol in ECTOPIC:
        for part in ("beats", "single", "couplets", "runs", "run_beats"):
            in_periods = sum(getattr(row.ectopy[symbol], part) for row in summary.periods)
            assert in_periods == getattr(summary.ectopy[symbol], part)
    assert sum(row.analysed_s for row in summary.periods) == pytest.approx(summary.analysed_s)

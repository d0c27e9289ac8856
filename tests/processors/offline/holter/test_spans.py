"""Spans of time from the output of the monitor."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.offline.holter.spans import (
    Span,
    alert_spans,
    analysed_spans,
    cut,
    grouped,
    overlap_s,
    rhythm_spans,
    state_spans,
    total_s,
)
from tests.support.found_beats import alert, rhythm, status


def test_rhythms_last_to_the_next_one_and_the_last_to_the_end() -> None:
    changes = [rhythm(2, "(N"), rhythm(10, "(AFIB"), rhythm(20, "(AFIB"), rhythm(50, "(N")]
    assert rhythm_spans(changes, 60) == [Span("(N", 2, 10), Span("(AFIB", 10, 50), Span("(N", 50, 60)]
    assert rhythm_spans([], 60) == []


def test_an_alert_without_an_end_lasts_to_the_end_of_the_record() -> None:
    alerts = [alert("pause", 30, None), alert("couplet", 5, 8)]
    assert alert_spans(alerts, 40) == [Span("couplet", 5, 8), Span("pause", 30, 40)]


def test_each_status_is_for_the_second_before_it() -> None:
    states = [status(1, state="learning"), status(2), status(3, state="no_signal"), status(4), status(5)]
    assert state_spans(states) == [
        Span("learning", 0, 1),
        Span("monitoring", 1, 2),
        Span("no_signal", 2, 3),
        Span("monitoring", 3, 5),
    ]
    assert total_s(analysed_spans(states)) == 4
    assert analysed_spans([]) == []


def test_groups_have_number_total_first_and_longest() -> None:
    spans = [Span("a", 1, 2), Span("b", 3, 9), Span("a", 10, 14), Span("a", 20, 24)]
    groups = grouped(spans)
    assert list(groups) == ["a", "b"]
    a = groups["a"]
    assert (a.spans, a.total_s, a.first_s, a.longest) == (3, 9, 1, Span("a", 10, 14))


SPANS = st.lists(st.integers(0, 100), min_size=0, max_size=12, unique=True).map(
    lambda ends: [
        Span("x", float(start), float(end)) for start, end in zip(sorted(ends)[::2], sorted(ends)[1::2], strict=False)
    ]
)


@given(SPANS, SPANS)
def test_the_overlap_is_what_counting_each_unit_gives(spans: list[Span], others: list[Span]) -> None:
    def units(some: list[Span]) -> set[int]:
        return {unit for span in some for unit in range(int(span.start_s), int(span.end_s))}

    assert overlap_s(spans, others) == pytest.approx(len(units(spans) & units(others)))


@given(SPANS, st.integers(0, 100))
def test_what_is_cut_in_two_is_the_whole(spans: list[Span], at: int) -> None:
    assert total_s(cut(spans, 0, at)) + total_s(cut(spans, at, 100)) == pytest.approx(total_s(spans))

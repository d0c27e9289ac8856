"""Spans of time, against seconds counted one by one."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from training.evaluation.alerts.scores.intervals import RhythmInterval, TimeInterval, covered_s, rhythm_intervals, union

spans = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 12)).map(lambda at: TimeInterval(at[0], at[0] + at[1])))


def seconds_of(found: list[TimeInterval]) -> set[int]:
    return {second for span in found for second in range(int(span.start_s), int(span.stop_s))}


@given(spans)
def test_a_union_holds_when_any_of_its_spans_does(found: list[TimeInterval]) -> None:
    joined = union(found)
    assert seconds_of(joined) == seconds_of(found)
    assert all(one.stop_s < next_one.start_s for one, next_one in pairwise(joined))


@given(spans, st.integers(0, 50), st.integers(1, 20))
def test_what_covers_a_span_is_counted_once(found: list[TimeInterval], start: int, length: int) -> None:
    span = TimeInterval(start, start + length)
    assert covered_s(span, union(found)) == len(seconds_of(found) & seconds_of([span]))


@given(st.lists(st.tuples(st.integers(0, 99), st.sampled_from(["(N", "(VT", "(AFIB"])), unique_by=lambda at: at[0]))
def test_rhythms_follow_each_other_without_a_gap(changes: list[tuple[int, str]]) -> None:
    found = rhythm_intervals([(float(at), name) for at, name in changes], 100.0)
    assert sum(rhythm.interval.duration_s for rhythm in found) == (100 - min(at for at, _ in changes) if changes else 0)
    assert [rhythm.rhythm for rhythm in found] == [name for _, name in sorted(changes)]


def test_a_rhythm_that_comes_later_in_the_list_may_begin_earlier() -> None:
    found = rhythm_intervals([(0.0, "(N"), (40.0, "(VT"), (20.0, "(AFIB")], 60.0)
    assert found == [
        RhythmInterval("(N", TimeInterval(0.0, 20.0)),
        RhythmInterval("(AFIB", TimeInterval(20.0, 40.0)),
        RhythmInterval("(VT", TimeInterval(40.0, 60.0)),
    ]

"""Times of the report."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.offline.holter.words import clock, lasting, tenths


@pytest.mark.parametrize(
    ("duration_s", "words"), [(0, "0.0 s"), (59.94, "59.9 s"), (59.96, "0:01:00"), (3599.6, "1:00:00")]
)
def test_durations(duration_s: float, words: str) -> None:
    assert lasting(duration_s) == words


@given(st.integers(0, 400_000))
def test_a_clock_time_is_the_time(t_s: int) -> None:
    hours, minutes, seconds = (int(part) for part in clock(t_s + 0.99).split(":"))
    assert 3600 * hours + 60 * minutes + seconds == t_s
    assert tenths(t_s + 0.25) == f"{clock(t_s)}.2"

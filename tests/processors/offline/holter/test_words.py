"""Words and times of the report."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.monitor.rhythm.atrial_fibrillation import RHYTHM
from processors.monitor.rhythm.rhythm_names import RHYTHM_NAMES
from processors.offline.holter.words import RHYTHM_WORDS, clock, lasting, rhythm_words, tenths


def test_every_rhythm_of_the_monitor_has_words() -> None:
    assert set(RHYTHM_WORDS) == {*RHYTHM_NAMES.values(), RHYTHM}
    assert rhythm_words("(XYZ") == "XYZ"


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

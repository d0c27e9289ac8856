"""A pause of the sound is short and ends by itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardbeat.care.audio_pause import PAUSE_S, begin_pause, in_force
from wardbeat.errors import AlertActionError

S = 1_000_000_000
AT = 1_000 * S


@pytest.mark.parametrize("seconds", [0, -5, PAUSE_S.high + 1])
def test_a_pause_is_short(seconds: float) -> None:
    with pytest.raises(AlertActionError, match="it lasts 1 to 120 s"):
        begin_pause("bed-1", "EW", seconds, AT)


@given(st.integers(1000, round(1000 * PAUSE_S.high)), st.integers(0, 300))
def test_a_pause_ends_by_itself(lasts_ms: int, later_s: int) -> None:
    pause = begin_pause("bed-1", "EW", lasts_ms / 1000, AT)
    assert in_force(pause, AT + later_s * S) == (1000 * later_s < lasts_ms)

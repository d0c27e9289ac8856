"""What a block reports of its peaks."""

from hypothesis import given
from hypothesis import strategies as st

from wardbeat.ecg.qrs.block import THRESHOLD, UNSURE, Block, Peak


@given(st.lists(st.builds(Peak, st.integers(0, 10**9), st.floats(UNSURE, 1.0)), max_size=5))
def test_the_r_peaks_of_a_block_are_those_of_its_beats_in_order(peaks: list[Peak]) -> None:
    block = Block(peaks, -1, [False], [False], [False], [0.0])
    assert block.r_peaks == [peak.r for peak in peaks if peak.score > THRESHOLD and not peak.blocked]


def test_a_peak_at_the_threshold_is_no_beat() -> None:
    assert not Peak(100, THRESHOLD).is_beat
    assert Peak(100, THRESHOLD + 1e-9).is_beat
    assert not Peak(100, UNSURE).is_beat
    assert not Peak(100, 1.0, blocked=True).is_beat

"""Classified beats and the intervals between them."""

import pytest

from processors.monitor.rhythm.beat_intervals import bpm, in_learning_time, known_intervals, mean_bpm, starts_run
from processors.monitor.rhythm.conditions import FS_HZ, RhythmBeat, RhythmLimits

LIMITS = RhythmLimits()


@pytest.mark.parametrize(("rr", "starts"), [(None, True), (200, False), (749, False), (750, True)])
def test_a_run_starts_after_a_gap_or_a_pause(rr: int | None, starts: bool) -> None:
    assert starts_run(RhythmBeat(10_000, "V", rr), LIMITS) == starts


def test_the_learning_time_ends_after_30_s() -> None:
    assert in_learning_time(RhythmBeat(30 * FS_HZ - 1, "V", 200), LIMITS)
    assert not in_learning_time(RhythmBeat(30 * FS_HZ, "V", 200), LIMITS)


def test_the_mean_rate_needs_every_interval() -> None:
    beats = [RhythmBeat(1000, "N", 200), RhythmBeat(1300, "N", 300)]
    assert known_intervals(beats) == [200, 300]
    assert mean_bpm(beats) == 60.0
    assert known_intervals([*beats, RhythmBeat(1500, "N", None)]) == []
    assert mean_bpm([*beats, RhythmBeat(1500, "N", None)]) == 0.0
    assert bpm([]) == 0.0

"""Low peaks of the score count from the third time on, at the same place between beats; T waves do not."""

from itertools import accumulate

import msgspec
import pytest

from wardbeat.ecg.qrs.block import FAINT, SURE, Peak
from wardbeat.ecg.qrs.recurring import RecurringPeaks

HIGH, LOW, T_WAVE = Peak(0, 0.95, 0.95), Peak(0, 0.25, 0.3), Peak(0, 0.3, 0.45)


def judged(*steps: tuple[Peak, int]) -> list[bool]:
    """Whether each low peak counts, given each peak and the interval before it."""
    recurring = RecurringPeaks()
    places = accumulate(interval for _, interval in steps)
    found = [recurring.judge(peak._replace(r=1000 + r)) for (peak, _), r in zip(steps, places, strict=True)]
    return [peak.score == SURE for (kind, _), peak in zip(steps, found, strict=True) if kind.score < SURE]


@pytest.mark.parametrize("larger", [1, 2, 3])
@pytest.mark.parametrize("interval", [100, 125, 200])
def test_low_peaks_count_from_the_third_time_on(larger: int, interval: int) -> None:
    cycle = [(HIGH, interval)] * larger + [(LOW, interval)]
    assert judged(*cycle * 5) == [False, False, True, True, True]


def test_an_early_low_beat_counts_too() -> None:
    assert judged(*[(HIGH, 220), (LOW, 130)] * 4) == [False, False, True, True]


@pytest.mark.parametrize(
    "steps",
    [
        [(HIGH, 150), (T_WAVE, 75)] * 6,
        [(HIGH, 125), (LOW._replace(energy=0.4), 125)] * 6,
        [(HIGH, 200)] * 4 + [(LOW, 100), (HIGH, 100)],
        [(HIGH, 200), (LOW, 90), (HIGH, 110), (LOW, 140), (HIGH, 60), (LOW, 100), (HIGH, 100), (LOW, 60)],
        [(HIGH, 200)] + [(LOW, 60)] * 6,
        [(HIGH, 150), (LOW._replace(score=FAINT - 0.01), 150)] * 6,
        [(HIGH, 250), (LOW, 50)] * 6,
    ],
    ids=["T wave", "as late as a T wave", "once", "at any place", "without beats", "too low", "within 217 ms"],
)
def test_what_does_not_recur_or_is_not_likely_is_no_beat(steps: list[tuple[Peak, int]]) -> None:
    assert not any(judged(*steps))


def test_half_way_between_fast_beats_less_is_enough() -> None:
    fast = LOW._replace(score=0.21, energy=0.31)
    assert judged(*[(HIGH, 100), (fast, 100)] * 4)[-1]
    assert not judged(*[(HIGH, 125), (fast, 125)] * 4)[-1]


def test_the_state_is_bounded_and_survives_a_snapshot() -> None:
    recurring = RecurringPeaks()
    for r in range(0, 50_000, 125):
        recurring.judge(HIGH._replace(r=r))
    assert len(recurring.peaks) < 20
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(recurring), type=RecurringPeaks) == recurring

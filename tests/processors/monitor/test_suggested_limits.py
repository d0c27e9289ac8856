"""Suggested limits: from clean minutes, wide enough for this heart, never wide enough to hide an illness."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.monitor.suggested_limits import KEPT_MIN, MinuteRates, suggested_limits
from wardbeat.care.admissions import PatientLimits, check_limits

FS = 250


def after(rates: MinuteRates, hr_bpm: float | None, minutes: int, from_s: int = 0) -> int:
    for second in range(from_s + 1, from_s + 60 * minutes + 1):
        rates.add_second(second * FS, hr_bpm)
    return from_s + 60 * minutes


def test_a_suggestion_needs_an_hour_of_clean_minutes() -> None:
    rates = MinuteRates()
    end_s = after(rates, 70.0, 60)
    assert rates.suggested_bpm is None, "the last minute has not ended"
    assert rates.add_second((end_s + 1) * FS, 70.0) == (60, 100)
    noisy = MinuteRates()
    after(noisy, None, 600)
    assert (noisy.suggested_bpm, noisy.minutes) == (None, b"")


def test_a_minute_with_ten_seconds_without_a_rate_does_not_count() -> None:
    rates = MinuteRates()
    for second in range(1, 121):
        rates.add_second(second * FS, None if second <= 11 else 70.0)
    rates.add_second(121 * FS, 70.0)
    assert rates.minutes == bytes([70])


def test_only_the_last_hours_count() -> None:
    rates = MinuteRates()
    end_s = after(rates, 110.0, 300)
    assert rates.suggested_bpm == (60, 130)
    after(rates, 55.0, KEPT_MIN + 1, end_s)
    assert (rates.suggested_bpm, len(rates.minutes)) == ((45, 100), KEPT_MIN)


@pytest.mark.parametrize(
    ("bpm", "suggested"),
    [(48, (40, 100)), (70, (60, 100)), (95, (60, 115)), (118, (60, 140)), (180, (60, 150)), (30, (40, 100))],
)
def test_a_steady_heart(bpm: int, suggested: tuple[int, int]) -> None:
    assert suggested_limits(bytes([bpm] * 100)) == suggested


@given(st.lists(st.integers(0, 255), min_size=60, max_size=KEPT_MIN))
def test_every_suggestion_is_a_limit_that_staff_may_set(minutes: list[int]) -> None:
    suggested = suggested_limits(bytes(minutes))
    assert suggested is not None
    check_limits(PatientLimits(hr_low_bpm=suggested[0], hr_high_bpm=suggested[1]))


@given(st.lists(st.none() | st.floats(20, 350), max_size=300))
def test_it_goes_on_from_a_snapshot(rates: list[float | None]) -> None:
    on, restored = MinuteRates(), MinuteRates()
    for second, hr_bpm in enumerate(rates, 1):
        restored = msgspec.msgpack.decode(msgspec.msgpack.encode(restored), type=MinuteRates)
        assert on.add_second(second * FS, hr_bpm) == restored.add_second(second * FS, hr_bpm)
    assert on == restored

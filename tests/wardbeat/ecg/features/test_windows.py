"""A window beside the patient's baseline: the dominant beat at each R peak, RR over the dominant interval."""

import numpy as np
import pytest

from wardbeat.ecg.features.beat_intervals import MAX_LOG_RATIO
from wardbeat.ecg.features.beat_state import SEQUENCE, BeatState, new_beat_state
from wardbeat.ecg.features.beats import measure
from wardbeat.ecg.features.windows import WindowView, cut_window
from wardbeat.ecg.filters import DISPLAY_DELAY

FS = 250
RING = 3750
LEADS = np.array([0, 1])
RR = 200


def heart(r_peaks: list[int], strange: tuple[int, ...] = ()) -> tuple[BeatState, np.ndarray]:
    """A patient with all beats measured, and the last 15 s; the ``strange`` beats are wide and inverted."""
    state, ring = new_beat_state(), np.zeros((2, RING), np.float32)
    signal = np.zeros((2, max(r_peaks) + 400))
    t = np.arange(signal.shape[1])
    for r in r_peaks:
        wide, height = (12.0, -1.5) if r in strange else (4.0, 1.0)
        signal += np.array([[height], [0.5 * height]]) * np.exp(-(((t - r - DISPLAY_DELAY) / wide) ** 2))
    for r in r_peaks:
        begin = max(0, r - 300)
        ring[:, np.arange(begin, r + 300) % RING] = signal[:, begin : r + 300]
        measure(state, ring, LEADS, r, 1.0)
    return state, ring


def cut(state: BeatState, ring: np.ndarray, end: int, seen: int | None = None) -> WindowView:
    return cut_window(state, ring, LEADS, end - 5 * FS, end, end + 300 if seen is None else seen)


REGULAR = list(range(501, 6000, RR))
"""With the filter's delay these are even samples, as those of windows; a beat on another sample is up to 4 ms off."""


def test_a_regular_heart_equals_its_baseline() -> None:
    view = cut(*heart(REGULAR), end=5750)
    assert view.signal.shape == view.dominant.shape == (625, 2)
    assert view.log_rr.shape == (625, 1)
    assert view.signal.max() > 0.8, "over the QRS amplitude"
    assert np.abs(view.signal - view.dominant).max() < 0.1
    assert np.abs(view.log_rr).max() < 0.01


def test_an_abnormal_beat_differs_at_its_place_only() -> None:
    at = REGULAR[-4]
    view = cut(*heart(REGULAR, strange=(at,)), end=5750)
    difference = np.abs(view.signal - view.dominant).max(axis=1)
    peak = (at + DISPLAY_DELAY - 4500) // 2
    assert difference[peak - 3 : peak + 4].max() > 1.0
    difference[peak - 40 : peak + 40] = 0.0
    assert difference.max() < 0.1


def test_an_early_beat_has_a_short_interval_before_and_a_long_one_after() -> None:
    peaks = [r - 80 if r == 5301 else r for r in REGULAR]
    view = cut(*heart(peaks), end=5750)
    early, pause = (5150 - 4500) // 2, (5400 - 4500) // 2
    assert view.log_rr[early, 0] == pytest.approx(np.log(120 / 200), abs=0.01)
    assert view.log_rr[pause, 0] == pytest.approx(np.log(280 / 200), abs=0.01)
    assert abs(view.log_rr[20, 0]) < 0.01


def test_time_after_the_last_beat_counts_unless_signal_is_missing() -> None:
    state, ring = heart([r for r in REGULAR if r <= 5301])
    late = cut(state, ring, end=5750)
    assert late.log_rr[-1, 0] == pytest.approx(np.log((6050 - 5301) / RR), abs=0.01)
    assert cut(state, ring, end=5750, seen=5301).log_rr[-1, 0] == 0.0


def test_without_beats_there_is_no_dominant_beat() -> None:
    view = cut_window(new_beat_state(), np.zeros((2, RING), np.float32), LEADS, 0, 1250, 1400)
    assert not view.dominant.any()
    assert not view.log_rr.any()


def test_a_missing_lead_is_zero() -> None:
    state, ring = heart(REGULAR)
    view = cut_window(state, ring, np.array([-1, 1]), 4500, 5750, 6000)
    assert not view.signal[:, 0].any()
    assert not view.dominant[:, 0].any()
    assert view.signal[:, 1].any()


def test_a_window_with_more_beats_than_are_kept_is_complete() -> None:
    peaks = list(range(500, 6000, 55))
    assert sum(4500 <= r < 5750 for r in peaks) < SEQUENCE < sum(r >= 4500 for r in peaks)
    view = cut(*heart(peaks), end=5750)
    assert np.isfinite(view.dominant).all()
    assert np.abs(view.log_rr).max() <= MAX_LOG_RATIO

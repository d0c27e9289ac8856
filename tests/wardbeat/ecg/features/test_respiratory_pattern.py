"""How much of the variation of RR intervals follows the breath."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.drawn_atrial_beats import V, beats_at
from wardbeat.ecg.features.atrial_beats import BEATS
from wardbeat.ecg.features.respiratory_pattern import MIN_BEATS, respiratory_share


def breathing(rate_bpm: float, depth: float, breath_hz: float, n: int = BEATS) -> np.ndarray:
    """RR intervals in s that follow the breath."""
    rr_s, phase = [], 0.0
    for _ in range(n):
        rr_s.append(60.0 / rate_bpm * (1.0 + depth * np.sin(phase)))
        phase += 2 * np.pi * breath_hz * rr_s[-1]
    return np.array(rr_s)


def irregular(seed: int) -> np.ndarray:
    return np.clip(0.7 * np.exp(0.25 * np.random.default_rng(seed).normal(size=BEATS)), 0.3, 2.0)


@pytest.mark.parametrize("rate_bpm", [40, 60, 80])
@pytest.mark.parametrize("depth", [0.1, 0.25, 0.35])
@pytest.mark.parametrize("breath_hz", [0.15, 0.25])
def test_a_sinus_arrhythmia_follows_the_breath(rate_bpm: float, depth: float, breath_hz: float) -> None:
    assert respiratory_share(beats_at(breathing(rate_bpm, depth, breath_hz)).rows) > 0.6


@given(st.integers(0, 10_000))
def test_fibrillation_does_not(seed: int) -> None:
    assert respiratory_share(beats_at(irregular(seed)).rows) < 0.6


def test_the_depth_of_the_breath_does_not_matter_but_noise_does() -> None:
    rr_s, noise = breathing(60, 0.1, 0.25), 0.1 * np.random.default_rng(1).normal(size=BEATS)
    clear, noisy = (respiratory_share(beats_at(intervals).rows) for intervals in (rr_s, rr_s + noise))
    assert clear > noisy + 0.2


def test_a_faster_rate_in_between_and_a_pause_are_no_breath() -> None:
    rr_s = breathing(55, 0.2, 0.22)
    rr_s[30] *= 1.7
    assert respiratory_share(beats_at(rr_s * np.linspace(1.0, 0.7, BEATS)).rows) > 0.6


def test_ventricular_beats_do_not_hide_it() -> None:
    rr_s, classes = breathing(60, 0.25, 0.25), [0] * BEATS
    for at in (10, 23, 37):
        rr_s[at], classes[at] = 0.45, V
    assert respiratory_share(beats_at(rr_s, classes).rows) > 0.5


def test_with_few_beats_or_even_intervals_nothing_is_known() -> None:
    assert respiratory_share(beats_at(breathing(60, 0.25, 0.25, MIN_BEATS)).rows) == 0.0
    assert respiratory_share(beats_at([0.8] * BEATS).rows) == 0.0

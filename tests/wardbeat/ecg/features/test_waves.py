"""Waves with and without a line between them, in order and in disorder, for any gain and polarity."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from wardbeat.ecg.features.ventricular import WINDOW_SAMPLES
from wardbeat.ecg.features.waves import WaveShape, wave_shape

T_S = np.arange(WINDOW_SAMPLES) / 250
LEADS = np.array([0, 1])


def shape_of(lead: NDArray[np.float64], gain: float = 1.0, end: int = WINDOW_SAMPLES) -> WaveShape:
    signal = np.ascontiguousarray(gain * np.stack([lead, 0.5 * lead]), np.float32)
    return wave_shape(signal, np.ones(signal.shape, np.uint8), LEADS, end)


def complexes(bpm: float, width_s: float) -> NDArray[np.float64]:
    """Complexes of one shape with a line between them."""
    since = (T_S + 0.1) % (60 / bpm) - 30 / bpm
    return np.exp(-((since / width_s) ** 2)) - 0.4 * np.exp(-(((since - 2 * width_s) / width_s) ** 2))


def fibrillation(seed: int) -> NDArray[np.float64]:
    """Waves whose rate and size wander."""
    random = np.random.default_rng(seed)
    knots_s = np.linspace(0, T_S[-1], 26)
    wander, size = (np.interp(T_S, knots_s, random.normal(0, 1, len(knots_s))) for _ in range(2))
    size = 0.5 + 0.25 * size
    waves: NDArray[np.float64] = size * np.sin(2 * np.pi * np.cumsum(4.5 + 1.5 * wander) / 250)
    return waves


@pytest.mark.parametrize("bpm", [150, 180, 240])
def test_a_tachycardia_repeats_itself_at_its_rate_and_has_a_line(bpm: float) -> None:
    found = shape_of(complexes(bpm, 0.03))
    assert found.disorder < -0.4
    assert 60 / found.cycle_s == pytest.approx(bpm, rel=0.04)
    assert found.line_share > 0.4


@pytest.mark.parametrize("hz", [2.6, 3.5, 4.3])
def test_flutter_has_no_line_and_is_in_order(hz: float) -> None:
    found = shape_of(np.sin(2 * np.pi * hz * T_S))
    assert found.line_share < 0.3
    assert found.disorder < -0.4
    assert found.cycle_s == pytest.approx(1 / hz, abs=0.017)


@pytest.mark.parametrize("seed", range(6))
def test_fibrillation_has_no_line_and_is_in_disorder(seed: int) -> None:
    found = shape_of(fibrillation(seed))
    assert found.line_share < 0.38
    assert found.disorder > -0.1
    assert found.disorder > shape_of(complexes(180, 0.05)).disorder + 0.4


def test_narrow_complexes_are_organised_without_a_closer_look() -> None:
    assert shape_of(complexes(75, 0.012)) == WaveShape(1.0, 0.0, 0.0)


def test_no_lead_no_signal_and_no_four_seconds_give_the_organised_shape() -> None:
    flat, sine = np.zeros(WINDOW_SAMPLES), np.sin(2 * np.pi * 4 * T_S)
    assert shape_of(flat) == shape_of(sine, end=WINDOW_SAMPLES - 1) == WaveShape()
    signal = np.ascontiguousarray(np.stack([sine, sine]), np.float32)
    valid = np.ones(signal.shape, np.uint8)
    assert wave_shape(signal, valid, np.array([-1, -1]), WINDOW_SAMPLES) == WaveShape()
    assert wave_shape(signal, 0 * valid, LEADS, WINDOW_SAMPLES) == WaveShape()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.5, 4.0, -1.0]))
def test_gain_and_polarity_do_not_matter(seed: int, gain: float) -> None:
    plain, changed = shape_of(fibrillation(seed)), shape_of(fibrillation(seed), gain)
    assert changed.disorder == pytest.approx(plain.disorder, abs=0.05)
    assert changed.cycle_s == pytest.approx(plain.cycle_s, abs=0.017)
    assert changed.line_share == pytest.approx(plain.line_share, abs=0.02)


def test_the_place_in_the_ring_does_not_matter() -> None:
    lead = np.tile(fibrillation(3), 3)
    ring = np.ascontiguousarray(np.stack([lead, lead])[:, -WINDOW_SAMPLES - 100 :], np.float32)
    valid = np.ones(ring.shape, np.uint8)
    found = []
    for shift in (0, 31, 502):
        rolled = np.ascontiguousarray(np.roll(ring, shift, axis=1))
        found.append(wave_shape(rolled, valid, LEADS, ring.shape[1] + shift))
    assert all(one.disorder == pytest.approx(other.disorder, abs=1e-3) for one, other in pairwise(found))

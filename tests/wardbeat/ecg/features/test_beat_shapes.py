"""Kernels that compare the shapes of beats."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from wardbeat.ecg.features.beat_shapes import (
    MAX_DISTANCE,
    MIN_SCALE_MV,
    QRS_BEGIN,
    QRS_END,
    SAME_SHAPE_R,
    assign,
    correlation,
    distance,
    fill_scales,
    width_s,
)
from wardbeat.ecg.features.beat_state import BEFORE, LENGTH, N_SHAPES

SCALES = np.ones(2)


def complex_mv(sigma_s: float = 0.012, height_mv: float = 1.0, phase: float = 0.0) -> NDArray[np.float64]:
    """A QRS complex in both leads; ``phase`` in radians makes it another shape."""
    t_s = (np.arange(LENGTH) - BEFORE) / 125
    lead = height_mv * np.exp(-0.5 * (t_s / sigma_s) ** 2) * np.cos(2 * np.pi * 8 * t_s + phase)
    return np.stack([lead, 0.7 * lead])


class Shapes:
    """The shapes of a patient."""

    def __init__(self) -> None:
        self.means = np.zeros((N_SHAPES, 2, LENGTH))
        self.prematurity = np.zeros(N_SHAPES)
        self.weights = np.zeros(N_SHAPES)

    def assign(self, beat: NDArray[np.float64], early: float = 0.0) -> tuple[int, float]:
        shape, similarity = assign(beat, early, self.means, self.prematurity, self.weights)
        return shape, similarity


@settings(max_examples=50)
@given(st.integers(0, 2**32 - 1), st.floats(0.01, 100.0), st.floats(-5.0, 5.0))
def test_correlation_is_pearsons_and_ignores_gain_and_offset(seed: int, gain: float, offset: float) -> None:
    a, b = np.random.default_rng(seed).normal(size=(2, LENGTH))
    expected = np.corrcoef(a[QRS_BEGIN:QRS_END], b[QRS_BEGIN:QRS_END])[0, 1]
    assert correlation(a, b, QRS_BEGIN, QRS_END) == pytest.approx(expected, abs=1e-9)
    assert correlation(gain * a + offset, b, QRS_BEGIN, QRS_END) == pytest.approx(expected, abs=1e-6)


def test_a_flat_signal_has_no_correlation() -> None:
    assert correlation(np.ones(LENGTH), np.arange(LENGTH, dtype=float), QRS_BEGIN, QRS_END) == 0.0


@given(st.floats(0.0, 1e6))
def test_the_distance_is_zero_to_itself_and_limited(height_mv: float) -> None:
    beat = complex_mv(height_mv=height_mv)
    assert distance(beat, beat, SCALES, QRS_BEGIN, QRS_END) == 0.0
    assert 0.0 <= distance(beat, complex_mv(phase=1.0), SCALES, QRS_BEGIN, QRS_END) <= MAX_DISTANCE


@given(st.floats(0.0, 1e3))
def test_the_scale_is_the_amplitude_and_never_too_small_to_divide_by(height_mv: float) -> None:
    beat, scales = complex_mv(height_mv=height_mv), np.empty(2)
    fill_scales(beat, scales)
    qrs = beat[:, QRS_BEGIN:QRS_END]
    expected = np.maximum(qrs, 0).max(axis=1) - np.minimum(qrs, 0).min(axis=1)
    assert scales == pytest.approx(np.maximum(expected, MIN_SCALE_MV))


def test_a_wider_complex_has_a_larger_width() -> None:
    widths = [width_s(complex_mv(sigma_s)) for sigma_s in (0.010, 0.020, 0.030)]
    assert widths == sorted(widths)
    assert widths[0] < widths[-1]
    assert width_s(np.zeros((2, LENGTH))) == pytest.approx(1 / 125), "a flat beat"


def test_beats_of_one_shape_share_an_index_and_another_shape_gets_its_own() -> None:
    shapes = Shapes()
    first, similarity = shapes.assign(complex_mv())
    assert similarity == 0.0, "a new shape"
    for _ in range(10):
        again, similarity = shapes.assign(complex_mv(height_mv=1.1))
        assert again == first
        assert similarity > SAME_SHAPE_R
    other, _ = shapes.assign(complex_mv(sigma_s=0.04, phase=2.0))
    assert other != first
    assert np.argmax(shapes.weights) == first


def test_a_new_shape_replaces_the_rarest() -> None:
    shapes = Shapes()
    random = np.random.default_rng(5)
    for _ in range(N_SHAPES):
        beat = random.normal(size=(2, LENGTH))
        for _ in range(3):
            shapes.assign(beat)
    shapes.weights[7] = 0.5
    assert shapes.assign(random.normal(size=(2, LENGTH)))[0] == 7
    assert shapes.weights[7] == 1.0


@settings(max_examples=30)
@given(st.lists(st.tuples(st.floats(0.008, 0.04), st.floats(-3.0, 3.0), st.floats(-1.5, 1.5)), min_size=1, max_size=40))
def test_weights_and_prematurity_stay_within_those_of_the_beats(beats: list[tuple[float, float, float]]) -> None:
    shapes = Shapes()
    for sigma_s, phase, early in beats:
        shape, similarity = shapes.assign(complex_mv(sigma_s, phase=phase), early)
        assert shapes.weights[shape] >= 1.0
        assert similarity == 0.0 or similarity >= SAME_SHAPE_R
    assert 0 < shapes.weights.sum() <= len(beats)
    earliest, latest = min(early for *_, early in beats), max(early for *_, early in beats)
    assert ((shapes.prematurity >= min(0.0, earliest)) & (shapes.prematurity <= max(0.0, latest))).all()

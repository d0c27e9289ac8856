"""A beat against the patient's own beats: shape, width, P wave and amplitude, all of them finite."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.inputs import BEAT_FEATURES
from tests.support.drawn_beats import WIDE_S, Patient
from wardbeat.ecg.features import beats
from wardbeat.ecg.features.beat_shapes import MIN_SCALE_MV
from wardbeat.ecg.features.beat_state import new_beat_state
from wardbeat.ecg.qrs.state import RING_SAMPLES


def test_a_typical_beat_resembles_the_dominant_shape() -> None:
    typical = Patient().learn().beat()
    assert typical["present"] == 1
    assert typical["dominant_correlation_lead0"] > 0.999
    assert typical["dominant_distance"] < 0.01
    assert typical["qrs_width_over_dominant"] == pytest.approx(1)
    assert typical["log_amplitude_over_dominant"] == pytest.approx(0, abs=0.02)
    assert typical["p_correlation"] > 0.99
    assert typical["log_rr_prev_over_median8"] == pytest.approx(0, abs=1e-6)
    assert typical["rr_prev_s"] == pytest.approx(0.8)
    assert typical["quality"] == pytest.approx(0.9)


def test_a_wide_beat_is_wider_than_the_dominant_shape_and_differs_from_it() -> None:
    wide = Patient().learn().beat(0.5, sigma_s=WIDE_S, height_mv=1.6, p_mv=0)
    typical = Patient().learn().beat()
    assert wide["qrs_width_s"] > 1.5 * typical["qrs_width_s"]
    assert wide["qrs_width_over_dominant"] > 1.5
    assert wide["dominant_correlation_lead0"] < 0.9
    assert wide["dominant_distance"] > 0.1
    assert wide["log_amplitude_over_dominant"] > 0.2
    assert wide["p_residual"] > typical["p_residual"]


def test_a_beat_without_its_p_wave_has_a_low_p_correlation() -> None:
    patient = Patient().learn()
    assert patient.beat()["p_correlation"] > 0.9
    assert patient.beat(p_mv=0)["p_correlation"] < 0.5


def test_the_shape_of_most_beats_is_dominant() -> None:
    """Also if a wide beat follows each two of them; after a lasting change the new shape becomes dominant."""
    patient = Patient()
    for _ in range(30):
        patient.beat()
        patient.beat()
        patient.beat(sigma_s=WIDE_S)
    assert patient.beat()["dominant_correlation_lead0"] > 0.98
    for _ in range(300):
        patient.beat(sigma_s=WIDE_S)
    assert patient.beat(sigma_s=WIDE_S)["dominant_correlation_lead0"] > 0.98
    assert patient.beat()["qrs_width_over_dominant"] < 0.8


def test_the_amplitude_in_millivolts_does_not_change_the_features() -> None:
    large, small = Patient(), Patient()
    for _ in range(20):
        large_row, small_row = large.beat(height_mv=2.0, p_mv=0.24), small.beat(height_mv=0.5, p_mv=0.06)
    for name in BEAT_FEATURES:
        assert large_row[name] == pytest.approx(small_row[name], abs=2e-3), name
    np.testing.assert_allclose(large.waveform, small.waveform, atol=2e-3)
    np.testing.assert_allclose(beats.scale_mv(large.state), 4 * beats.scale_mv(small.state), rtol=1e-3)


def test_a_missing_lead_is_zero() -> None:
    patient = Patient(leads=np.array([1, -1])).learn()
    assert patient.beat(sigma_s=WIDE_S)["qrs_width_over_dominant"] > 1.5
    assert np.abs(patient.waveform[:, 0]).max() > 0.9
    assert not patient.waveform[:, [1, 3]].any()
    assert beats.scale_mv(patient.state)[1] == MIN_SCALE_MV


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1),
    scale_mv=st.sampled_from([0.0, 1e-6, 1.0, 1e5, 1e30]),
    intervals=st.lists(st.integers(1, 3000), min_size=1, max_size=60),
    leads=st.sampled_from([(0, 1), (1, 0), (0, -1), (1, 1)]),
)
def test_any_signal_gives_finite_features_within_bounds(
    seed: int, scale_mv: float, intervals: list[int], leads: tuple[int, int]
) -> None:
    rng = np.random.default_rng(seed)
    state = new_beat_state()
    ring = (rng.normal(size=(2, RING_SAMPLES)) * scale_mv * rng.choice([0, 1], size=(2, 1))).astype(np.float32)
    r = 0
    for interval in intervals:
        r += interval
        waveform = beats.measure(state, ring, np.array(leads), r, quality=float(rng.random()))
        assert np.isfinite(waveform).all()
        assert np.abs(waveform).max() <= 8
    assert np.isfinite(state.rows).all()
    assert np.abs(state.rows).max() <= 4
    assert np.isfinite(state.shapes).all()
    assert (state.weights >= 0).all()
    assert (beats.scale_mv(state) >= MIN_SCALE_MV).all()

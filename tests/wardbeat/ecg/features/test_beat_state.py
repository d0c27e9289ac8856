"""The state of a patient's beats: its sizes, the names of its columns and its accessors."""

import numpy as np

from models.inputs import BEAT_AFTER, BEAT_BEFORE, BEAT_FEATURES, BEAT_SEQUENCE, INPUT_SHAPES, NETWORK_FS_HZ
from tests.support.drawn_beats import Patient
from wardbeat.ecg.features import beat_state
from wardbeat.ecg.features.beat_state import RR_COUNT, new_beat_state


def test_sizes_and_columns_are_those_of_the_network_inputs() -> None:
    """``wardbeat`` must not import ``models``, so only this test keeps the two tables the same."""
    assert (beat_state.BEFORE, beat_state.AFTER, beat_state.FS_HZ) == (BEAT_BEFORE, BEAT_AFTER, NETWORK_FS_HZ)
    assert (BEAT_SEQUENCE, len(BEAT_FEATURES)) == (beat_state.SEQUENCE, beat_state.N_FEATURES)
    named = {
        beat_state.PRESENT: "present",
        beat_state.PREV_8: "log_rr_prev_over_median8",
        beat_state.PREV_32: "log_rr_prev_over_median32",
        beat_state.PREV_DOMINANT: "log_rr_prev_over_dominant_q75",
        beat_state.PREV_REFERENCE: "log_rr_prev_over_reference",
        beat_state.NEXT_32: "log_rr_next_over_median32",
        beat_state.NEXT_DOMINANT: "log_rr_next_over_dominant_q75",
        beat_state.PREV_BEFORE: "log_rr_prev_over_rr_before",
        beat_state.RR_PREV: "rr_prev_s",
        beat_state.RR_NEXT: "rr_next_s",
        beat_state.RANK: "rr_rank200",
        beat_state.CORRELATION_0: "dominant_correlation_lead0",
        beat_state.CORRELATION_1: "dominant_correlation_lead1",
        beat_state.DISTANCE: "dominant_distance",
        beat_state.WIDTH: "qrs_width_s",
        beat_state.WIDTH_RATIO: "qrs_width_over_dominant",
        beat_state.AMPLITUDE: "log_amplitude_over_dominant",
        beat_state.P_CORRELATION: "p_correlation",
        beat_state.P_RESIDUAL: "p_residual",
        beat_state.QUALITY: "quality",
        beat_state.PREV_LONG: "log_rr_prev_over_dominant_q90",
        beat_state.NEXT_LONG: "log_rr_next_over_dominant_q90",
        beat_state.LATE_P_CORRELATION: "late_p_correlation",
        beat_state.LATE_P_RESIDUAL: "late_p_residual",
        beat_state.BEFORE_RESIDUAL: "before_residual",
        beat_state.OWN_SHARE: "own_shape_share",
        beat_state.OWN_CORRELATION: "own_shape_correlation",
        beat_state.OWN_PREMATURITY: "own_shape_prematurity",
    }
    assert tuple(named[index] for index in range(beat_state.N_FEATURES)) == BEAT_FEATURES
    patient = Patient()
    patient.beat()
    assert patient.waveform.shape == INPUT_SHAPES["beat"]["waveform"]
    assert patient.state.rows.shape == INPUT_SHAPES["beat"]["context"]


def test_a_new_state_has_no_beat() -> None:
    state = new_beat_state()
    assert (state.last_r, state.numbers[RR_COUNT], state.dominant_rr_s) == (-1, 0, 0.0)
    assert not state.rows.any()
    assert not state.weights.any()


def test_the_accessors_follow_the_beats() -> None:
    patient = Patient().learn(20)
    assert patient.state.last_r == patient.r
    assert patient.state.numbers[RR_COUNT] == 19, "the first beat has no interval before it"
    assert abs(patient.state.dominant_rr_s - 0.8) < 1e-9
    patient.state.forget_last_r()
    assert patient.state.last_r == -1


def test_the_tuples_hold_the_arrays_of_their_names_without_a_copy() -> None:
    """The kernels change the state in place, so a copy or two swapped arrays would lose or mix state."""
    state = new_beat_state()
    shapes, history = state.shape_arrays, state.history_arrays
    assert shapes.means is state.shapes
    for name in ("late", "prematurity", "weights"):
        assert getattr(shapes, name) is getattr(state, name), name
    for name, array in history._asdict().items():
        assert array is getattr(state, name), name
    assert not any(np.shares_memory(a, b) for a in shapes for b in history)

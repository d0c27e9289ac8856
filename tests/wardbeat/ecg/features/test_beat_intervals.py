"""RR intervals against the intervals before them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.inputs import BEAT_FEATURES
from tests.support.drawn_beats import Patient
from wardbeat.ecg.features.beat_intervals import MAX_LOG_RATIO, log_ratio
from wardbeat.ecg.features.beat_shapes import SHAPE_DECAY
from wardbeat.ecg.features.beat_state import RR_COUNT, RR_MEMORY

positive = st.floats(1e-6, 1e6)


@given(positive, positive)
def test_the_log_ratio_is_clipped_and_changes_its_sign_with_the_order(value: float, base: float) -> None:
    expected = np.clip(np.log(value / base), -MAX_LOG_RATIO, MAX_LOG_RATIO)
    assert log_ratio(value, base) == pytest.approx(expected, abs=1e-12)
    assert log_ratio(base, value) == pytest.approx(-expected, abs=1e-12)


@pytest.mark.parametrize(("value", "base"), [(0.0, 1.0), (1.0, 0.0), (-1.0, 1.0), (1.0, -1.0)])
def test_the_log_ratio_of_nothing_is_zero(value: float, base: float) -> None:
    assert log_ratio(value, base) == 0.0


@pytest.mark.parametrize(("rr_s", "sign"), [(0.5, -1), (1.3, 1)])
def test_early_and_late_beats_have_the_sign_and_size_of_their_interval(rr_s: float, sign: int) -> None:
    patient = Patient().learn()
    before = patient.beat()
    beat = patient.beat(rr_s)
    for name in BEAT_FEATURES:
        if name.startswith("log_rr_prev"):
            assert beat[name] == pytest.approx(np.log(rr_s / 0.8), abs=0.01), name
    assert beat["rr_rank200"] == (0 if sign < 0 else 1)
    previous = dict(zip(BEAT_FEATURES, patient.state.rows[-2].tolist(), strict=True))
    assert before["rr_next_s"] == 0
    assert previous["rr_next_s"] == pytest.approx(rr_s, abs=0.003)
    assert np.sign(previous["log_rr_next_over_median32"]) == sign


def test_the_reference_interval_freezes_in_a_run_of_early_beats() -> None:
    """The medians follow a long run. The reference does not, so the beats of the run stay early against it."""
    patient = Patient().learn()
    for _ in range(40):
        beat = patient.beat(0.5)
    assert beat["log_rr_prev_over_median32"] == pytest.approx(0, abs=0.01)
    assert beat["log_rr_prev_over_reference"] == pytest.approx(np.log(0.5 / 0.8), abs=0.01)
    assert patient.beat(0.8)["log_rr_prev_over_reference"] == pytest.approx(0, abs=0.01)


def test_the_beat_after_a_gap_has_no_interval_before_it() -> None:
    patient = Patient().learn()
    patient.state.forget_last_r()
    beat = patient.beat(30.0)
    assert beat["rr_prev_s"] == 0
    assert beat["log_rr_prev_over_median8"] == 0
    assert patient.beat()["rr_prev_s"] == pytest.approx(0.8)


def test_more_beats_than_the_memory_holds_change_only_the_count() -> None:
    patient = Patient().learn(3 * RR_MEMORY)
    assert patient.beat()["log_rr_prev_over_dominant_q75"] == pytest.approx(0, abs=1e-6)
    assert patient.beat(0.6)["rr_rank200"] == 0
    assert patient.state.numbers[RR_COUNT] == 3 * RR_MEMORY + 1
    assert patient.state.weights.max() < 1 / (1 - SHAPE_DECAY) + 1

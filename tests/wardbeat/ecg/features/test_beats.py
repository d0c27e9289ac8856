"""What is measured of a beat: shapes, widths, earliness, and nothing that is not a number."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.inputs import BEAT_AFTER, BEAT_BEFORE, BEAT_FEATURES, BEAT_SEQUENCE, INPUT_SHAPES, NETWORK_FS_HZ
from wardbeat.ecg.features import beats
from wardbeat.ecg.filters import DISPLAY_DELAY
from wardbeat.ecg.qrs.state import RING_SAMPLES

BOTH_LEADS = np.array([0, 1])
NARROW_S, WIDE_S = 0.011, 0.030


class Patient:
    """Beats of given shapes drawn into a ring where the detector would have put them, and measured one by one."""

    def __init__(self, leads: NDArray[np.int64] = BOTH_LEADS) -> None:
        self.state = beats.new_beat_state()
        self.leads = leads
        self.r = 0

    def beat(
        self, rr_s: float = 0.8, *, sigma_s: float = NARROW_S, height_mv: float = 1.0, p_mv: float = 0.12
    ) -> dict[str, float]:
        """The features of the next beat."""
        self.r += round(rr_s * 250)
        t_s = (np.arange(self.r - 300, self.r + 300) - self.r) / 250
        wave = height_mv * np.exp(-0.5 * (t_s / sigma_s) ** 2) + p_mv * np.exp(-0.5 * ((t_s + 0.16) / 0.022) ** 2)
        ring = np.zeros((2, RING_SAMPLES), dtype=np.float32)
        ring[:, (np.arange(self.r - 300, self.r + 300) + DISPLAY_DELAY) % RING_SAMPLES] = np.stack([wave, 0.8 * wave])
        self.waveform = beats.measure(self.state, ring, self.leads, self.r, quality=0.9)
        return dict(zip(BEAT_FEATURES, self.state.rows[-1].tolist(), strict=True))

    def learn(self, n: int = 40) -> "Patient":
        for _ in range(n):
            self.beat()
        return self


def test_its_figures_are_those_of_the_network_inputs() -> None:
    """The packages may not import each other in this direction, so that only a test can hold them together."""
    assert (beats.BEFORE, beats.AFTER, beats.FS_HZ) == (BEAT_BEFORE, BEAT_AFTER, NETWORK_FS_HZ)
    assert (BEAT_SEQUENCE, len(BEAT_FEATURES)) == (beats.SEQUENCE, beats.FEATURES)
    named = {
        beats.PRESENT: "present",
        beats.PREV_8: "log_rr_prev_over_median8",
        beats.PREV_32: "log_rr_prev_over_median32",
        beats.PREV_DOMINANT: "log_rr_prev_over_dominant_q75",
        beats.PREV_REFERENCE: "log_rr_prev_over_reference",
        beats.NEXT_32: "log_rr_next_over_median32",
        beats.NEXT_DOMINANT: "log_rr_next_over_dominant_q75",
        beats.PREV_BEFORE: "log_rr_prev_over_rr_before",
        beats.RR_PREV: "rr_prev_s",
        beats.RR_NEXT: "rr_next_s",
        beats.RANK: "rr_rank200",
        beats.CORRELATION_0: "dominant_correlation_lead0",
        beats.CORRELATION_1: "dominant_correlation_lead1",
        beats.DISTANCE: "dominant_distance",
        beats.WIDTH: "qrs_width_s",
        beats.WIDTH_RATIO: "qrs_width_over_dominant",
        beats.AMPLITUDE: "log_amplitude_over_dominant",
        beats.P_CORRELATION: "p_correlation",
        beats.P_RESIDUAL: "p_residual",
        beats.QUALITY: "quality",
        beats.PREV_LONG: "log_rr_prev_over_dominant_q90",
        beats.NEXT_LONG: "log_rr_next_over_dominant_q90",
        beats.LATE_P_CORRELATION: "late_p_correlation",
        beats.LATE_P_RESIDUAL: "late_p_residual",
        beats.BEFORE_RESIDUAL: "before_residual",
        beats.OWN_SHARE: "own_shape_share",
        beats.OWN_CORRELATION: "own_shape_correlation",
        beats.OWN_PREMATURITY: "own_shape_prematurity",
    }
    assert tuple(named[index] for index in range(beats.FEATURES)) == BEAT_FEATURES
    patient = Patient()
    patient.beat()
    assert patient.waveform.shape == INPUT_SHAPES["beat"]["waveform"]
    assert patient.state.rows.shape == INPUT_SHAPES["beat"]["context"]


def test_a_usual_beat_is_like_the_dominant_one() -> None:
    usual = Patient().learn().beat()
    assert usual["present"] == 1
    assert usual["dominant_correlation_lead0"] > 0.999
    assert usual["dominant_distance"] < 0.01
    assert usual["qrs_width_over_dominant"] == pytest.approx(1)
    assert usual["log_amplitude_over_dominant"] == pytest.approx(0, abs=0.02)
    assert usual["p_correlation"] > 0.99
    assert usual["log_rr_prev_over_median8"] == pytest.approx(0, abs=1e-6)
    assert usual["rr_prev_s"] == pytest.approx(0.8)
    assert usual["quality"] == pytest.approx(0.9)


def test_a_wide_beat_is_wider_and_unlike_the_dominant_one() -> None:
    wide = Patient().learn().beat(0.5, sigma_s=WIDE_S, height_mv=1.6, p_mv=0)
    usual = Patient().learn().beat()
    assert wide["qrs_width_s"] > 1.5 * usual["qrs_width_s"]
    assert wide["qrs_width_over_dominant"] > 1.5
    assert wide["dominant_correlation_lead0"] < 0.9
    assert wide["dominant_distance"] > 0.1
    assert wide["log_amplitude_over_dominant"] > 0.2
    assert wide["p_residual"] > usual["p_residual"]


def test_a_beat_without_its_p_wave_shows() -> None:
    patient = Patient().learn()
    assert patient.beat()["p_correlation"] > 0.9
    assert patient.beat(p_mv=0)["p_correlation"] < 0.5


@pytest.mark.parametrize(("rr_s", "sign"), [(0.5, -1), (1.3, 1)])
def test_early_and_late_beats_have_the_sign_of_it(rr_s: float, sign: int) -> None:
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
    """The medians follow a long run; the reference does not, and its beats still look early."""
    patient = Patient().learn()
    for _ in range(40):
        beat = patient.beat(0.5)
    assert beat["log_rr_prev_over_median32"] == pytest.approx(0, abs=0.01)
    assert beat["log_rr_prev_over_reference"] == pytest.approx(np.log(0.5 / 0.8), abs=0.01)
    assert patient.beat(0.8)["log_rr_prev_over_reference"] == pytest.approx(0, abs=0.01)


def test_the_shape_of_most_beats_is_the_dominant_one() -> None:
    """Even when a wide beat comes after each two of them, and once it changes for good, the new one is."""
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


def test_amplitude_in_millivolts_does_not_show() -> None:
    loud, soft = Patient(), Patient()
    for _ in range(20):
        of_loud, of_soft = loud.beat(height_mv=2.0, p_mv=0.24), soft.beat(height_mv=0.5, p_mv=0.06)
    for name in BEAT_FEATURES:
        assert of_loud[name] == pytest.approx(of_soft[name], abs=2e-3), name
    np.testing.assert_allclose(loud.waveform, soft.waveform, atol=2e-3)
    np.testing.assert_allclose(beats.scale_mv(loud.state), 4 * beats.scale_mv(soft.state), rtol=1e-3)


def test_a_missing_lead_is_zero() -> None:
    patient = Patient(leads=np.array([1, -1])).learn()
    assert patient.beat(sigma_s=WIDE_S)["qrs_width_over_dominant"] > 1.5
    assert np.abs(patient.waveform[:, 0]).max() > 0.9
    assert not patient.waveform[:, [1, 3]].any()
    assert beats.scale_mv(patient.state)[1] == beats.MINIMUM_SCALE_MV


def test_no_interval_is_known_after_a_gap() -> None:
    patient = Patient().learn()
    patient.state.numbers[4] = -1
    beat = patient.beat(30.0)
    assert beat["rr_prev_s"] == 0
    assert beat["log_rr_prev_over_median8"] == 0
    assert patient.beat()["rr_prev_s"] == pytest.approx(0.8)


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
    state = beats.new_beat_state()
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
    assert (beats.scale_mv(state) >= beats.MINIMUM_SCALE_MV).all()


def test_more_beats_than_any_memory_change_nothing_but_the_count() -> None:
    patient = Patient().learn(3 * beats.RR_MEMORY)
    assert patient.beat()["log_rr_prev_over_dominant_q75"] == pytest.approx(0, abs=1e-6)
    assert patient.beat(0.6)["rr_rank200"] == 0
    assert patient.state.numbers[0] == 3 * beats.RR_MEMORY + 1
    assert patient.state.weights.max() < 1 / (1 - beats.SHAPE_DECAY) + 1

"""Uncertainty, similarity, activity and noise of synthetic signals and given probabilities."""

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.support.qrs_scoring import detect, new_detector
from wardbeat.ecg.features.beat_state import OWN_CORRELATION, PRESENT, new_beat_state
from wardbeat.ecg.features.quality import Quality, assess
from wardbeat.ecg.qrs.network import PROBABILITY_RING
from wardbeat.ecg.synthetic import Rhythm, synthetic_record

FS = 250


def quality_of(p_signal: NDArray[np.float64]) -> Quality:
    """The quality at the end of a signal in mV at 250 Hz."""
    state = new_detector(len(p_signal))
    detect(state, np.nan_to_num(p_signal), np.isfinite(p_signal).astype(np.uint8))
    return assess(state.network_p, new_beat_state(), state.signal, state.valid, p_signal.shape[1])


def doubt_of(heights: list[float]) -> float:
    """The uncertainty of peaks of the probability, 0.5 s apart."""
    network_p = np.zeros(PROBABILITY_RING, dtype=np.float32)
    for index, height in enumerate(heights):
        network_p[20 + 25 * index - 2 : 20 + 25 * index + 3] = [
            0.5 * height,
            0.9 * height,
            height,
            0.9 * height,
            0.5 * height,
        ]
    return assess(
        network_p, new_beat_state(), np.zeros((1, 3750), np.float32), np.ones((1, 3750), np.uint8), 6 * FS
    ).qrs_uncertainty


def test_uncertainty_is_the_distance_of_the_peaks_from_zero_or_one() -> None:
    assert doubt_of([]) == 0
    assert doubt_of([1.0] * 10) == pytest.approx(0, abs=0.01)
    assert doubt_of([0.75] * 10) == pytest.approx(0.5, abs=0.06)
    assert doubt_of([0.5001] * 10) == pytest.approx(1, abs=0.11)
    assert doubt_of([1.0, 0.4] * 5) == pytest.approx(0.8, abs=0.1), "peaks between the beats"
    assert doubt_of([0.02] * 10) == 0, "not even considered"


@pytest.mark.parametrize("rhythm", ["sinus", "pvc", "bigeminy", "vt", "af", "brady", "tachy", "asystole"])
def test_a_clean_signal_has_little_uncertainty(rhythm: Rhythm) -> None:
    assert quality_of(synthetic_record(rhythm, 20, seed=3).p_signal).qrs_uncertainty < 0.2


def test_similarity_is_the_mean_over_the_last_seconds() -> None:
    beats = new_beat_state()
    signal, network_p = np.zeros((1, 3750), dtype=np.float32), np.zeros(PROBABILITY_RING, dtype=np.float32)
    valid = np.ones((1, 3750), dtype=np.uint8)
    beats.rows[-8:, PRESENT] = 1.0
    beats.rows[-8:, OWN_CORRELATION] = [0.0, 0.0, 0.0, 0.9, 1.0, 0.8, 0.9, 0.9]
    beats.r_peaks[-8:] = np.arange(8) * FS + 3 * FS
    assert assess(network_p, beats, signal, valid, 11 * FS).beat_similarity == pytest.approx(0.9)
    assert assess(network_p, beats, signal, valid, 14 * FS).beat_similarity == 0.0, "two beats are too few"


def test_activity_is_large_only_for_constant_movement() -> None:
    t_s = np.arange(10 * FS) / FS
    noise = np.random.default_rng(0).normal(0, 0.01, (2, len(t_s)))
    p_waves = 0.15 * np.exp(-0.5 * (((t_s % 0.7) - 0.35) / 0.03) ** 2)
    fibrillation = 0.25 * np.sin(2 * np.pi * 5 * t_s)
    signal = np.stack([p_waves, fibrillation]) + noise
    assert quality_of(noise).activity_mv == pytest.approx([0.02, 0.02], abs=0.01)
    assert quality_of(signal).activity_mv == pytest.approx([0.04, 0.5], abs=0.04)


@pytest.mark.parametrize("hz", [50.0, 60.0])
def test_noise_is_reported_for_its_lead_and_an_ecg_is_no_noise(hz: float) -> None:
    record = synthetic_record("vt", 10)
    t_s = np.arange(10 * FS) / FS
    signal = record.p_signal.copy()
    assert quality_of(signal).high_frequency_noise == [False, False]
    signal[1] = 0.7 * np.sin(2 * np.pi * hz * t_s)
    assert quality_of(signal).high_frequency_noise == [False, True]

"""Measures of the signal: synthetic rhythms have the expected values, for any gain, polarity and electrodes."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from wardbeat.ecg.features.ventricular import MIN_SD_MV, SIGNAL_FEATURES, WINDOW_SAMPLES, signal_features

T_S = np.arange(WINDOW_SAMPLES) / 250
LEADS = np.array([0, 1])


def flutter(hz: float = 4.0) -> NDArray[np.float32]:
    """Two leads of a sine."""
    return np.stack([np.sin(2 * np.pi * hz * T_S), 0.5 * np.sin(2 * np.pi * hz * T_S + 0.3)]).astype(np.float32)


def sinus(bpm: float = 75) -> NDArray[np.float32]:
    """Two leads of narrow complexes on a quiet line."""
    since = (T_S + 0.3) % (60 / bpm)
    lead = np.exp(-(((since - 0.2) / 0.015) ** 2)) + 0.2 * np.exp(-(((since - 0.45) / 0.06) ** 2))
    return np.stack([lead, -0.4 * lead]).astype(np.float32)


def features(
    signal: NDArray[np.floating[Any]], valid: NDArray[np.uint8] | None = None, end: int = WINDOW_SAMPLES
) -> dict[str, float]:
    valid = np.ones(signal.shape, np.uint8) if valid is None else valid
    found = signal_features(np.ascontiguousarray(signal, np.float32), valid, LEADS, end)
    return dict(zip(SIGNAL_FEATURES, found.tolist(), strict=True))


def test_flutter_is_a_sine_that_repeats_itself_and_sinus_rhythm_is_quiet_between_its_beats() -> None:
    fast, slow = features(flutter()), features(sinus())
    assert fast["largest_leakage"] < 0.1
    assert slow["least_leakage"] > 0.5
    assert fast["least_self_correlation"] > 0.95
    assert 4.0 * fast["least_self_correlation_lag_s"] % 1 == pytest.approx(0, abs=0.05)
    assert fast["least_peak_hz"] == 4.0
    assert fast["largest_kurtosis"] < 2
    assert slow["least_kurtosis"] > 8
    assert slow["least_self_correlation_lag_s"] == pytest.approx(0.8, abs=0.02)
    assert fast["largest_quiet_share"] < 0.1
    assert slow["least_quiet_share"] > 0.5


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.5, 2.0, -1.0, -3.0]))
def test_gain_and_polarity_change_the_amplitude_alone(seed: int, gain: float) -> None:
    signal = np.random.default_rng(seed).normal(0, 0.3, (2, WINDOW_SAMPLES)).cumsum(axis=1)
    plain, changed = features(signal), features(gain * signal)
    for name, value in plain.items():
        shift = np.log(abs(gain)) if name.endswith("log_sd_mv") else 0.0
        assert changed[name] == pytest.approx(value + shift, rel=2e-2, abs=2e-3), name


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_order_of_leads_and_the_place_in_the_ring_change_no_measure(seed: int) -> None:
    signal = np.random.default_rng(seed).normal(0, 0.3, (2, WINDOW_SAMPLES)).cumsum(axis=1)
    ring = np.roll(np.pad(signal, ((0, 0), (0, 2750))), 3000, axis=1)
    plain = features(signal)
    assert features(signal[::-1]) == pytest.approx(plain, rel=1e-4, abs=1e-5)
    assert features(ring, end=4000) == pytest.approx(plain, rel=1e-4, abs=1e-5)


def test_a_lead_without_signal_is_left_out_and_two_give_zeros() -> None:
    dead = flutter()
    dead[1] = np.random.default_rng(0).normal(0, MIN_SD_MV / 2, WINDOW_SAMPLES)
    one = features(dead)
    assert one["usable_leads"] == 1
    assert one["least_leakage"] == one["largest_leakage"] < 0.1
    invalid = np.ones((2, WINDOW_SAMPLES), np.uint8)
    invalid[:, : WINDOW_SAMPLES // 2] = 0
    assert set(features(flutter(), invalid).values()) == {0.0}
    assert set(features(0.001 * sinus()).values()) == {0.0}
    assert set(features(flutter(), end=WINDOW_SAMPLES - 1).values()) == {0.0}

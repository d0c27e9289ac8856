"""Resampling: no delay, no drift, no step at a gap, and no effect of chunk borders."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from wardbeat.ecg.resample import length_so_far, lookahead_samples, new_resampler, resample, to_native

RATES_HZ = [100, 125, 128, 200, 250, 256, 257, 333, 360, 500, 977, 1000]
ANY_RATE_HZ = st.sampled_from(RATES_HZ) | st.integers(100, 1000) | st.floats(100, 1000)


def resample_whole(fs: float, p_signal: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    return resample(new_resampler(fs, len(p_signal)), p_signal)


def sine_mv(t_s: NDArray[np.float64], hz: float) -> NDArray[np.float64]:
    return np.sin(2 * np.pi * hz * t_s)


@settings(max_examples=40)
@given(fs=ANY_RATE_HZ, seed=st.integers(0, 2**32 - 1))
def test_chunk_borders_do_not_change_the_output(fs: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    p_signal = rng.normal(size=(2, 700)).cumsum(axis=1)
    p_signal[rng.random((2, 700)) < 0.02] = np.nan
    expected, expected_valid = resample_whole(fs, p_signal)
    state = new_resampler(fs, 2)
    borders = [0, *sorted(rng.integers(0, 701, size=12)), 700]
    parts = [resample(state, p_signal[:, a:b]) for a, b in pairwise(borders)]
    np.testing.assert_array_equal(np.concatenate([signal for signal, _ in parts], axis=1), expected)
    np.testing.assert_array_equal(np.concatenate([valid for _, valid in parts], axis=1), expected_valid)


@pytest.mark.parametrize("fs", RATES_HZ)
@pytest.mark.parametrize("hz", [1.0, 10.0, 30.0])
def test_a_sine_has_no_delay(fs: float, hz: float) -> None:
    signal, valid = resample_whole(fs, sine_mv(np.arange(3 * fs) / fs, hz)[None])
    k = np.arange(signal.shape[1])
    settled = k[100:]
    np.testing.assert_allclose(signal[0, settled], sine_mv(settled / 250, hz), atol=0.01)
    assert valid.all()


@pytest.mark.parametrize("fs", [360, 500, 1000])
def test_frequencies_above_half_of_250_hz_are_removed(fs: float) -> None:
    hz = 0.45 * fs
    signal, _ = resample_whole(fs, sine_mv(np.arange(3 * fs) / fs, hz)[None])
    assert np.abs(signal[0, 100:]).max() < 0.05


@given(fs=ANY_RATE_HZ, k=st.integers(0, 250 * 86_400 * 14))
def test_indices_map_without_drift(fs: float, k: int) -> None:
    state = new_resampler(fs, 1)
    position = k * state.step / state.phases
    assert abs(to_native(state, k) - position) <= 0.5
    assert position / fs == pytest.approx(k / 250, rel=5e-4)
    if fs == round(fs):
        assert state.step * 250 == fs * state.phases, "a whole rate is exact"


@pytest.mark.parametrize("fs", RATES_HZ)
def test_an_impulse_is_at_the_mapped_sample(fs: float) -> None:
    state = new_resampler(fs, 1)
    k = 3 * state.phases  # a 250 Hz sample that stands on a native one
    native = to_native(state, k)
    p_signal = np.zeros((1, native + 200))
    p_signal[0, native] = 1.0
    signal, _ = resample(state, p_signal)
    assert int(np.argmax(signal[0])) == k


@given(fs=ANY_RATE_HZ, n=st.integers(0, 2000))
def test_all_samples_before_the_look_ahead_are_in_the_output(fs: float, n: int) -> None:
    state = new_resampler(fs, 1)
    signal, _ = resample(state, np.zeros((1, n)))
    waits = lookahead_samples(state) * state.phases / state.step
    assert length_so_far(state) - waits - 1 <= signal.shape[1] <= length_so_far(state)
    assert lookahead_samples(state) / fs <= 0.081


@settings(max_examples=40)
@given(fs=st.sampled_from(RATES_HZ), offset_mv=st.floats(-300, 300), gap=st.integers(1, 500))
def test_a_gap_leaves_no_step(fs: int, offset_mv: float, gap: int) -> None:
    before, after = sine_mv(np.arange(fs) / fs, 1.0), sine_mv(np.arange(fs) / fs, 1.0) + offset_mv
    signal, valid = resample_whole(fs, np.concatenate([before, np.full(gap, np.nan), after])[None])
    assert np.abs(np.diff(signal[0])).max() < 0.05
    position = np.arange(signal.shape[1]) * fs / 250
    invalid = (np.ceil(position) >= fs) & (np.floor(position) < fs + gap)
    np.testing.assert_array_equal(valid[0], ~invalid)


def test_validity_is_per_lead_and_a_lead_without_signal_stays_flat() -> None:
    p_signal = np.stack([np.full(900, np.nan), sine_mv(np.arange(900) / 360, 5.0)])
    signal, valid = resample_whole(360, p_signal)
    assert not valid[0].any()
    assert not signal[0].any()
    assert valid[1].all()


def test_the_output_is_the_same_after_eight_weeks() -> None:
    p_signal = sine_mv(np.arange(3600) / 360, 3.0)[None]
    late = new_resampler(360, 1)
    late.position[:] = np.array([36, 25]) * 48_384_000  # whole turns of its ring
    np.testing.assert_array_equal(resample(late, p_signal)[0], resample_whole(360, p_signal)[0])


@settings(max_examples=30)
@given(st.lists(st.floats(-1e5, 1e5) | st.just(float("nan")), min_size=1, max_size=300))
def test_any_signal_gives_finite_samples(values: list[float]) -> None:
    signal, valid = resample_whole(300, np.array([values]))
    assert np.isfinite(signal).all()
    assert set(np.unique(valid)) <= {0, 1}

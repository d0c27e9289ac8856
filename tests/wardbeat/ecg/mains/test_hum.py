"""Hum is found and removed, at any rate, without an echo and without ringing; a clean signal stays as it is."""

from copy import deepcopy
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.signal import iirnotch, lfilter

from wardbeat.ecg.mains.hum import new_mains, remove_hum, removed_hz
from wardbeat.ecg.synthetic import RHYTHMS, Rhythm, synthetic_record

RATES_HZ = [100, 128, 200, 250, 257, 300, 360, 500, 1000]
Signal = NDArray[np.float64]


def ecg_mv(duration_s: float, fs: float, rhythm: Rhythm = "sinus") -> Signal:
    """Two leads without the trace of hum that the synthetic records have."""
    p_signal = synthetic_record(rhythm, duration_s, fs=fs, seed=3).p_signal
    t_s = np.arange(p_signal.shape[1]) / fs
    return np.asarray(p_signal - 0.004 * np.sin(2 * np.pi * 50 * t_s))


def hum_mv(n: int, fs: float, hz: float, amplitude_mv: float) -> Signal:
    """Hum of different sizes and phases in two leads."""
    phase = 2 * np.pi * hz * np.arange(n) / fs
    return amplitude_mv * np.array([np.sin(phase), 0.4 * np.sin(phase + 2.0)])


def without_hum(p_signal: Signal, fs: float) -> Signal:
    return remove_hum(new_mains(fs, len(p_signal)), p_signal)


def rms(errors: Signal) -> float:
    return float(np.sqrt(np.mean(errors**2)))


@pytest.mark.parametrize("fs", [128, 250, 360])
@pytest.mark.parametrize("rhythm", RHYTHMS)
def test_a_signal_without_hum_stays_as_it_is_to_the_bit(rhythm: Rhythm, fs: float) -> None:
    p_signal = synthetic_record(rhythm, 30, fs=fs, seed=5).p_signal
    np.testing.assert_array_equal(without_hum(p_signal, fs), p_signal)


@pytest.mark.parametrize("fs", RATES_HZ)
@pytest.mark.parametrize("hz", [50.0, 60.0])
@pytest.mark.parametrize("amplitude_mv", [0.1, 0.5, 2.0])
def test_after_half_a_second_a_fiftieth_of_the_hum_is_left_at_the_most(
    fs: float, hz: float, amplitude_mv: float
) -> None:
    if hz >= 0.5 * fs:
        pytest.skip("the source can't show it")
    clean = ecg_mv(20, fs)
    hum = hum_mv(clean.shape[1], fs, hz, amplitude_mv)
    error = without_hum(clean + hum, fs) - clean
    assert rms(error[:, round(1.5 * fs) :]) < 0.005 + 0.01 * amplitude_mv
    assert np.abs(error[:, round(1.5 * fs) :]).max() < 0.02 + 0.04 * amplitude_mv


@pytest.mark.parametrize("rhythm", ["vf", "vt", "asystole", "af", "tachy", "bigeminy"])
@pytest.mark.parametrize("hz", [49.5, 50.0, 60.0, 60.5])
def test_hum_is_removed_from_every_rhythm_and_half_a_hertz_beside_its_frequency(rhythm: Rhythm, hz: float) -> None:
    clean = ecg_mv(20, 250, rhythm)
    state = new_mains(250, 2)
    error = remove_hum(state, clean + hum_mv(clean.shape[1], 250, hz, 0.5)) - clean
    assert rms(error[:, 500:]) < 0.01
    assert removed_hz(state) == pytest.approx(hz, abs=0.1)


def test_hum_that_begins_and_stops_is_gone_after_a_third_of_a_second_and_has_no_echo() -> None:
    clean = ecg_mv(20, 250)
    on = np.zeros(clean.shape[1])
    on[1500:3000] = 1.0
    error = np.abs(without_hum(clean + on * hum_mv(len(on), 250, 50.0, 0.5), 250) - clean)
    np.testing.assert_array_equal(error[:, :1500], 0.0)
    assert error[:, 1500 + 60 : 3000].max() < 0.02
    assert error[:, 3000 + 30 : 3000 + 80].max() < 0.1, "within 0.12 s"
    assert error[:, 3000 + 80 :].max() < 0.02
    assert error[:, -500:].max() == 0.0, "removal has ended"


@pytest.mark.parametrize("hz", [(50.0, 60.0), (60.0, 50.0), (49.0, 51.0)])
def test_another_frequency_without_a_pause_is_found_within_five_seconds(hz: tuple[float, float]) -> None:
    clean = ecg_mv(40, 250)
    n = clean.shape[1]
    before, after = (hum_mv(n, 250, one, 0.5) for one in hz)
    hum = np.where(np.arange(n) < n // 2, before, after)
    state = new_mains(250, 2)
    error = remove_hum(state, clean + hum) - clean
    assert removed_hz(state) == pytest.approx(hz[1], abs=0.1)
    assert rms(error[:, 500 : n // 2]) < 0.01
    assert rms(error[:, n // 2 + 1250 :]) < 0.01


def test_the_cosine_of_hum_at_half_the_rate_is_removed() -> None:
    clean = ecg_mv(20, 100)
    hum = 0.3 * np.cos(np.pi * np.arange(clean.shape[1]))
    assert rms((without_hum(clean + hum, 100) - clean)[:, 200:]) < 0.01


def test_drifting_amplitude_and_phase_are_followed() -> None:
    clean = ecg_mv(30, 250)
    t_s = np.arange(clean.shape[1]) / 250
    phase = 2 * np.pi * 50 * t_s + 0.8 * np.sin(2 * np.pi * 0.2 * t_s)
    hum = 0.5 * (1 + 0.5 * np.sin(2 * np.pi * 0.25 * t_s)) * np.sin(phase)
    assert rms((without_hum(clean + hum, 250) - clean)[:, 500:]) < 0.03


@pytest.mark.parametrize("harmonics", [{2: 0.3}, {3: 0.4}, {2: 0.2, 3: 0.3, 5: 0.2}])
def test_harmonics_do_not_disturb_the_measurement(harmonics: dict[int, float]) -> None:
    """The second one is removed too; the low-pass of the signal path removes the others."""
    fs = 1000
    clean = ecg_mv(15, fs)
    t_s = np.arange(clean.shape[1]) / fs
    over = {n: 0.5 * share * np.sin(2 * np.pi * 50 * n * t_s + n) for n, share in harmonics.items()}
    signal = clean + 0.5 * np.sin(2 * np.pi * 50 * t_s) + sum(over.values())
    kept = sum(sine for n, sine in over.items() if n > 2)
    assert rms((without_hum(signal, fs) - clean - kept)[:, 2 * fs :]) < 0.01


def test_a_qrs_complex_does_not_ring() -> None:
    """A narrow QRS complex of 2 mV in 0.5 mV of hum: it leaves 6 % of the ringing of a notch filter of 1.7 Hz."""
    fs, n = 250, 5000
    t_s = np.arange(n) / fs
    qrs = 2.0 * np.maximum(0.0, 1.0 - np.abs((t_s + 0.4) % 0.8 - 0.4) / 0.012)
    hum = 0.5 * np.sin(2 * np.pi * 50 * t_s)
    since_s = (t_s - 0.02) % 0.8
    after = (since_s > 0.0) & (since_s < 0.3) & (t_s > 4.0)
    notched = lfilter(*iirnotch(50.0, 30.0, fs), qrs + hum)
    ours = (without_hum((qrs + hum)[None], fs)[0] - qrs)[after]
    assert np.abs((notched - qrs)[after]).max() > 0.06
    assert np.abs(ours).max() < 0.006


def test_each_lead_has_its_own_hum_and_a_lead_without_any_stays_clean() -> None:
    clean = ecg_mv(20, 250)
    hum = hum_mv(clean.shape[1], 250, 60.0, 0.5)
    hum[1] = 0.0
    error = np.abs(without_hum(clean + hum, 250) - clean)[:, 250:]
    assert error[0].max() < 0.03
    assert error[1].max() < 0.02


@pytest.mark.parametrize("gap_s", [0.004, 0.05, 0.5, 8.0])
def test_invalid_samples_stay_invalid_and_hum_is_gone_soon_after_them(gap_s: float) -> None:
    clean = ecg_mv(30, 250)
    begin, end = 2500, 2500 + round(gap_s * 250)
    signal = clean + hum_mv(clean.shape[1], 250, 50.0, 0.5)
    signal[:, begin:end] = np.nan
    cleaned = without_hum(signal, 250)
    np.testing.assert_array_equal(np.isnan(cleaned), np.isnan(signal))
    assert np.abs(cleaned - clean)[:, end + 50 :].max() < 0.03
    if gap_s <= 0.05:
        assert np.abs(cleaned - clean)[:, end:].max() < 0.03, "hum goes on in a short gap"


def test_a_rail_stays_flat_and_hum_is_gone_soon_after_it() -> None:
    clean = ecg_mv(30, 250)
    signal = clean + hum_mv(clean.shape[1], 250, 50.0, 0.5)
    signal[:, 2500:5000] = 5.0
    cleaned = without_hum(signal, 250)
    np.testing.assert_array_equal(cleaned[:, 2530:5000], 5.0)
    assert np.abs(cleaned - clean)[:, 5050:].max() < 0.03


def test_muscle_noise_and_tones_beside_the_mains_are_no_hum() -> None:
    n = 15_000
    tones = [0.3 * np.sin(2 * np.pi * hz * np.arange(n) / 250) for hz in (30.0, 40.0, 47.0, 55.0, 70.0)]
    noise = np.random.default_rng(2).normal(0.0, 0.2, (4, n))
    for signal in (*(tone[None] for tone in tones), noise):
        np.testing.assert_array_equal(without_hum(signal, 250), signal)


@settings(max_examples=40, deadline=None)
@given(fs=st.sampled_from(RATES_HZ) | st.floats(100, 1000), seed=st.integers(0, 2**32 - 1))
def test_chunk_borders_and_snapshots_do_not_change_the_output(fs: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = round(4 * fs)
    signal = rng.normal(0.0, 0.02, (2, n)).cumsum(axis=1) + hum_mv(n, fs, rng.choice([50.0, 60.3]), 0.5)
    signal[rng.random((2, n)) < 0.002] = np.nan
    expected = without_hum(signal, fs)
    state = new_mains(fs, 2)
    borders = [0, *sorted(rng.integers(0, n + 1, size=12)), n]
    parts = []
    for begin, end in pairwise(borders):
        parts.append(remove_hum(state, signal[:, begin:end]))
        state = deepcopy(state)  # by its fields, as a snapshot does
    np.testing.assert_array_equal(np.concatenate(parts, axis=1), expected)


def test_below_100_hz_nothing_is_removed() -> None:
    signal = ecg_mv(5, 90)
    assert without_hum(signal, 90) is signal

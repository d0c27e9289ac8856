"""The shape of an ECG is told from that of other signals."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import signal as filters

from wardbeat.ecg.io.excerpts import excerpts_folder
from wardbeat.ecg.io.records import find_records, open_record, read_mv
from wardbeat.ecg.selection.shape import STRETCH_S, STRETCHES, has_ecg_shape, shape_of, stretch_starts
from wardbeat.ecg.synthetic import Rhythm, synthetic_record

FS_HZ = 200.0
T_S = np.arange(int(60 * FS_HZ)) / FS_HZ
RANDOM = np.random.default_rng(7)
Signal = NDArray[np.float64]


def passed(signal: Signal, fs_hz: float = FS_HZ) -> bool:
    return has_ecg_shape(lambda start, stop: signal[start:stop], len(signal), fs_hz)


def coloured(exponent: float) -> Signal:
    """Noise with a power of 1 / frequency ** exponent above 0.5 Hz, and a standard deviation of 1."""
    spectrum = np.fft.rfft(RANDOM.standard_normal(T_S.size))
    frequency = np.fft.rfftfreq(T_S.size, 1 / FS_HZ)
    spectrum *= np.where(frequency < 0.5, 0, np.maximum(frequency, 0.5) ** (-exponent / 2))
    noise: Signal = np.fft.irfft(spectrum, T_S.size)
    noise /= noise.std()
    return noise


def bursts(hz: float, every_s: float, width_s: float) -> Signal:
    """Sleep spindles, and the like."""
    signal: Signal = np.sin(2 * np.pi * hz * T_S) * np.exp(-((((T_S % every_s) - every_s / 2) / width_s) ** 2))
    return signal


def eeg() -> Signal:
    alpha: Signal = 0.03 * np.sin(2 * np.pi * 10 * T_S) * (1 + np.sin(2 * np.pi * 0.2 * T_S))
    return alpha + 0.02 * coloured(1.5)


def eeg_with_spindles() -> Signal:
    return 0.03 * coloured(2.0) + 0.04 * bursts(13, 4, 0.4)


def blinks() -> Signal:
    at_s = np.cumsum(RANDOM.uniform(1, 4, 30))
    lids: Signal = 0.2 * np.exp(-(((T_S[:, None] - at_s) / 0.08) ** 2)).sum(axis=1)
    return lids + 0.005 * coloured(1.0)


def muscle() -> Signal:
    return 0.1 * filters.lfilter(*filters.butter(2, 20, "highpass", fs=FS_HZ), coloured(0.0))


def respiration() -> Signal:
    return np.sin(2 * np.pi * 0.25 * T_S) + 0.01 * coloured(0.0)


def pleth() -> Signal:
    phase = (T_S * 75 / 60) % 1
    return np.exp(-(((phase - 0.2) / 0.09) ** 2)) + 0.4 * np.exp(-(((phase - 0.5) / 0.1) ** 2))


def arterial_pressure() -> Signal:
    phase = (T_S * 75 / 60) % 1
    rises = phase < 0.15
    return np.where(rises, np.sin(phase / 0.15 * np.pi / 2), np.exp(-(phase - 0.15) / 0.3)) + 0.003 * coloured(0.0)


OTHERS: tuple[Callable[[], Signal], ...] = (
    eeg, eeg_with_spindles, blinks, muscle, respiration, pleth, arterial_pressure,
)  # fmt: skip


@pytest.mark.parametrize("made", OTHERS, ids=lambda made: made.__name__)
def test_other_signals_have_no_ecg_shape(made: Callable[[], Signal]) -> None:
    assert not passed(made())
    assert not passed(-made())


@pytest.mark.parametrize("exponent", [0.0, 1.0, 2.0])
def test_noise_has_no_ecg_shape(exponent: float) -> None:
    assert not passed(coloured(exponent))


@pytest.mark.parametrize("rhythm", ["sinus", "pvc", "bigeminy", "af", "brady", "tachy"])
@pytest.mark.parametrize("fs", [100.0, 250.0, 500.0])
def test_ecg_of_any_rhythm_with_complexes_has_it(rhythm: Rhythm, fs: float) -> None:
    for lead in synthetic_record(rhythm, 60, fs=fs).p_signal:
        assert passed(lead, fs)
        assert passed(-lead, fs)


def test_the_ecg_of_the_excerpts_has_it() -> None:
    with excerpts_folder() as folder:
        for path in find_records(folder):
            record = open_record(path)
            p_signal = read_mv(record, 0, record.n_samples)
            assert any(passed(lead, record.fs) for lead in p_signal), path.name


@settings(max_examples=20, deadline=None)
@given(st.floats(1e-6, 1e6), st.floats(-1e3, 1e3))
def test_unit_and_offset_do_not_matter(scale: float, offset: float) -> None:
    ecg = synthetic_record("sinus", 20).p_signal[0]
    assert passed(ecg * scale + offset * scale, 250)
    other = eeg()[:4000]
    assert not passed(other * scale + offset * scale)


def test_single_invalid_samples_do_not_matter() -> None:
    ecg = synthetic_record("sinus", 20).p_signal[0].copy()
    ecg[::50] = np.nan
    assert passed(ecg, 250)


@pytest.mark.parametrize(
    "signal", [np.zeros(5000), np.full(5000, np.nan), np.array([]), np.ones(100), np.full(5000, 3.3)]
)
def test_what_is_short_flat_or_invalid_can_not_be_judged(signal: Signal) -> None:
    assert shape_of(signal, 250) is None
    assert not passed(signal, 250)


@pytest.mark.parametrize(("hearts", "is_ecg"), [(4, True), (3, False)])
def test_a_third_of_the_stretches_is_enough(hearts: int, is_ecg: bool) -> None:
    """Of twelve stretches, one after the other; flat ones do not count."""
    ecg, other, flat = synthetic_record("sinus", 10, fs=FS_HZ).p_signal[0], eeg()[:2000], np.zeros(2000)
    assert passed(np.concatenate([ecg] * hearts + [other] * (STRETCHES - hearts))) is is_ecg
    assert passed(np.concatenate([ecg] * hearts + [flat] * (STRETCHES - hearts)))


def test_a_signal_slower_than_any_ecg_has_no_shape() -> None:
    assert not passed(synthetic_record("sinus", 60, fs=FS_HZ).p_signal[0], 40)


@given(st.integers(1, 10_000_000), st.sampled_from([50.0, 128.0, 360.0]))
def test_stretches_lie_within_the_recording_from_its_start_to_its_end(n_samples: int, fs_hz: float) -> None:
    starts, n = stretch_starts(n_samples, fs_hz), int(STRETCH_S * fs_hz)
    assert starts[0] == 0
    assert len(starts) <= STRETCHES
    assert starts == [0] if n_samples <= n else starts[-1] + n == n_samples

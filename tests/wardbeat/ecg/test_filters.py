"""Pass bands and delays of the filters."""

import numpy as np
import pytest
from scipy.signal import butter, freqz_sos, group_delay, sos2tf

from wardbeat.ecg.filters import DISPLAY_DELAY, DISPLAY_SOS, HIGH_PASS_HZ, LOW_PASS_HZ, QRS_BAND_HZ, QRS_SOS


def gain(sos: np.ndarray, hz: float) -> float:
    return float(np.abs(freqz_sos(sos, [hz], fs=250)[1][0]))


def test_the_coefficients_are_those_that_scipy_designs() -> None:
    """The constants do not change with the release of scipy, which may round the last digits differently."""
    high_pass = butter(2, HIGH_PASS_HZ, "highpass", fs=250, output="sos")
    low_pass = butter(4, LOW_PASS_HZ, "lowpass", fs=250, output="sos")
    np.testing.assert_allclose(DISPLAY_SOS, np.vstack([high_pass, low_pass]), rtol=1e-12)
    np.testing.assert_allclose(QRS_SOS, butter(2, QRS_BAND_HZ, "bandpass", fs=250, output="sos"), rtol=1e-12)


@pytest.mark.parametrize(
    ("hz", "low", "high"),
    [(0.05, 0, 0.02), (0.5, 0.7, 0.72), (1, 0.95, 1), (10, 0.99, 1.01), (40, 0.7, 0.72), (100, 0, 0.01)],
)
def test_the_display_filter_passes_the_monitoring_bandwidth(hz: float, low: float, high: float) -> None:
    assert low <= gain(DISPLAY_SOS, hz) <= high


@pytest.mark.parametrize(("hz", "low", "high"), [(0.25, 0, 0.001), (3, 0, 0.1), (12, 0.98, 1), (50, 0, 0.12)])
def test_qrs_complexes_pass_and_drift_t_waves_and_mains_do_not(hz: float, low: float, high: float) -> None:
    assert low <= gain(QRS_SOS, hz) <= high


def test_the_display_filter_has_the_stated_delay() -> None:
    _, samples = group_delay(sos2tf(DISPLAY_SOS), [10.0], fs=250)
    assert round(samples[0]) == DISPLAY_DELAY


@pytest.mark.parametrize("sos", [DISPLAY_SOS, QRS_SOS])
def test_the_response_to_an_impulse_ends(sos: np.ndarray) -> None:
    """All poles lie inside the unit circle."""
    for section in sos:
        assert (np.abs(np.roots(section[3:])) < 1).all()

"""Every upload becomes a record in memory, within limits, that the monitor reads with its samples unharmed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.classify.uploaded_record import check_size, record_of
from wardbeat.errors import UploadError


@given(
    st.lists(st.floats(-400, 400) | st.just(float("nan")), min_size=1, max_size=50),
    st.floats(-300, 300),
)
def test_the_monitor_gets_the_millivolts_of_the_file_whatever_their_offset(values: list[float], offset: float) -> None:
    p_signal = np.array([values]) / 100 + offset
    record = record_of("r", 250.0, ["II"], p_signal)
    adc = record.read(0, record.n_samples).astype(np.float64)
    read_mv = np.where(adc == -32768, np.nan, (adc - record.baseline[0]) / record.gain[0])
    assert np.allclose(read_mv, p_signal, atol=0.51 / record.gain[0] + 1e-9, equal_nan=True)
    assert record.gain[0] == 1000.0


def test_a_wide_range_gets_a_coarser_step() -> None:
    record = record_of("r", 250.0, ["II"], np.array([[-100.0, 0.0, 100.0]]))
    adc = record.read(0, 3)
    assert adc.tolist() == [[-32766, 0, 32766]]


def test_infinities_are_invalid() -> None:
    record = record_of("r", 250.0, ["II"], np.array([[np.inf, 1.0, -np.inf]]))
    assert record.read(0, 3).tolist() == [[-32768, 1000, -32768]]


@pytest.mark.parametrize(
    ("leads", "samples", "fs", "message"),
    [
        (0, 10, 250.0, "1 to 16 leads, 0 given"),
        (17, 10, 250.0, "1 to 16 leads, 17 given"),
        (1, 0, 250.0, "no samples"),
        (1, 10, 20.0, "50 to 4000 Hz, 20 given"),
        (1, 10, float("nan"), "50 to 4000 Hz"),
        (1, 250 * 7201, 250.0, "at most 120 min"),
        (16, 1_600_000, 1000.0, "is too long"),
    ],
)
def test_a_record_out_of_limits_is_refused_before_it_is_read(leads: int, samples: int, fs: float, message: str) -> None:
    with pytest.raises(UploadError, match=message):
        check_size(leads, samples, fs)

"""A CSV of leads in millivolts is read, or refused by line and column."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.uploads import csv_bytes
from wardbeat.ecg.io.csv_text import read_csv
from wardbeat.errors import RecordError

VALUES = np.array([[0.1, -0.2], [0.3, np.nan], [0.5, 0.6]])


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_values_are_read_with_any_separator(separator: str) -> None:
    record = read_csv(csv_bytes(["II", "V1"], VALUES, separator), 250.0)
    assert record.sig_name == ("II", "V1")
    assert record.fs == 250.0
    assert np.allclose(record.p_signal, VALUES.T, equal_nan=True)


@pytest.mark.parametrize("name", ["time", "t", "Time (s)", "time_s", "seconds", "TIME [sec]"])
def test_a_time_column_gives_the_rate(name: str) -> None:
    time_s = np.arange(500) / 360
    record = read_csv(csv_bytes([name, "II"], np.stack([time_s, np.sin(time_s)], axis=1)), None)
    assert record.fs == 360.0  # though the file has five decimals
    assert record.sig_name == ("II",)
    assert record.p_signal.shape == (1, 500)


@given(st.integers(50, 1000), st.integers(20, 400))
def test_the_rate_of_a_rounded_time_column_is_found(fs_hz: int, n: int) -> None:
    time_s = np.arange(n) / fs_hz
    record = read_csv(csv_bytes(["t", "II"], np.stack([time_s, time_s * 0], axis=1)), None)
    assert record.fs == pytest.approx(fs_hz, rel=2e-3)


def test_units_in_names_are_left_out_and_quotes_and_line_ends_read() -> None:
    data = b'\xef\xbb\xbf"II (mV)","V1_mV"\r\n0.1,0.2\r\n\r\n0.3,0.4\r\n'
    record = read_csv(data, 100.0)
    assert record.sig_name == ("II", "V1")
    assert np.allclose(record.p_signal, [[0.1, 0.3], [0.2, 0.4]])


@pytest.mark.parametrize(
    ("data", "fs_hz", "message"),
    [
        (b"\xff\xfe\x00", 100.0, "it is no text"),
        (b"0.1,0.2\n0.3,0.4\n", 100.0, "names of the leads"),
        (b"II,\n0.1,0.2\n", 100.0, "an empty name"),
        (b"II,V1\n", 100.0, "no samples below"),
        (b"II,V1\n0.1,0.2\n0.3,x\n", 100.0, "can't be read: .*'x'"),
        (b"II,V1\n0.1,0.2\n0.3\n", 100.0, "can't be read"),
        (b"II,V1\n0.1,0.2,0.3\n", 100.0, "names 2 columns and has 3 values"),
        (b"II,V1\n0.1,0.2\n", None, "state its sampling rate"),
        (b"II_adu\n100\n", 100.0, "must be millivolts; convert them, or name the unit"),
        (b"lead V\n100\n", 100.0, "must be millivolts"),
        (b"ABP (mmHg)\n100\n", 100.0, "must be millivolts"),
        ("T (°C)\n100\n".encode(), 100.0, "must be millivolts"),
        (b"t,II\n0,1\n0.01,1\n0.02,1\n", 250.0, "gives 100 Hz, and 250 Hz is stated"),
        (b"t\n0\n0.1\n", None, "no lead"),
        (b"t,II\n0,1\n", None, "two lines at least"),
        (b"t,II\n0,1\n0.01,1\n0.02,1\n0.05,1\n0.06,1\n", None, "step before sample 4 is 0.03 s and the median 0.01"),
        (b"t,II\n0.2,1\n0.1,1\n0.0,1\n", None, "must rise evenly"),
        (b"II\n" + b"\n".join(str(1000 * (i % 2)).encode() for i in range(100)), 100.0, "microvolts or ADC units"),
        (b",".join([b"a"] * 30) + b"\n", 100.0, "at most 16 leads"),
    ],
)
def test_what_can_not_be_read_is_refused_with_the_place(data: bytes, fs_hz: float | None, message: str) -> None:
    with pytest.raises(RecordError, match=message):
        read_csv(data, fs_hz)


@given(st.binary(max_size=300), st.sampled_from([b"", b"II,V1\n", b"t,II\n", b"II\n"]))
def test_any_bytes_are_a_record_or_refused(data: bytes, header: bytes) -> None:
    try:
        record = read_csv(header + data, 250.0)
    except RecordError:
        return
    assert record.p_signal.shape[1] >= 1


@pytest.mark.parametrize(
    ("column", "name", "value_mv"),
    [
        ("II (uV)", "II", 0.05),
        ("II_uV", "II", 0.05),
        ("II [µV]", "II", 0.05),
        ("II (microvolts)", "II", 0.05),
        ("II nV", "II", 5e-5),
        ("II (mV)", "II", 50.0),
        ("ECG (lead II)", "ECG (lead II)", 50.0),
        ("V", "V", 50.0),
        ("aVF (V)", "aVF", 50_000.0),
    ],
)
def test_a_unit_behind_a_name_is_converted(column: str, name: str, value_mv: float) -> None:
    leads = read_csv(f"{column}\n50\n50\n".encode(), 100.0)
    assert leads.sig_name == (name,)
    assert leads.p_signal[0, 0] == pytest.approx(value_mv)


def test_times_may_be_milliseconds_and_one_row_needs_a_stated_rate() -> None:
    assert read_csv(b"time (ms),II\n0,1\n4,1\n8,1\n").fs == 250.0
    assert read_csv(b"t_ms,II\n0,1\n4,1\n8,1\n").fs == 250.0
    assert read_csv(b"time,MLII,V5\n0.000,0.1,0.2\n", 360.0).p_signal.tolist() == [[0.1], [0.2]]


def test_a_stated_rate_is_more_exact_than_rounded_times() -> None:
    times = "".join(f"{k / 257.5:.4f},1\n" for k in range(300))
    assert read_csv(b"t,II\n" + times.encode(), 257.5).fs == 257.5


def test_latin_1_is_read_and_too_many_values_are_not() -> None:
    assert read_csv("Brustwand \u00e4 (µV)\n1\n".encode("latin-1"), 100.0).sig_name == ("Brustwand ä",)
    with pytest.raises(RecordError, match="at most 10 values are taken"):
        read_csv(b"II,V1\n" + b"1,1\n" * 20, 100.0, most_values=10)

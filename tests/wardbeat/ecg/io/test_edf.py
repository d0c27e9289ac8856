"""The ECG of EDF and EDF+ files, in millivolts, from anywhere in the file."""

from pathlib import Path

import numpy as np
import pytest
from edfio import EdfAnnotation
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.uploads import edf_bytes
from wardbeat.ecg.io.edf import EdfSignals
from wardbeat.ecg.io.records import open_record, read_mv
from wardbeat.errors import RecordError

SIGNAL = np.sin(np.arange(2500) / 20)
GOOD = edf_bytes({"ECG II": SIGNAL, "V1": SIGNAL / 2}, 250)


def test_signals_are_read_in_millivolts() -> None:
    record = EdfSignals.open(GOOD)
    assert (record.sig_name, record.fs, record.n_samples) == (("ECG II", "V1"), 250.0, 2500)
    assert np.allclose(record.read_mv(0, record.n_samples), [SIGNAL, SIGNAL / 2], atol=1e-4)


@pytest.mark.parametrize(("unit", "factor"), [("uV", 1000.0), ("V", 0.001), ("mV", 1.0)])
def test_units_are_converted(unit: str, factor: float) -> None:
    record = EdfSignals.open(edf_bytes({"II": SIGNAL * factor}, 250, unit))
    assert np.allclose(record.read_mv(0, record.n_samples), [SIGNAL], atol=1e-4)


def test_annotations_and_other_signals_are_left_out() -> None:
    data = edf_bytes({"EEG Fpz": SIGNAL, "II": SIGNAL}, 250, annotations=[EdfAnnotation(1.0, None, "note")])
    assert EdfSignals.open(data).sig_name == ("II",)


def test_a_slower_signal_is_repeated() -> None:
    record = EdfSignals.open(edf_bytes({"II": SIGNAL, "V1": SIGNAL[:1250]}, (250, 125)))
    p_signal = record.read_mv(0, record.n_samples)
    assert np.allclose(p_signal[1, ::2], SIGNAL[:1250], atol=1e-4)
    assert np.array_equal(p_signal[1, ::2], p_signal[1, 1::2])
    assert np.array_equal(record.read_mv(77, 1003), p_signal[:, 77:1003])


def test_without_ecg_the_signals_are_named() -> None:
    with pytest.raises(RecordError, match=r"holds no ECG lead, its signals are SpO2 \(oxygen saturation by name\)"):
        EdfSignals.open(edf_bytes({"SpO2": SIGNAL}, 250, "%"))


@pytest.mark.parametrize("size", [100, 255, 600, 900, len(GOOD) - 1, len(GOOD) - 2000])
def test_a_truncated_file_is_refused(size: int) -> None:
    with pytest.raises(RecordError, match=r"truncated|damaged"):
        EdfSignals.open(GOOD[:size])


def test_a_file_that_says_it_is_endless_is_refused_before_it_takes_memory() -> None:
    endless = GOOD[:236] + b"99999999" + GOOD[244:]
    with pytest.raises(RecordError, match="holds 10 of 99999999 data records"):
        EdfSignals.open(endless)


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(0, 1100), st.integers(0, 255)), min_size=1, max_size=6))
def test_a_damaged_header_is_read_or_refused(hits: list[tuple[int, int]]) -> None:
    damaged = bytearray(GOOD)
    for place, value in hits:
        damaged[place] = value
    try:
        record = EdfSignals.open(bytes(damaged))
    except RecordError:
        return
    assert record.n_samples > 0


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2500), st.integers(0, 2500), st.sampled_from([0.1, 1.0, 2.5]))
def test_any_part_is_that_part_of_the_whole(one: int, other: int, record_s: float) -> None:
    start, stop = sorted((one, other))
    record = EdfSignals.open(edf_bytes({"II": SIGNAL, "V1": -SIGNAL}, 250, data_record_duration=record_s))
    assert np.array_equal(record.read_mv(start, stop), record.read_mv(0, 2500)[:, start:stop])


def test_a_record_on_disk_has_its_chunks_within_one_and_a_half_steps(tmp_path: Path) -> None:
    (tmp_path / "holter.edf").write_bytes(edf_bytes({"II": SIGNAL + 0.3, "Resp": SIGNAL, "V1": -SIGNAL}, 250))
    for path in (tmp_path / "holter", tmp_path / "holter.edf"):
        record = open_record(path)
        assert (record.name, record.path, record.fs) == ("holter", tmp_path / "holter", 250.0)
        assert (record.sig_name, record.samples_per_frame, record.n_samples) == (("II", "V1"), 1, 2500)
    adc = record.read(100, 900)
    back = (adc - np.array(record.baseline)[:, None]) / np.array(record.gain)[:, None]
    step_mv = 1 / np.array(record.gain)[:, None]
    assert np.abs(back - read_mv(record, 100, 900)).max() <= 1.5 * step_mv.max()  # half for the baseline, one at -32768
    assert np.allclose(back, [SIGNAL[100:900] + 0.3, -SIGNAL[100:900]], atol=1e-4)


PHYSICAL_MIN, PHYSICAL_MAX = 256 + 104 * 2, 256 + 112 * 2
"""Places in the header of two signals."""


def test_a_range_upside_down_inverts_the_signal() -> None:
    low, high = GOOD[PHYSICAL_MIN:][:8], GOOD[PHYSICAL_MAX:][:8]
    data = GOOD[:PHYSICAL_MIN] + high + GOOD[PHYSICAL_MIN + 8 : PHYSICAL_MAX] + low + GOOD[PHYSICAL_MAX + 8 :]
    record = EdfSignals.open(data)
    (gain, baseline), _ = record.scale()
    assert gain > 0
    assert np.allclose(record.read_mv(0, 2500)[0], -SIGNAL, atol=1e-3)
    assert abs(baseline) < 100


@pytest.mark.parametrize(
    ("place", "text", "message"),
    [
        (0, b"\xffBIOSEMI", "no EDF file, it begins with"),
        (236, b"-1      ", None),
        (244, b"0       ", "last some seconds, 0 s given"),
        (244, b"60      ", "sampling rate must be 50 to 4000 Hz"),
        (252, b"3 x ", "the EDF header is damaged"),
        (PHYSICAL_MIN, b"nothing ", "damaged"),
        (PHYSICAL_MAX, GOOD[PHYSICAL_MIN : PHYSICAL_MIN + 8], "the range of ECG II is damaged"),
    ],
)
def test_a_header_that_contradicts_itself_is_refused(place: int, text: bytes, message: str | None) -> None:
    data = GOOD[:place] + text + GOOD[place + len(text) :]
    if message is None:
        assert EdfSignals.open(data).n_samples == 2500
        return
    with pytest.raises(RecordError, match=message):
        EdfSignals.open(data)


def test_interruptions_are_refused() -> None:
    noted = edf_bytes({"II": SIGNAL}, 250, annotations=[EdfAnnotation(1.0, None, "note")])
    assert EdfSignals.open(noted).n_samples == 2500
    data = noted.replace(b"+5\x14\x14", b"+9\x14\x14")
    with pytest.raises(RecordError, match=r"has interruptions \(EDF\+D\)"):
        EdfSignals.open(data)


def test_a_file_that_is_no_edf_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.edf").write_bytes(b"0" + b" " * 255)
    with pytest.raises(RecordError, match=r"a\.edf: the EDF header is damaged"):
        open_record(tmp_path / "a")
    (tmp_path / "a.edf").write_bytes(b"PK\x03\x04")
    with pytest.raises(RecordError, match=r"a\.edf: no EDF file"):
        open_record(tmp_path / "a")

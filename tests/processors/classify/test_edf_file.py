"""The ECG of EDF and EDF+ files, from their bytes."""

import numpy as np
import pytest
from edfio import EdfAnnotation
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.classify.edf_file import read_edf_record
from tests.support.uploads import edf_bytes
from wardbeat.errors import UploadError

SIGNAL = np.sin(np.arange(2500) / 20)
GOOD = edf_bytes({"ECG II": SIGNAL, "V1": SIGNAL / 2}, 250)


def test_signals_are_read_in_millivolts() -> None:
    record = read_edf_record("r", GOOD)
    assert (record.sig_name, record.fs, record.n_samples) == (("ECG II", "V1"), 250.0, 2500)
    assert np.allclose(record.p_signal, [SIGNAL, SIGNAL / 2], atol=1e-4)


@pytest.mark.parametrize(("unit", "factor"), [("uV", 1000.0), ("V", 0.001), ("mV", 1.0)])
def test_units_are_converted(unit: str, factor: float) -> None:
    record = read_edf_record("r", edf_bytes({"II": SIGNAL * factor}, 250, unit))
    assert np.allclose(record.p_signal, [SIGNAL], atol=1e-4)


def test_annotations_and_other_signals_are_left_out() -> None:
    data = edf_bytes({"EEG Fpz": SIGNAL, "II": SIGNAL}, 250, annotations=[EdfAnnotation(1.0, None, "note")])
    assert read_edf_record("r", data).sig_name == ("II",)


def test_a_slower_signal_is_repeated() -> None:
    record = read_edf_record("r", edf_bytes({"II": SIGNAL, "V1": SIGNAL[:1250]}, (250, 125)))
    assert np.allclose(record.p_signal[1, ::2], SIGNAL[:1250], atol=1e-4)
    assert np.array_equal(record.p_signal[1, ::2], record.p_signal[1, 1::2])


def test_without_ecg_the_signals_are_named() -> None:
    with pytest.raises(UploadError, match=r"no ECG lead \(it has SpO2 \(oxygen saturation by name\)\)"):
        read_edf_record("r", edf_bytes({"SpO2": SIGNAL}, 250, "%"))


@pytest.mark.parametrize("size", [100, 255, 600, 900, len(GOOD) - 1, len(GOOD) - 2000])
def test_a_truncated_file_is_refused(size: int) -> None:
    with pytest.raises(UploadError, match=r"truncated|damaged"):
        read_edf_record("r", GOOD[:size])


def test_a_file_that_says_it_is_endless_is_refused_before_it_takes_memory() -> None:
    endless = GOOD[:236] + b"99999999" + GOOD[244:]
    with pytest.raises(UploadError, match="holds 10 of 99999999 data records"):
        read_edf_record("r", endless)


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(0, 1100), st.integers(0, 255)), min_size=1, max_size=6))
def test_a_damaged_header_is_read_or_refused(hits: list[tuple[int, int]]) -> None:
    damaged = bytearray(GOOD)
    for place, value in hits:
        damaged[place] = value
    try:
        record = read_edf_record("r", bytes(damaged))
    except UploadError:
        return
    assert record.n_samples > 0

"""What an upload is is decided by its content."""

import numpy as np
import pytest

from processors.classify.records import read_record
from tests.support.drawn_pictures import as_file, beat_picture
from tests.support.uploads import csv_bytes, edf_bytes, excerpt_files
from wardbeat.errors import UploadError

SIGNAL = np.sin(np.arange(500) / 20)
CSV = csv_bytes(["II"], SIGNAL[:, None])


@pytest.mark.parametrize("name", ["a.edf", "a.csv", "a.hea", "a.png", "a"])
def test_the_name_of_a_file_makes_no_difference(name: str) -> None:
    assert read_record({name: edf_bytes({"II": SIGNAL}, 250)}).fs == 250.0
    assert read_record({name: CSV}, 100.0).fs == 100.0


def test_annotations_beside_a_record_are_ignored() -> None:
    files = excerpt_files("100")
    assert read_record(files).name == "100"
    del files["100.atr"]
    assert read_record(files).name == "100"


def test_the_record_is_named_by_its_file_and_short_enough_for_a_session() -> None:
    assert read_record({"holter.2.csv": CSV}, 100.0).name == "holter.2"
    assert len(read_record({"n" * 190 + ".csv": CSV}, 100.0).name) == 64


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a.dat": excerpt_files("100")["100.dat"]}, "WFDB signal file needs its header"),
        ({"a.csv": CSV, "b.csv": CSV}, "2 files and no WFDB header"),
        ({"a.png": as_file(beat_picture())}, "neither EDF. nor CSV"),
        ({"a.edf": b""}, "neither EDF. nor CSV"),
        ({"a.csv": b"Dear all, and\nthis is a letter.\n"}, "can't be read"),
    ],
)
def test_what_is_no_record_is_refused(files: dict[str, bytes], message: str) -> None:
    with pytest.raises(UploadError, match=message):
        read_record(files, 100.0)


def test_an_edf_gives_the_monitor_its_own_steps() -> None:
    record = read_record({"holter.edf": edf_bytes({"II": SIGNAL, "EEG": SIGNAL}, 250)})
    assert (record.name, record.sig_name, record.fs) == ("holter", ("II",), 250.0)
    adc = record.read(0, record.n_samples)
    assert np.allclose((adc[0] - record.baseline[0]) / record.gain[0], SIGNAL, atol=2e-4)


def test_a_damaged_or_a_long_file_is_refused_as_an_upload() -> None:
    with pytest.raises(UploadError, match="truncated or damaged"):
        read_record({"holter.edf": edf_bytes({"II": SIGNAL}, 250)[:-100]})
    with pytest.raises(UploadError, match="at most 120 min"):
        read_record({"holter.edf": edf_bytes({"II": np.zeros(50 * 7300)}, 50)})

"""An uploaded WFDB record: only files of the upload are read, whatever its header names."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.classify.wfdb_files import is_header, read_wfdb
from tests.support.uploads import excerpt_files
from wardbeat.ecg.io.excerpts import excerpts_folder
from wardbeat.ecg.io.records import open_record
from wardbeat.errors import UploadError

HEADER = b"r 1 250 10\nr.dat 16 200 12 0 0 0 0 II\n"
DATA = np.arange(10, dtype="<i2").tobytes()


def test_the_monitor_gets_the_same_samples_as_from_disk() -> None:
    record = read_wfdb(excerpt_files("119"))
    with excerpts_folder() as folder:
        disk = open_record(folder / "119")
        assert (record.name, record.fs, record.sig_name) == ("119", disk.fs, disk.sig_name)
        assert (record.gain, record.baseline) == (disk.gain, disk.baseline)
        assert np.array_equal(record.read(0, record.n_samples), disk.read(0, disk.n_samples))


def test_nothing_is_left_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    read_wfdb({"r.hea": HEADER, "r.dat": DATA})
    with pytest.raises(UploadError):
        read_wfdb({"r.hea": HEADER, "r.dat": DATA[:4]})
    assert list(tmp_path.iterdir()) == []


def test_the_names_of_the_upload_do_not_matter_for_the_header() -> None:
    record = read_wfdb({"whatever.txt": b"# a comment\n" + HEADER, "r.dat": DATA})
    assert record.p_signal.tolist() == [(np.arange(10) / 200).tolist()]


def test_a_name_may_have_any_letters() -> None:
    files = {
        "患者1.hea": "患者1 1 250 10\n患者1.dat 16 200 12 0 0 0 0 II\n".encode(),
        "患者1.dat": DATA,
        "1.dat": DATA[::-1],
    }
    record = read_wfdb(files)
    assert (record.name, record.p_signal[0].tolist()) == ("患者1", (np.arange(10) / 200).tolist())


def test_a_record_of_segments_is_read() -> None:
    files = {
        "m.hea": b"m/2 1 250 20\na 10\nb 10\n",
        "a.hea": HEADER.replace(b"r", b"a"),
        "a.dat": DATA,
        "b.hea": HEADER.replace(b"r", b"b"),
        "b.dat": DATA,
    }
    assert read_wfdb(files).n_samples == 20


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"r.hea": HEADER}, r"r\.hea names r\.dat, which was not sent; send both files together"),
        ({"r.hea": HEADER.replace(b" 0 II", b" II"), "r.dat": DATA}, r"^r\.hea, line 2: the block size must be"),
        ({"r.hea": HEADER.replace(b"r.dat", "\u3000/../x".encode())}, "only plain names of sent signal files"),
        ({"r.hea": HEADER, "r.dat": DATA[:6]}, r"^r\.dat: truncated, holds 3 of 10"),
        ({"r.hea": HEADER.replace(b"r.dat", b"../../etc/passwd")}, "only plain names of sent signal files"),
        ({"r.hea": HEADER.replace(b"r.dat", b"/etc/passwd")}, "only plain names of sent signal files"),
        ({"r.hea": HEADER.replace(b"r.dat", b"..")}, "only plain names of sent signal files"),
        ({"r.hea": b"r/1 1 250 10\n../r 10\n"}, "only plain names of sent signal files"),
        ({"r.hea": HEADER, "r.dat": DATA, "s.hea": HEADER.replace(b"r", b"s"), "s.dat": DATA}, "2 records were sent"),
        ({"r.hea": HEADER, "s.hea": HEADER, "r.dat": DATA}, "two headers of one name"),
        ({"r.hea": b"r/1 1 250 10\nr 10\n"}, "0 records were sent"),
        ({"r.hea": b"r/1 1 250 10\ns 10\n"}, r"^s\.hea: no such header"),
        ({"r.hea": HEADER.replace(b"250 10", b"250 999999999"), "r.dat": DATA}, "truncated"),
        ({"r.hea": HEADER.replace(b"250 10", b"9 10"), "r.dat": DATA}, "sampling rate"),
        ({"r.hea": HEADER.replace(b"200", b"200/mmHg"), "r.dat": DATA}, "no ECG lead"),
    ],
)
def test_what_can_not_be_read_is_refused(files: dict[str, bytes], message: str) -> None:
    with pytest.raises(UploadError, match=message):
        read_wfdb(files)


@pytest.mark.parametrize(
    "data", [b"", b"time,II\n0,1\n", b"hello world\n", b"\0\1\2", b"# only a comment\n", b"I;II\n1;2"]
)
def test_what_is_no_header_is_not_taken_for_one(data: bytes) -> None:
    assert not is_header(data)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(HEADER) - 1), st.sampled_from(b"0123456789 /.:()x-+~\n")), max_size=5))
def test_a_damaged_header_is_read_or_refused(hits: list[tuple[int, int]]) -> None:
    damaged = bytearray(HEADER)
    for place, value in hits:
        damaged[place] = value
    if not is_header(bytes(damaged)):
        return
    try:
        record = read_wfdb({"r.hea": bytes(damaged), "r.dat": DATA})
    except UploadError:
        return
    assert record.n_samples > 0

"""Headers of WFDB records: leads, segments, and the faults that they reveal before a sample is read."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.records_on_disk import BITS, counting, write_raw, write_record
from wardbeat.ecg.io.headers import read_layout, segment_names
from wardbeat.errors import RecordError


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 20), st.integers(1, 400), st.sampled_from([100.0, 257.5, 1000.0]))
def test_the_layout_has_the_rate_length_and_leads_of_the_record(
    tmp_path_factory: pytest.TempPathFactory, n_leads: int, n_samples: int, fs: float
) -> None:
    path = write_record(tmp_path_factory.mktemp("rec"), counting(n_leads, n_samples), fs=fs, baseline=7)
    layout = read_layout(path)
    assert layout.frame_rate_hz == fs
    assert layout.sig_name == tuple(f"ECG{lead}" for lead in range(1, n_leads + 1))
    (segment,) = layout.segments
    assert segment.n_frames == n_samples
    assert [(lead.place, lead.gain_per_mv, lead.baseline) for lead in segment.leads] == [
        (place, 200.0, 7) for place in range(n_leads)
    ]


def test_signals_that_may_be_ecg_are_separated_from_the_others(tmp_path: Path) -> None:
    names, units = ["Fz", "II", "chan 3", "Pleth", "aVF"], ["uV", "mV", "uV", "NU", "mmHg"]
    layout = read_layout(write_record(tmp_path, counting(5, 500), units=units, sig_name=names))
    assert layout.sig_name == ("II", "chan 3")
    assert list(map(str, layout.left_out)) == [
        "Fz (EEG by name)", "Pleth (pleth by name)", "aVF (its unit mmHg is no voltage)"
    ]  # fmt: skip
    assert [lead.place for lead in layout.segments[0].leads] == [1, 2]
    assert layout.with_leads(["chan 3"]).sig_name == ("chan 3",)


def test_with_a_choice_of_a_person_the_other_signals_are_left_out(tmp_path: Path) -> None:
    path = write_record(tmp_path, counting(3, 500), sig_name=["C3", "II", "chan 3"])
    layout = read_layout(path, ["c3"])
    assert layout.sig_name == ("C3",)
    assert [one.name for one in layout.left_out] == ["II", "chan 3"]


def test_a_signal_file_without_ecg_may_be_missing(tmp_path: Path) -> None:
    header = "rec 2 250 100\nrec.dat 16 200 16 0 0 0 0 II\neeg.dat 16 200 16 0 0 0 0 Fp1\n"
    assert read_layout(write_raw(tmp_path, header, bytes(200))).sig_name == ("II",)


def test_only_a_multi_segment_header_has_segment_names(tmp_path: Path) -> None:
    (tmp_path / "multi.hea").write_text("# a comment\nmulti/3 2 250 1500\na 600\n~ 100\nb 800\n")
    assert segment_names(tmp_path / "multi") == ["a", "~", "b"]
    assert segment_names(write_record(tmp_path, counting(1, 10))) == []
    assert segment_names(tmp_path / "none") == []


def test_leads_without_a_name_or_with_the_same_name_get_unique_names(tmp_path: Path) -> None:
    data = np.zeros(1500, "<i2").tobytes()
    lines = "rec.dat 16 200 16 0 0 0 0 ECG\nrec.dat 16 200 16 0 0 0 0 ECG\nrec.dat 16 200\n"
    assert read_layout(write_raw(tmp_path, f"rec 3 250 500\n{lines}", data)).sig_name == ("ECG", "ECG-2", "lead3")


def test_the_length_comes_from_the_file_if_the_header_has_none(tmp_path: Path) -> None:
    path = write_raw(tmp_path, "rec 1 250\nrec.dat 16 200 16 0 0 0 0 II\n", bytes(2 * 333))
    assert read_layout(path).segments[0].n_frames == 333


BAD: dict[str, tuple[Callable[[Path], Path], str]] = {
    "no header": (lambda folder: folder / "none", r"none\.hea: no such header; `wardbeat records list"),
    "empty header": (lambda folder: write_raw(folder, ""), r"rec\.hea: no WFDB header: it is empty; fetch"),
    "garbage header": (
        lambda folder: write_raw(folder, "\x7fELF\x02 what is this\n\x00\x01"),
        r"rec\.hea: no WFDB header: it is no text; fetch the file again",
    ),
    "fewer signals than stated": (
        lambda folder: write_raw(folder, "rec 3 250 100\nrec.dat 16\n", bytes(600)),
        r"rec\.hea, line 1: 3 signals need as many lines below it, 1 given",
    ),
    "no signals": (lambda folder: write_raw(folder, "rec 0 250 100\n"), r"rec\.hea: states 0 signals"),
    "unknown format": (
        lambda folder: write_raw(folder, "rec 1 250 100\nrec.dat 999 200 16 0 0 0 0 II\n", bytes(200)),
        r"rec\.hea: signal format 999 of II is unknown; known formats are 8, 16, .*; convert",
    ),
    "zero length": (
        lambda folder: write_raw(folder, "rec 1 250 0\nrec.dat 16 200 16 0 0 0 0 II\n"),
        r"rec\.hea: the record has no samples \(length 0\)",
    ),
    "zero length, length not given": (
        lambda folder: write_raw(folder, "rec 1 250\nrec.dat 16 200 16 0 0 0 0 II\n"),
        r"rec\.hea: the record has no samples",
    ),
    "more in the file than stated": (
        lambda folder: write_raw(folder, "rec 2 250 1000\n" + "rec.dat 16 200 16 0 0 0 0 II\n" * 2, bytes(6000)),
        r"rec\.dat: holds 1500 samples for each of 2 signals in format 16, rec\.hea states 1000; correct",
    ),
    "two files of unequal length, none stated": (
        lambda folder: (
            (folder / "b.dat").write_bytes(bytes(4000)),
            write_raw(folder, "rec 2 250\nrec.dat 16 200 16 0 0 0 0 II\nb.dat 16 200 16 0 0 0 0 V\n", bytes(2000)),
        )[1],
        r"b\.dat: holds 2000 samples for each of 1 signals in format 16, rec\.hea states 1000; correct",
    ),
    "segment missing": (
        lambda folder: write_raw(folder, "rec/1 1 250 100\nseg 100\n"),
        r"seg\.hea: no such header",
    ),
    "not FLAC": (
        lambda folder: write_raw(folder, "rec 1 250 100\nrec.dat 516 200 16 0 0 0 0 II\n", bytes(200)),
        r"rec\.dat: damaged or no FLAC file .*; fetch the file again",
    ),
}  # fmt: skip


def write_parts(folder: Path, top: str, **parts: str) -> Path:
    """A record of several segments: each part is a header, beside a file of 1000 samples of two signals."""
    for name, header in parts.items():
        write_raw(folder, header, bytes(4000), name=name)
    return write_raw(folder, top, name="top")


TWO_LEADS = "{0}.dat 16 200 16 0 0 0 0 II\n{0}.dat 16 200 16 0 0 0 0 V\n"
PART = {name: f"{name} 2 360 1000\n{TWO_LEADS.format(name)}" for name in ("a", "b")}


def test_segments_of_one_layout_are_read(tmp_path: Path) -> None:
    layout = read_layout(write_parts(tmp_path, "top/4 2 360\na 1000\n~ 500\nb 1000\na 1000\n", **PART))
    assert [segment.n_frames for segment in layout.segments] == [1000, 500, 1000, 1000]
    assert layout.sig_name == ("II", "V")


@pytest.mark.parametrize(
    ("top", "parts", "message"),
    [
        ("top/3 2 360 3000\na 1000\nb 1000\n", {}, r"top\.hea, line 1: 3 segments need as many lines .*, 2 given"),
        ("top/2 2 360 3000\na 1000\nb 1000\n", {}, r"top\.hea, line 1: .* the sum of the segments, which is 2000"),
        ("top/2 2 250 2000\na 1000\nb 1000\n", {}, r"a\.hea: top\.hea needs 250 Hz in this segment, 360 given"),
        ("top/2 2 360 1900\na 1000\nb 900\n", {}, r"b\.hea: top\.hea needs 900 samples of this segment, 1000 given"),
        ("top/2 3 360 2000\na 1000\nb 1000\n", {}, r"a\.hea: top\.hea needs 3 signals in this segment, 2 given"),
        (
            "top/2 2 360 1000\nlayout 0\na 1000\n",
            {"layout": "layout 1 360 0\n~ 0 200/mV 12 0 0 0 0 II\n"},
            r"layout\.hea: top\.hea needs 2 signals in this segment, 1 given",
        ),
        ("top/2 2 360 1000\nlayout 0\na 1000\n", {}, r"layout\.hea: no such header"),
        ("top/1 2 360 1000\nc 1000\n", {"c": "c/1 2 360 1000\na 1000\n"}, r"c\.hea: a segment must not have segments"),
    ],
)  # fmt: skip
def test_headers_of_segments_agree_with_the_record(
    tmp_path: Path, top: str, parts: dict[str, str], message: str
) -> None:
    with pytest.raises(RecordError, match=message):
        read_layout(write_parts(tmp_path, top, **PART, **parts))


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("患者1.dat", "utf-8"), ("Müller.dat", "utf-8"), ("Müller.dat", "latin-1"), ("a\u3000b[1]#ü.dat", "utf-8")],
)
def test_a_name_with_any_letters_opens_its_own_file(tmp_path: Path, name: str, encoding: str) -> None:
    """The file beside it has the name without these letters, and another length."""
    (tmp_path / "".join(letter for letter in name if letter.isascii())).write_bytes(bytes(100))
    (tmp_path / os.fsdecode(name.encode(encoding))).write_bytes(bytes(2000))
    (tmp_path / "rec.hea").write_bytes(f"rec 1 250\n{name} 16\n".encode(encoding))
    assert read_layout(tmp_path / "rec").segments[0].n_frames == 1000


@pytest.mark.parametrize("length", ["", " 250", " 250 0", " 250 1e3", " 250/250(0) 1000 0:0:0 0/0/0"])
def test_fields_that_may_be_missing_may_be_missing(tmp_path: Path, length: str) -> None:
    layout = read_layout(write_raw(tmp_path, f"rec 1{length}\nrec.dat 16\n", bytes(2000)))
    assert layout.frame_rate_hz == 250
    assert layout.segments[0].n_frames == 1000


@pytest.mark.parametrize(
    ("unit", "gain_per_mv"),
    [("mV", 2.0), ("uV", 2000.0), ("UV", 2000.0), ("µV", 2000.0), ("μV", 2000.0), ("nV", 2e6), ("V", 0.002)],
)
def test_units_of_volts_are_converted(tmp_path: Path, unit: str, gain_per_mv: float) -> None:
    layout = read_layout(write_raw(tmp_path, f"rec 1 250\nrec.dat 16 2.0(0.0)/{unit} 16 0 0 0 0 II\n", bytes(2000)))
    assert layout.segments[0].leads[0].gain_per_mv == pytest.approx(gain_per_mv)
    assert layout.segments[0].leads[0].baseline == 0


@pytest.mark.parametrize("unit", ["mmHg", "kPa", "%", "NU", "bpm", "mV/s", "mA", "°C"])
def test_another_unit_is_no_ecg(tmp_path: Path, unit: str) -> None:
    header = f"rec 2 250\nrec.dat 16 200 16 0 0 0 0 II\nrec.dat 16 10(0.0)/{unit} 16 0 0 0 0 P1\n"
    assert read_layout(write_raw(tmp_path, header, bytes(2000))).sig_name == ("II",)


@pytest.mark.parametrize("fault", BAD)
def test_a_damaged_record_is_refused_in_one_line(tmp_path: Path, fault: str) -> None:
    make, message = BAD[fault]
    with pytest.raises(RecordError, match=message) as caught:
        read_layout(make(tmp_path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("fmt", list(BITS))
def test_a_missing_signal_file_is_named(tmp_path: Path, fmt: str) -> None:
    path = write_record(tmp_path, counting(2, 500) // 10, fmt=fmt)
    (tmp_path / "rec.dat").unlink()
    with pytest.raises(RecordError, match=r"rec\.dat: no such signal file, though rec\.hea names it; fetch it"):
        read_layout(path)


@pytest.mark.parametrize("fmt", list(BITS))
@pytest.mark.parametrize("kept", [0.999, 0.5, 0.0])
def test_a_truncated_signal_file_is_refused(tmp_path: Path, fmt: str, kept: float) -> None:
    path = write_record(tmp_path, np.random.default_rng(0).integers(-100, 100, (2, 5000)), fmt=fmt)
    file = tmp_path / "rec.dat"
    file.write_bytes(file.read_bytes()[: int(file.stat().st_size * kept)])
    with pytest.raises(RecordError, match=r"rec\.dat: (truncated, .*|damaged .*); fetch the file again"):
        read_layout(path)

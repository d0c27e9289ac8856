"""Headers of WFDB records: leads, segments, and the faults that they reveal before a sample is read."""

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
    assert [(lead.channel, lead.gain_per_mv, lead.baseline) for lead in segment.leads] == [
        (channel, 200.0, 7) for channel in range(n_leads)
    ]


def test_signals_that_may_be_ecg_are_separated_from_the_others(tmp_path: Path) -> None:
    names, units = ["C3", "II", "chan 3", "Pleth", "aVF"], ["uV", "mV", "uV", "NU", "mmHg"]
    layout = read_layout(write_record(tmp_path, counting(5, 500), units=units, sig_name=names))
    assert layout.sig_name == ("II", "chan 3")
    assert list(map(str, layout.left_out)) == [
        "C3 (EEG by name)", "Pleth (pleth by name)", "aVF (its unit mmHg is no voltage)"
    ]  # fmt: skip
    assert [lead.channel for lead in layout.segments[0].leads] == [1, 2]
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
    "empty header": (lambda folder: write_raw(folder, ""), r"rec\.hea: no valid WFDB header .*; fetch the file again"),
    "garbage header": (
        lambda folder: write_raw(folder, "\x7fELF\x02 what is this\n\x00\x01"),
        r"rec\.hea: no valid WFDB header",
    ),
    "fewer signals than stated": (
        lambda folder: write_raw(folder, "rec 3 250 100\nrec.dat 16\n", bytes(600)),
        r"rec\.hea: states 3 signals and lists 1",
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
    "segment missing": (
        lambda folder: write_raw(folder, "rec/1 1 250 100\nseg 100\n"),
        r"seg\.hea: no such header",
    ),
    "not FLAC": (
        lambda folder: write_raw(folder, "rec 1 250 100\nrec.dat 516 200 16 0 0 0 0 II\n", bytes(200)),
        r"rec\.dat: damaged or no FLAC file .*; fetch the file again",
    ),
}  # fmt: skip


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

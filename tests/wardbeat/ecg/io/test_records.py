"""Records of all WFDB formats keep their values; an unreadable record is refused in one line."""

from pathlib import Path

import numpy as np
import pytest
import wfdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.support.records_on_disk import BITS, INVALID, counting, write_raw, write_record
from tests.support.uploads import edf_bytes
from wardbeat.contracts.codec import check_chunk
from wardbeat.contracts.messages import INVALID_SAMPLE, EcgChunk
from wardbeat.ecg import chunking
from wardbeat.ecg.chunking import MAX_SAMPLE, record_chunks
from wardbeat.ecg.io.records import find_records, open_noise, open_record, read_mv
from wardbeat.ecg.io.wfdb_signals import COARSEST_GAIN_PER_MV
from wardbeat.errors import RecordError

NARROW = [fmt for fmt, bits in BITS.items() if bits <= 16]
fresh_folders = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def chunks_of(path: Path, **options: float) -> list[EcgChunk]:
    record = open_record(path)
    return list(record_chunks(record, stream_id="rec", session_id="s", origin="replay", **options))  # type: ignore[arg-type]


def joined(chunks: list[EcgChunk]) -> NDArray[np.int16]:
    return np.concatenate([chunk.d_signal() for chunk in chunks], axis=1)


@fresh_folders
@given(
    fmt=st.sampled_from(NARROW),
    leads=st.integers(1, 4),
    n_samples=st.integers(2, 900),
    fs=st.sampled_from([100, 128, 250, 257.5, 360, 1000]),
    gain=st.sampled_from([200.0, 1000.0, 47.3]),
    baseline=st.integers(-100, 1100),
    chunk_s=st.floats(0.1, 1.0),
    seed=st.integers(0, 1000),
)
def test_chunks_hold_the_digital_values_of_the_record(
    tmp_path_factory: pytest.TempPathFactory,
    fmt: str,
    leads: int,
    n_samples: int,
    fs: float,
    gain: float,
    baseline: int,
    chunk_s: float,
    seed: int,
) -> None:
    rng = np.random.default_rng(seed)
    top = (1 << (BITS[fmt] - 1)) - 1
    d_signal = rng.integers(-top, top, (leads, n_samples), endpoint=True)
    d_signal[rng.random(d_signal.shape) < 0.02] = INVALID[fmt]
    path = write_record(tmp_path_factory.mktemp("rec"), d_signal, fmt=fmt, fs=fs, gain=gain, baseline=baseline)

    chunks = chunks_of(path, chunk_s=chunk_s)

    assert np.array_equal(joined(chunks), np.where(d_signal == INVALID[fmt], INVALID_SAMPLE, d_signal))
    assert chunks[0].gain == (gain,) * leads
    assert chunks[0].baseline == (baseline,) * leads
    assert [chunk.sequence for chunk in chunks] == list(range(len(chunks)))
    assert [chunk.final for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
    for chunk in chunks:
        check_chunk(chunk)
        assert chunk.n_samples <= max(1, round(chunk_s * fs))
        assert chunk.acquired_ns == round(chunk.first_sample / fs * 1e9)


@pytest.mark.parametrize(
    ("fmt", "low", "high"),
    [("24", -900_000, 700_000), ("32", 3_000_000, 3_900_000), ("24", -20_000, 20_000), ("32", 5, 6)],
)
def test_wide_formats_lose_at_most_half_a_step(tmp_path: Path, fmt: str, low: int, high: int) -> None:
    d_signal = np.random.default_rng(1).integers(low, high, (2, 2000), endpoint=True)
    d_signal[0, 100:110] = INVALID[fmt]
    path = write_record(tmp_path, d_signal, fmt=fmt, gain=5000.0, baseline=12)

    record = open_record(path)
    d16 = record.read(0, record.n_samples)

    p_signal = (d_signal - 12) / 5000.0
    valid = d_signal != INVALID[fmt]
    back = (d16 - np.array(record.baseline)[:, None]) / np.array(record.gain)[:, None]
    assert np.array_equal(d16 == INVALID_SAMPLE, ~valid)
    assert np.abs(back - p_signal)[valid].max() <= 0.5 / min(record.gain) + 1e-9
    assert min(record.gain) >= min(5000.0, COARSEST_GAIN_PER_MV)


def test_an_extreme_value_saturates_and_leaves_the_others_fine(tmp_path: Path) -> None:
    d_signal = np.random.default_rng(1).integers(-1000, 1000, (1, 5000))
    d_signal[0, 7] = 1 << 30
    record = open_record(write_record(tmp_path, d_signal, fmt="32", gain=1000.0))
    d16 = record.read(0, 5000)
    back = (d16 - record.baseline[0]) / record.gain[0]
    assert d16[0, 7] == MAX_SAMPLE
    assert np.abs(np.delete(back[0] - d_signal[0] / 1000, 7)).max() <= 0.0025 + 1e-9


@pytest.mark.parametrize("fmt", ["8", "61", "160"])
def test_formats_of_old_records_keep_their_values(tmp_path: Path, fmt: str) -> None:
    d_signal = np.cumsum(np.random.default_rng(2).integers(-100, 100, (2, 30_000)), axis=1) % 3000 - 1000
    d_signal = np.clip(d_signal, d_signal[:, :1] - 3000, 3000)
    if fmt == "8":
        steps = np.clip(np.diff(d_signal, axis=1, prepend=0), -100, 100)
        d_signal = np.cumsum(steps, axis=1)
        data = steps.T.astype("<i1").tobytes()
    else:
        data = d_signal.T.astype(">i2").tobytes() if fmt == "61" else (d_signal.T + 32768).astype("<u2").tobytes()
    lines = "".join(f"rec.dat {fmt} 200 12 0 0 0 0 ECG{lead}\n" for lead in range(2))
    path = write_raw(tmp_path, f"rec 2 250 30000\n{lines}", data)
    assert np.array_equal(joined(chunks_of(path)), d_signal)


@pytest.mark.parametrize("fmt", ["310", "311"])
def test_packed_formats_read_in_parts_keep_their_values(
    tmp_path: Path, fmt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library has no writer for them, so the test compares random bytes with what it reads at once."""
    data = np.random.default_rng(3).integers(0, 256, 4 * 3000, dtype=np.uint8).tobytes()
    lines = "".join(f"rec.dat {fmt} 200 10 0 0 0 0 ECG{lead}\n" for lead in range(2))
    path = write_raw(tmp_path, f"rec 2 250 4500\n{lines}", data)
    whole = wfdb.rdrecord(str(path), physical=False).d_signal.T
    monkeypatch.setattr(chunking, "READ_S", 1.3)
    assert np.array_equal(joined(chunks_of(path, chunk_s=0.27)), np.where(whole == -512, INVALID_SAMPLE, whole))


def test_a_record_read_in_parts_equals_one_read_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    d_signal = counting(2, 5000)
    path = write_record(tmp_path, d_signal, fmt="212")
    monkeypatch.setattr(chunking, "READ_S", 1.7)
    assert np.array_equal(joined(chunks_of(path, start_sample=37)), d_signal[:, 37:])


def test_only_ecg_leads_are_kept_and_in_millivolts(tmp_path: Path) -> None:
    names = ["II", "ABP", "V", "EEG C4-A1", "PLETH", "III", "RESP", "aVR"]
    units = ["mV", "mmHg", "uV", "uV", "NU", "V", "mV", "mV"]
    path = write_record(tmp_path, np.full((8, 500), 100), units=units, sig_name=names)
    record = open_record(path)
    assert record.sig_name == ("II", "V", "III", "aVR")
    assert record.gain == pytest.approx((200.0, 200_000.0, 0.2, 200.0))
    assert read_mv(record, 0, 1)[:, 0] == pytest.approx([0.5, 0.0005, 500.0, 0.5])


def test_all_signals_of_a_record_of_noise_are_read(tmp_path: Path) -> None:
    path = write_record(tmp_path, counting(2, 500), sig_name=["noise1", "noise2"])
    assert open_noise(path).sig_name == ("noise1", "noise2")
    with pytest.raises(RecordError, match="holds no ECG lead"):
        open_record(path)


def test_the_rate_is_that_of_the_leads_alone(tmp_path: Path) -> None:
    """The ECG has one sample a frame, an unknown signal four."""
    frames = np.arange(1000 * 5).reshape(1000, 5).astype("<i2") % 3
    header = "rec 2 250 1000\nrec.dat 16 200 16 0 0 0 0 II\nrec.dat 16x4 200 16 0 0 0 0 chan 2\n"
    record = open_record(write_raw(tmp_path, header, frames.tobytes()))
    assert (record.fs, record.n_samples, record.sig_name) == (250.0, 1000, ("II",))


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (
            "rec 1 250 100\nrec.dat 16 2/mmHg 16 0 0 0 0 ABP\n",
            r"holds no ECG lead, its signals are ABP \(pressure by n",
        ),
        ("rec 1 250\nrec.dat 16 2/mmHg 16 0 0 0 0 ABP\n", r"holds no ECG lead, its signals are ABP \(pressure by name"),
        ("rec 1 10 100\nrec.dat 16 200 16 0 0 0 0 II\n", r"the sampling rate must be 50 to 4000 Hz, 10 given"),
        ("rec 1 10 100\nrec.dat 16 200 16 0 0 0 0 x\n", r"holds no ECG lead, its signals are x \(no ECG by shape\)"),
    ],
)
def test_a_record_without_usable_leads_is_refused_in_one_line(tmp_path: Path, header: str, message: str) -> None:
    with pytest.raises(RecordError, match=message) as caught:
        open_record(write_raw(tmp_path, header, bytes(200)))
    assert "\n" not in str(caught.value)


def test_a_micro_sign_in_the_unit_means_microvolts(tmp_path: Path) -> None:
    data = np.full(500, 300, "<i2").tobytes()
    path = write_raw(tmp_path, "rec 1 250 500\nrec.dat 16 2(0)/µV 16 0 0 0 0 II\n", data)
    assert read_mv(open_record(path), 0, 1)[0, 0] == pytest.approx(0.15)


def test_gain_zero_means_200_and_a_negative_gain_inverts_the_signal(tmp_path: Path) -> None:
    data = np.tile(np.array([100, 100], "<i2"), 500).tobytes()
    header = "rec 2 250 500\nrec.dat 16 0 16 0 0 0 0 II\nrec.dat 16 -400(20)/mV 16 0 0 0 0 V1\n"
    record = open_record(write_raw(tmp_path, header, data))
    assert record.gain == (200.0, 400.0)
    chunk = next(record_chunks(record, stream_id="r", session_id="s", origin="replay"))
    check_chunk(chunk)
    in_mv = (chunk.d_signal()[:, 0] - np.array(chunk.baseline)) / np.array(chunk.gain)
    assert in_mv == pytest.approx([0.5, -0.2])


def test_several_samples_a_frame_are_all_used(tmp_path: Path) -> None:
    """125 frames a second, II four times a frame, V twice and ABP once: 500 Hz, V held."""
    frames = np.arange(200 * 7).reshape(200, 7).astype("<i2")
    header = (
        "rec 3 125 200\nrec.dat 16x4 200 16 0 0 0 0 II\nrec.dat 16x2 200 16 0 0 0 0 V\n"
        "rec.dat 16 1/mmHg 16 0 0 0 0 ABP\n"
    )
    record = open_record(write_raw(tmp_path, header, frames.tobytes()))
    assert (record.fs, record.samples_per_frame, record.n_samples) == (500.0, 4, 800)
    d_signal = record.read(3, 799)
    assert np.array_equal(d_signal[0], frames[:, :4].ravel()[3:799])
    assert np.array_equal(d_signal[1], np.repeat(frames[:, 4:6].ravel(), 2)[3:799])


def test_fixed_layout_segments_follow_each_other(tmp_path: Path) -> None:
    d_signal = counting(2, 1500)
    write_record(tmp_path, d_signal[:, :600], name="a", fmt="212")
    write_record(tmp_path, d_signal[:, 600:], name="b", fmt="16")
    (tmp_path / "multi.hea").write_text("multi/2 2 250 1500\na 600\nb 900\n")
    assert np.array_equal(joined(chunks_of(tmp_path / "multi")), d_signal)
    assert [path.name for path in find_records(tmp_path)] == ["multi"]


def test_variable_layout_has_gaps_where_nothing_was_recorded(tmp_path: Path) -> None:
    """II and V in the first segment, no signal in the second, V alone with a finer gain in the third."""
    first, third = counting(2, 500), counting(1, 700) * 3
    write_record(tmp_path, first, name="m_1", sig_name=["II", "V"])
    write_record(tmp_path, third, name="m_3", sig_name=["V"], gain=400.0)
    (tmp_path / "m_layout.hea").write_text("m_layout 2 250 0\n~ 0 200/mV 0 0 0 0 0 II\n~ 0 200/mV 0 0 0 0 0 V\n")
    (tmp_path / "m.hea").write_text("m/4 2 250 1500\nm_layout 0\nm_1 500\n~ 300\nm_3 700\n")
    record = open_record(tmp_path / "m")
    assert record.sig_name == ("II", "V")
    p_signal = read_mv(record, 0, 1500)
    expected = np.full((2, 1500), np.nan)
    expected[:, :500] = first / 200
    expected[1, 800:] = third[0] / 400
    np.testing.assert_allclose(p_signal, expected)
    d_signal = record.read(0, 1500)
    assert np.array_equal(d_signal == INVALID_SAMPLE, np.isnan(expected))
    in_mv = (d_signal - np.array(record.baseline)[:, None]) / np.array(record.gain)[:, None]
    np.testing.assert_allclose(in_mv[~np.isnan(expected)], expected[~np.isnan(expected)], atol=1e-9)


def test_damage_inside_a_compressed_file_is_named_when_read(tmp_path: Path) -> None:
    path = write_record(tmp_path, np.random.default_rng(0).integers(-100, 100, (2, 50_000)), fmt="516")
    file = tmp_path / "rec.dat"
    data = bytearray(file.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 3000] = bytes(3000)
    file.write_bytes(data)
    with pytest.raises(RecordError, match=r"rec\.dat: samples .* can't be read .*; fetch the file again"):
        chunks_of(path)


def test_a_missing_folder_record_or_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"nowhere: no such folder; give a folder"):
        find_records(tmp_path / "nowhere")
    with pytest.raises(RecordError, match=r"no WFDB record \(\.hea\) and no EDF file in it; `wardbeat records"):
        find_records(tmp_path)
    write_record(tmp_path, counting(1, 10))
    with pytest.raises(RecordError, match=r"no record '101' in it, the folder has rec; `wardbeat records list"):
        find_records(tmp_path, ["101"])


def test_records_are_found_by_list_by_header_and_by_name(tmp_path: Path) -> None:
    (tmp_path / "p01").mkdir()
    for folder, name in ((tmp_path, "b"), (tmp_path, "a"), (tmp_path / "p01", "c")):
        write_record(folder, counting(1, 10), name=name)
    assert find_records(tmp_path) == [tmp_path / "a", tmp_path / "b", tmp_path / "p01" / "c"]
    assert find_records(tmp_path, ["c", "a.hea"]) == [tmp_path / "p01" / "c", tmp_path / "a"]
    (tmp_path / "RECORDS").write_text(f"./\n../\np01/\n  b \r\ngone\n\0\n{'x' * 5000}\n")
    (tmp_path / "p01" / "RECORDS").write_text("c\n")
    assert find_records(tmp_path) == [tmp_path / "p01" / "c", tmp_path / "b"]
    assert find_records(tmp_path, ["p01/c", "a"]) == [tmp_path / "p01" / "c", tmp_path / "a"]


def test_edf_files_are_records_of_a_folder(tmp_path: Path) -> None:
    data = edf_bytes({"II": np.zeros(500)}, 250)
    for name in ("a.edf", "b.EDF", "c.edf"):
        (tmp_path / name).write_bytes(data)
    write_record(tmp_path, counting(1, 10), name="c")
    (tmp_path / "table.csv").write_text("time,II\n0,1\n")
    assert find_records(tmp_path) == [tmp_path / name for name in "abc"]
    assert find_records(tmp_path, ["b.EDF", "a"]) == [tmp_path / "b", tmp_path / "a"]
    assert open_record(tmp_path / "b").n_samples == 500
    assert open_record(tmp_path / "c").n_samples == 10
    assert open_record(tmp_path / "c.edf").n_samples == 500
    (tmp_path / "RECORDS").write_text("b.EDF\nc\ngone.edf\n")
    assert find_records(tmp_path) == [tmp_path / "b", tmp_path / "c"]


def test_a_folder_of_csv_files_gets_the_command_that_converts_them(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "ecg.csv").write_text("time,II\n0,1\n")
    with pytest.raises(RecordError, match=r"no EDF file in it; `wardbeat records import .*ecg\.csv --to FOLDER`"):
        find_records(tmp_path)
    (tmp_path / "a.edf").write_bytes(edf_bytes({"II": np.zeros(500)}, 250))
    assert find_records(tmp_path) == [tmp_path / "a"]
    assert "1 CSV files are not read; `wardbeat records import" in caplog.text


def test_a_name_with_dots_is_a_name(tmp_path: Path) -> None:
    for name in ("a.1", "a.edf"):
        write_raw(tmp_path, f"{name} 1 250 10\n{name}.dat 16 200 12 0 0 0 0 II\n", bytes(20), name=name)
    assert find_records(tmp_path) == [tmp_path / "a.1", tmp_path / "a.edf"]
    assert [open_record(path).name for path in find_records(tmp_path)] == ["a.1", "a.edf"]


def test_mitdb_records_keep_their_values(shared_data: Path) -> None:
    """One original record (format 212) and one in FLAC, two minutes each."""
    for name in ("100", "101"):
        path = shared_data / "mitdb" / name
        expected = wfdb.rdrecord(str(path), sampto=120 * 360, physical=False).d_signal.T
        assert np.array_equal(open_record(path).read(0, 120 * 360), expected)

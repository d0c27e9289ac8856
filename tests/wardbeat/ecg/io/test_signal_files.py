"""A signal file holds the frames that its header states, and its samples are read in ADC units."""

from pathlib import Path

import numpy as np
import pytest

from wardbeat.ecg.io.signal_files import BYTES_PER_SAMPLE, SignalFile
from wardbeat.errors import RecordError


def signal_file(path: Path, fmt: str = "16", per_frame: tuple[int, ...] = (1,), **fields: int) -> SignalFile:
    first = (fields.get("first", 0),) * len(per_frame)
    return SignalFile(path, fmt, fields.get("offset", 0), fields.get("block_bytes", 0), per_frame, first)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.dat"


@pytest.mark.parametrize("fmt", [fmt for fmt in BYTES_PER_SAMPLE if fmt != "0"])
@pytest.mark.parametrize("frames", [1, 2, 3, 7, 300])
def test_the_size_gives_the_frames_in_any_format(path: Path, fmt: str, frames: int) -> None:
    size = int(np.ceil(frames * 3 * BYTES_PER_SAMPLE[fmt] - 1e-9))
    path.write_bytes(bytes(24 + size))
    file = signal_file(path, fmt, (2, 1), offset=24)
    assert file.check_frames(None, "a.hea") == frames
    assert file.check_frames(frames, "a.hea") == frames
    assert [len(signal) for signal in file.read(0, frames)] == [2 * frames, frames]


def test_padding_of_one_block_is_allowed_and_more_is_not(path: Path) -> None:
    path.write_bytes(bytes(2000 + 512))
    assert signal_file(path).check_frames(1000, "a.hea") == 1000
    path.write_bytes(bytes(2000 + 514))
    with pytest.raises(RecordError, match=r"a\.dat: holds 1257 samples for each of 1 signals .* a\.hea states 1000"):
        signal_file(path).check_frames(1000, "a.hea")
    assert signal_file(path, block_bytes=4096).check_frames(1000, "a.hea") == 1000


def test_samples_after_an_offset_are_read_from_anywhere(path: Path) -> None:
    samples = np.arange(600).astype("<i2")
    samples[7] = -32768
    path.write_bytes(b"preamble" + samples.tobytes())
    first, second = signal_file(path, per_frame=(2, 1), offset=8).read(2, 5)
    assert np.array_equal(first, [6, np.nan, 9, 10, 12, 13], equal_nan=True)
    assert np.array_equal(second, [8, 11, 14])


def test_differences_are_summed_from_the_first_value(path: Path) -> None:
    path.write_bytes(np.full(100, 2, np.int8).tobytes())
    (signal,) = signal_file(path, "8", first=-50).read(40, 43)
    assert signal.tolist() == [32, 34, 36]


def test_a_name_with_signs_of_an_address_is_a_plain_file(tmp_path: Path) -> None:
    path = tmp_path / "a [1] #2 x?y*.dat"
    path.write_bytes(np.arange(10).astype("<i2").tobytes())
    assert signal_file(path).read(3, 5)[0].tolist() == [3, 4]


def test_a_file_that_shrinks_while_it_is_read_is_an_error(path: Path) -> None:
    path.write_bytes(bytes(100))
    with pytest.raises(RecordError, match=r"a\.dat: samples 0 to 1000 can't be read .*; fetch the file again"):
        signal_file(path).read(0, 1000)


@pytest.mark.parametrize(("per_frame", "channels"), [((1,), 2), ((1, 1), 1), ((1, 2), 2)])
def test_a_flac_file_has_a_channel_for_each_signal(path: Path, per_frame: tuple[int, ...], channels: int) -> None:
    import soundfile

    soundfile.write(path, np.zeros((1000, channels), np.int16), 250, subtype="PCM_16", format="FLAC")
    with pytest.raises(RecordError, match=r"a\.dat: a FLAC file has a channel for each signal"):
        signal_file(path, "516", per_frame).check_frames(None, "a.hea")


def test_the_offset_of_a_flac_file_counts_samples(path: Path) -> None:
    import soundfile

    soundfile.write(path, np.arange(1000, dtype=np.int16)[:, None], 250, subtype="PCM_16", format="FLAC")
    file = signal_file(path, "516", offset=10)
    assert file.check_frames(990, "a.hea") == 990
    assert file.read(0, 2)[0].tolist() == [10, 11]

"""Whatever bytes are on a topic, decoding ends in a message that keeps its contract or in a CodecError."""

import math
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.chunk_strategies import valid_chunks
from tests.support.samples import make_alert, make_chunk
from wardbeat.contracts import codec
from wardbeat.contracts.codec import (
    check_chunk,
    decode_alert,
    decode_beat,
    decode_chunk,
    decode_window,
    encode,
    encode_chunk,
)
from wardbeat.contracts.messages import Beat, EcgChunk
from wardbeat.errors import CodecError, OversizedError

GOLDEN = Path(__file__).resolve().parents[2] / "golden"


@given(valid_chunks())
def test_a_valid_chunk_survives_the_topic(chunk: EcgChunk) -> None:
    data = encode_chunk(chunk)
    assert decode_chunk(data) == chunk
    assert len(data) <= codec.MAX_CHUNK_BYTES


@given(st.binary(max_size=300))
def test_random_bytes_are_refused_by_the_one_error(data: bytes) -> None:
    for decode in (decode_chunk, decode_beat, decode_window, decode_alert):
        with pytest.raises(CodecError):
            decode(data)


@given(position=st.integers(0, 96), byte=st.integers(0, 255))
def test_a_damaged_byte_gives_a_valid_chunk_or_the_one_error(position: int, byte: int) -> None:
    data = bytearray((GOLDEN / "ecg_chunk.msgpack").read_bytes())
    data[position] = byte
    try:
        chunk = decode_chunk(bytes(data))
    except CodecError:
        return
    check_chunk(chunk)


@pytest.mark.parametrize("cut", [0, 1, 50, 100])
def test_cut_bytes_are_refused(cut: int) -> None:
    with pytest.raises(CodecError, match="not a valid message"):
        decode_chunk((GOLDEN / "ecg_chunk.msgpack").read_bytes()[:cut])


@pytest.mark.parametrize("decode", [decode_chunk, decode_beat, decode_window, decode_alert])
def test_deeply_nested_bytes_are_refused(decode: Callable[[bytes], object]) -> None:
    # The chunk's array of 15 becomes one of 16, whose last is an array in an array in an array …
    bomb = b"\xdc\x00\x10" + encode(make_chunk())[1:] + b"\x91" * 100_000 + b"\xc0"
    with pytest.raises(CodecError):
        decode(bomb)


@pytest.mark.parametrize(
    ("broken", "message_part"),
    [
        ({"schema_version": 2}, "schema version 2 is not 1; update the older side"),
        ({"stream_id": ""}, "a stream id is 1 to 64 letters"),
        ({"stream_id": "bed 1"}, "a stream id is 1 to 64 letters"),
        ({"stream_id": "-bed"}, "a stream id is 1 to 64 letters"),
        ({"stream_id": "bed1\n"}, "a stream id is 1 to 64 letters"),
        ({"stream_id": "b" * 65}, "a stream id is 1 to 64 letters"),
        ({"origin": "canary"}, "the stream 'wardbeat-canary' and no other has the origin 'canary'"),
        ({"stream_id": "wardbeat-canary"}, "the stream 'wardbeat-canary' and no other has the origin 'canary'"),
        ({"stream_id": "wardbeat-canary", "origin": "live"}, "'live' given"),
        ({"session_id": ""}, "1 to 64 characters, 0 given"),
        ({"sig_name": ()}, "1 to 16 leads, 0 given"),
        ({"sig_name": ("I",) * 17}, "1 to 16 leads, 17 given"),
        ({"sig_name": ("II", "V" * 65)}, "at most 64 characters, 65 given"),
        ({"gain": (200.0,)}, "2 leads need as many gains and baselines, 1 and 2 given"),
        ({"baseline": (0, 0, 0)}, "2 leads need as many gains and baselines, 2 and 3 given"),
        ({"electrode_off": (True,)}, "as many electrode states, 1 given"),
        ({"left_out": ("Resp",) * 65}, "at most 64 signals that are left out, each of at most 128 characters"),
        ({"left_out": ("R" * 129,)}, "at most 64 signals that are left out, each of at most 128 characters"),
        ({"fs": 49.0}, "the rate is 50 to 4000 Hz, 49 given"),
        ({"fs": math.nan}, "the rate is 50 to 4000 Hz, nan given"),
        ({"gain": (200.0, 0.0)}, "gains are finite and positive"),
        ({"gain": (200.0, math.inf)}, "gains are finite and positive"),
        ({"sequence": -1}, "are 63-bit and not negative"),
        ({"first_sample": -1}, "are 63-bit and not negative"),
        ({"acquired_ns": -1}, "are 63-bit and not negative"),
        ({"first_sample": 2**63}, "are 63-bit and not negative"),
        ({"baseline": (0, 2**31)}, "baselines are 32-bit integers"),
        ({"samples": b""}, "0 bytes of samples are not whole int16 samples of 2 leads"),
        ({"samples": b"\0" * 6}, "6 bytes of samples are not whole int16 samples of 2 leads"),
        ({"samples": np.zeros((2, 251), "<i2").tobytes()}, "at most 1 s, 251 samples a lead at 250 Hz given"),
    ],
)
def test_a_chunk_that_contradicts_itself_is_refused(broken: dict[str, object], message_part: str) -> None:
    chunk = msgspec.structs.replace(make_chunk(), **broken)
    with pytest.raises(CodecError) as error:
        decode_chunk(encode(chunk))
    assert message_part in str(error.value)
    assert "\n" not in str(error.value)


def test_a_chunk_larger_than_any_real_one_is_refused_before_decoding() -> None:
    with pytest.raises(OversizedError, match=f"at most {codec.MAX_CHUNK_BYTES} bytes"):
        decode_chunk(b"\x91" * (codec.MAX_CHUNK_BYTES + 1))


def test_the_largest_real_chunk_fits() -> None:
    twelve = msgspec.structs.replace(
        make_chunk(),
        fs=2000.0,
        sig_name=tuple(f"lead{i}" for i in range(12)),
        gain=(1000.0,) * 12,
        baseline=(0,) * 12,
        samples=np.zeros((12, 2000), "<i2").tobytes(),
    )
    assert decode_chunk(encode(twelve)).n_samples == 2000


def test_beats_and_alerts_survive_the_topic() -> None:
    beat = Beat(1, "bed-1", "s1", 360, 360.0, "N", (1.0, 0.0, 0.0, 0.0, 0.0), rr_s=None)
    assert decode_beat(encode(beat)) == beat
    assert decode_alert(encode(make_alert())) == make_alert()


def test_a_beat_of_no_known_class_is_refused() -> None:
    beat = Beat(1, "bed-1", "s1", 360, 360.0, "Z", (), rr_s=None)  # type: ignore[arg-type]
    with pytest.raises(CodecError, match="beat: not a valid message"):
        decode_beat(encode(beat))

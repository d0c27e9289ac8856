import json
import struct

import msgspec
import numpy as np
import pytest

from dashboard.feed import frames
from dashboard.views import BedView, WardView
from tests.support.samples import make_strip
from wardbeat.contracts.messages import SCHEMA_VERSION, Beat, Strip


@pytest.mark.parametrize("stream_id", ["bed-1", "bed-10"])
def test_a_strip_is_laid_out_as_documented(stream_id: str) -> None:
    samples = np.arange(6, dtype="<i2")
    valid = bytes([1, 0, 1, 1, 1, 1])
    strip = Strip(stream_id, "s1", 2**40, 1_700_000_000_500_000_000, ("MLII", "V5"), samples.tobytes(), valid)
    frame = frames.strip_frame(strip)
    kind, version, leads, id_bytes, n_samples, session, start, acquired_ms = struct.unpack("<BBBBHxxIdd", frame[:28])
    assert (kind, version, leads, id_bytes, n_samples) == (1, 1, 2, len(stream_id), 3)
    assert (session, start, acquired_ms) == (frames.session_number("s1"), 2.0**40, 1_700_000_000_500.0)
    first = 28 + id_bytes + id_bytes % 2
    assert frame[28 : 28 + id_bytes].decode() == stream_id
    assert first % 2 == 0  # an int16 view in the browser needs an even offset
    assert np.frombuffer(frame, dtype="<i2", offset=first).reshape(2, 3).tolist() == [[0, -32768, 2], [3, 4, 5]]


def test_a_chunk_of_a_patient_is_about_half_a_kilobyte() -> None:
    assert len(frames.strip_frame(make_strip())) < 540


def test_a_beat_has_its_index_at_the_rate_of_strips() -> None:
    beat = Beat(SCHEMA_VERSION, "bed-1", "s1", 720, 360.0, "V", (0.0,) * 5, 0.8)
    assert json.loads(frames.beat_frame(beat)) == {
        "type": "beat", "stream_id": "bed-1", "session": frames.session_number("s1"), "index": 500, "symbol": "V",
    }  # fmt: skip


def test_a_ward_frame_has_both_clocks() -> None:
    ward = WardView(problem=None, beds=[BedView(stream_id="bed-1", monitored=False, reason="x")])
    frame = json.loads(frames.ward_frame(ward, unix_ms=5, monotonic_ms=7))
    assert (frame["type"], frame["unix_ms"], frame["monotonic_ms"]) == ("ward", 5, 7)
    assert frame["beds"][0]["hr_bpm"] is None


@pytest.mark.parametrize(
    "message",
    ["{}", '{"look": 3}', '{"look": null, "more": 1}', "[]", "x", '{"screen": {"id": "short", "sound": true}}'],
)
def test_any_other_message_is_refused(message: str) -> None:
    with pytest.raises(msgspec.DecodeError):
        frames.decode_message(message)

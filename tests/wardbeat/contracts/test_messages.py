"""The wire format does not change: golden bytes of messages that topics and Redis retain."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from tests.support.samples import make_status
from wardbeat.care.alert_lifecycle import AlertRecord, Comment
from wardbeat.contracts.codec import decode_alert, decode_beat, decode_chunk, decode_escalation, decode_window, encode
from wardbeat.contracts.messages import Alert, Beat, EcgChunk, Escalation, Evidence, Status, Window

GOLDEN = Path(__file__).resolve().parents[2] / "golden"

CHUNK = EcgChunk(
    schema_version=1,
    stream_id="mitdb-208",
    session_id="5f0c8d6e",
    origin="replay",
    sequence=7,
    first_sample=1260,
    acquired_ns=1_760_000_003_500_000_000,
    fs=360.0,
    sig_name=("MLII", "V1"),
    gain=(200.0, 200.0),
    baseline=(1024, 0),
    samples=np.array([[1024, 1030, -32768], [-5, 0, 17]], dtype="<i2").tobytes(),
    electrode_off=(False, True),
    final=True,
    left_out=("Resp (respiration by name)",),
)
CHUNK_BEFORE_LEFT_OUT = msgspec.structs.replace(CHUNK, left_out=())
BEAT = Beat(
    schema_version=1,
    stream_id="mitdb-208",
    session_id="5f0c8d6e",
    sample=1302,
    fs=360.0,
    symbol="V",
    probabilities=(0.0625, 0.0, 0.875, 0.0625, 0.0),
    rr_s=0.5,
)
WINDOW = Window(
    schema_version=1,
    stream_id="mitdb-208",
    session_id="5f0c8d6e",
    start_sample=1800,
    end_sample=3600,
    p_abnormal=0.9375,
    reconstruction_error=1.25,
    p_ectopic=0.875,
    fs=360.0,
    acquired_ns=1_760_000_010_000_000_000,
    verdict="abnormal",
    p_threshold=0.75,
    p_threshold_patient=0.8125,
    quality=0.5,
    rhythm="(VT",
    conditions=("ventricular_tachycardia", "tachycardia"),
    admission_id="5b9f0f4e",
)
ALERT = Alert(
    schema_version=1,
    alert_id="0c6b7c1e-4a52-5a1e-9d55-6a4bb6f1b1aa",
    stream_id="mitdb-208",
    session_id="5f0c8d6e",
    origin="replay",
    kind="physiological",
    code="ventricular_run",
    priority="medium",
    fs=360.0,
    onset_sample=1302,
    raised_sample=1980,
    raised_acquired_ns=1_760_000_005_500_000_000,
    evidence=Evidence(
        rule="3 ventricular beats in a row",
        value=3.0,
        threshold=3.0,
        unit="beats",
        beats=((3.5, "N"), (3.75, "V")),
        p_abnormal=0.75,
        reconstruction_error=0.125,
        strip_start_s=0.0,
        strip_end_s=5.5,
        strip_fs_hz=250,
        strip_sig_name=("MLII",),
        strip=b"\x01\x00\xff\x7f",
        window_start_s=0.25,
        reconstruction=b"\x02\x00\xff\x7f",
        residual=b"\xff\xff\x00\x00",
        beat_probabilities=((1.0, 0.0, 0.0, 0.0, 0.0), (0.0, 0.125, 0.75, 0.125, 0.0)),
    ),
    ended_sample=2520,
    admission_id="5b9f0f4e",
    watched_from_sample=720,
)
ESCALATION = Escalation(
    schema_version=1,
    escalation_id="e5a1c7de-6f2b-5d0e-8c55-1f4bb6f1b1ab",
    alert_id=ALERT.alert_id,
    stream_id="mitdb-208",
    origin="replay",
    kind="physiological",
    code="ventricular_tachycardia",
    words="Ventricular tachycardia",
    priority="high",
    lasts=True,
    raised_ns=1_760_000_005_600_000_000,
    escalated_ns=1_760_000_065_900_000_000,
)
RECORD = AlertRecord(
    alert=ALERT,
    state="acknowledged",
    version=2,
    raised_ns=1_760_000_005_600_000_000,
    changed_ns=1_760_000_009_000_000_000,
    acknowledged_by="EW",
    acknowledged_ns=1_760_000_009_000_000_000,
    comments=(Comment("turned in bed", "EW", 1_760_000_009_000_000_000),),
    sounds_again_ns=1_760_000_129_000_000_000,
    rose_ns=1_760_000_007_000_000_000,
    escalated="high",
)
CHUNK_BEFORE_APPENDED = msgspec.structs.replace(CHUNK_BEFORE_LEFT_OUT, electrode_off=None, final=False)
ALERT_BEFORE_WATCHED_FROM = msgspec.structs.replace(ALERT, watched_from_sample=0)
ALERT_BEFORE_APPENDED = msgspec.structs.replace(
    ALERT_BEFORE_WATCHED_FROM,
    ended_sample=None,
    admission_id=None,
    evidence=Evidence(rule=ALERT.evidence.rule, value=3.0, threshold=3.0, unit="beats"),
)
ALERT_BEFORE_PROBABILITIES = msgspec.structs.replace(
    ALERT_BEFORE_WATCHED_FROM,
    admission_id=None,
    evidence=msgspec.structs.replace(ALERT.evidence, beat_probabilities=()),
)
ALERT_BEFORE_WINDOW = msgspec.structs.replace(
    ALERT_BEFORE_PROBABILITIES,
    evidence=msgspec.structs.replace(
        ALERT_BEFORE_PROBABILITIES.evidence, window_start_s=0.0, reconstruction=b"", residual=b""
    ),
)
RECORD_BEFORE_APPENDED = msgspec.structs.replace(
    RECORD, alert=ALERT_BEFORE_PROBABILITIES, comments=(), sounds_again_ns=None, rose_ns=None, escalated=None
)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ecg_chunk.msgpack", CHUNK),
        ("beat.msgpack", BEAT),
        ("window.msgpack", WINDOW),
        ("alert.msgpack", ALERT),
        ("escalation.msgpack", ESCALATION),
    ],
)
def test_bytes_on_a_topic_stay_the_same(name: str, message: msgspec.Struct) -> None:
    assert encode(message) == (GOLDEN / name).read_bytes()


def test_bytes_of_an_alert_record_in_redis_stay_the_same() -> None:
    assert msgspec.json.encode(RECORD) == (GOLDEN / "alert_record.json").read_bytes()


def test_golden_bytes_are_read_as_they_were_written() -> None:
    assert decode_chunk((GOLDEN / "ecg_chunk.msgpack").read_bytes()) == CHUNK
    assert decode_beat((GOLDEN / "beat.msgpack").read_bytes()) == BEAT
    assert decode_window((GOLDEN / "window.msgpack").read_bytes()) == WINDOW
    assert decode_alert((GOLDEN / "alert.msgpack").read_bytes()) == ALERT
    assert decode_escalation((GOLDEN / "escalation.msgpack").read_bytes()) == ESCALATION
    assert msgspec.json.decode((GOLDEN / "alert_record.json").read_bytes(), type=AlertRecord) == RECORD


def test_bytes_from_before_a_field_was_appended_take_its_default() -> None:
    assert decode_chunk((GOLDEN / "ecg_chunk_before_appended.msgpack").read_bytes()) == CHUNK_BEFORE_APPENDED
    assert decode_chunk((GOLDEN / "ecg_chunk_before_left_out.msgpack").read_bytes()) == CHUNK_BEFORE_LEFT_OUT
    assert decode_alert((GOLDEN / "alert_before_appended.msgpack").read_bytes()) == ALERT_BEFORE_APPENDED
    assert decode_alert((GOLDEN / "alert_before_watched_from.msgpack").read_bytes()) == ALERT_BEFORE_WATCHED_FROM
    assert decode_alert((GOLDEN / "alert_before_window.msgpack").read_bytes()) == ALERT_BEFORE_WINDOW
    assert decode_alert((GOLDEN / "alert_before_probabilities.msgpack").read_bytes()) == ALERT_BEFORE_PROBABILITIES
    record = msgspec.json.decode((GOLDEN / "alert_record_before_appended.json").read_bytes(), type=AlertRecord)
    assert record == RECORD_BEFORE_APPENDED


def test_a_status_from_before_windows_has_none() -> None:
    status = make_status()
    written = msgspec.json.decode(msgspec.json.encode(status))
    del written["window"]
    assert msgspec.json.decode(msgspec.json.encode(written), type=Status) == status
    with_window = msgspec.structs.replace(status, window=WINDOW)
    assert msgspec.json.decode(msgspec.json.encode(with_window), type=Status) == with_window


def test_an_old_reader_skips_what_a_newer_writer_appended() -> None:
    fields = msgspec.msgpack.decode((GOLDEN / "ecg_chunk.msgpack").read_bytes())
    assert decode_chunk(msgspec.msgpack.encode([*fields, "a field of tomorrow"])) == CHUNK


def test_samples_are_stored_lead_after_lead() -> None:
    assert CHUNK.n_samples == 3
    np.testing.assert_array_equal(CHUNK.d_signal(), [[1024, 1030, -32768], [-5, 0, 17]])
    assert not CHUNK.d_signal().flags.writeable


def test_times_follow_from_samples() -> None:
    assert BEAT.t_s == 1302 / 360
    assert BEAT.beat_id == "5f0c8d6e:1302"
    assert WINDOW.window_id == "5f0c8d6e:1800"
    assert (ALERT.onset_s, ALERT.raised_s, ALERT.ended_s) == (1302 / 360, 5.5, 7.0)
    assert ALERT_BEFORE_APPENDED.ended_s is None

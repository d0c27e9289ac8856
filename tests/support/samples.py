"""Small valid messages for tests."""

import numpy as np

from wardbeat.contracts import alert_codes
from wardbeat.contracts.messages import (
    SCHEMA_VERSION,
    Alert,
    EcgChunk,
    Evidence,
    Origin,
    Status,
    Strip,
    Verdict,
    Window,
)


def make_chunk(
    stream_id: str = "bed-1", sequence: int = 0, *, session_id: str = "s1", origin: Origin = "replay", start_ns: int = 0
) -> EcgChunk:
    """Half a second of two flat leads at 250 Hz."""
    n = 125
    return EcgChunk(
        schema_version=SCHEMA_VERSION,
        stream_id=stream_id,
        session_id=session_id,
        origin=origin,
        sequence=sequence,
        first_sample=sequence * n,
        acquired_ns=start_ns + sequence * 500_000_000,
        fs=250.0,
        sig_name=("MLII", "V5"),
        gain=(200.0, 200.0),
        baseline=(0, 0),
        samples=np.zeros((2, n), dtype="<i2").tobytes(),
    )


def make_alert(
    code: str = "pause", onset_sample: int = 1, *, stream_id: str = "bed-1", session_id: str = "s1"
) -> Alert:
    kind = alert_codes.CODES[code]
    return Alert(
        schema_version=SCHEMA_VERSION,
        alert_id=alert_codes.alert_id(session_id, code, onset_sample),
        stream_id=stream_id,
        session_id=session_id,
        origin="replay",
        kind=kind.kind,
        code=code,
        priority=kind.priority,
        fs=360.0,
        onset_sample=onset_sample,
        raised_sample=onset_sample + 1080,
        raised_acquired_ns=1,
        evidence=Evidence(
            rule="RR interval", value=3.2, threshold=3.0, unit="s", beats=((1.0, "N"),), strip_fs_hz=250, strip=b"\1\0"
        ),
    )


def make_status(stream_id: str = "bed-1", acquired_ns: int = 1, *, hr_bpm: float | None = 72.0) -> Status:
    return Status(
        schema_version=SCHEMA_VERSION,
        stream_id=stream_id,
        session_id="s1",
        origin="replay",
        sample=360,
        fs=360.0,
        acquired_ns=acquired_ns,
        t_s=1.0,
        hr_bpm=hr_bpm,
        quality=0.9,
        lead_quality=(0.9, 0.8),
        sig_name=("MLII", "V5"),
        state="monitoring",
        hr_low_bpm=50,
        hr_high_bpm=120,
    )


def make_strip(stream_id: str = "bed-1", start_index: int = 0) -> Strip:
    n = 125
    return Strip(
        stream_id=stream_id,
        session_id="s1",
        start_index=start_index,
        acquired_ns=1,
        sig_name=("MLII", "V5"),
        samples=np.zeros((2, n), dtype="<i2").tobytes(),
        valid=bytes([1] * 2 * n),
    )


def make_window(
    stream_id: str = "bed-1",
    number: int = 0,
    *,
    session_id: str = "s1",
    verdict: Verdict = "normal",
    conditions: tuple[str, ...] = (),
    start_ns: int = 0,
) -> Window:
    """The window with this number of a session that began at ``start_ns``."""
    return Window(
        schema_version=SCHEMA_VERSION,
        stream_id=stream_id,
        session_id=session_id,
        start_sample=number * 1800,
        end_sample=(number + 1) * 1800,
        p_abnormal=0.03 if verdict == "normal" else 0.9,
        reconstruction_error=0.25,
        p_ectopic=0.01 if verdict == "normal" else 0.95,
        fs=360.0,
        acquired_ns=start_ns + (number + 1) * 5_000_000_000,
        verdict=verdict,
        p_threshold=0.84,
        p_threshold_patient=0.95 if verdict == "typical" else 0.84,
        quality=0.1 if verdict == "unreadable" else 0.92,
        rhythm="(N",
        conditions=conditions,
        admission_id=None,
    )

"""What leaves the dashboard: beds and alerts as the API and the pages see them.

The words that staff read are made here, so that a browser only shows what it is given.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from wardbeat.care.alert_lifecycle import AlertRecord, AlertState, calls_from_ns
from wardbeat.care.alert_off import AlertOff
from wardbeat.care.audio_pause import AudioPause
from wardbeat.care.audit import AuditEntry
from wardbeat.clock import unix_ns
from wardbeat.contracts.alert_codes import urgency, words_of, words_of_alert
from wardbeat.contracts.messages import INVALID_SAMPLE, AlertKind, Evidence, MonitorState, Origin, Priority

_NS_PER_MS = 1_000_000


class PauseView(BaseModel):
    """Sound that is paused, of a bed or of the whole ward (``stream_id`` None)."""

    stream_id: str | None
    by: str
    since_ms: int
    until_ms: int


class OffView(BaseModel):
    """A kind of alert that is switched off for a patient."""

    code: str
    words: str
    reason: str
    by: str
    since_ms: int


class BedView(BaseModel):
    """One bed as it may be shown now.

    ``hr_bpm`` is None whenever no heart rate may be shown. ``monitored`` is false, with a ``reason`` in words, when
    nothing that is known of the bed is fresh. ``age_s`` is the time since the newest status was seen. Where ECG comes,
    but too late to be shown as live, ``delayed_s`` is by how much; alerts are as late. From ``admitted`` on it is what
    staff have set; alerts of a code in ``silenced`` make no sound while the patient is away.
    """

    stream_id: str
    monitored: bool
    reason: str | None = None
    age_s: float | None = None
    delayed_s: float | None = None
    origin: Origin | None = None
    session_id: str | None = None
    state: MonitorState | None = None
    hr_bpm: float | None = None
    hr_low_bpm: int | None = None
    hr_high_bpm: int | None = None
    quality: float | None = None
    lead_quality: tuple[float, ...] = ()
    sig_name: tuple[str, ...] = ()
    admitted: bool = False
    paced: bool = False
    known_af: bool = False
    standby_until_ms: int | None = None
    standby_by: str | None = None
    pause: PauseView | None = None
    off: list[OffView] = []
    silenced: list[str] = []


class WardView(BaseModel):
    """All beds at one moment.

    ``problem`` says in words why none of them can be known; ``pause`` is that of the whole ward's sound; ``escalates``
    is whether others are told if nobody comes to an alert.
    """

    problem: str | None
    beds: list[BedView]
    pause: PauseView | None = None
    escalates: bool = False


class CommentView(BaseModel):
    """What somebody noted with an alert."""

    text: str
    by: str
    at_ms: int


class AlertView(BaseModel):
    """One alert as staff see it, without its evidence.

    ``urgency`` orders alerts of one priority, 0 first; ``lasting`` is whether the condition still holds;
    ``calls_from_ms`` is from when it calls for somebody, None if nobody need come. Times that end in ``_ms`` are Unix
    time in milliseconds, those in ``_s`` seconds from the start of the session.
    """

    alert_id: str
    stream_id: str
    session_id: str
    origin: Origin
    kind: AlertKind
    code: str
    words: str
    priority: Priority
    urgency: int
    state: AlertState
    lasting: bool
    version: int
    onset_s: float
    ended_s: float | None
    raised_ms: int
    changed_ms: int
    acknowledged_by: str | None
    acknowledged_ms: int | None
    resolved_by: str | None
    resolved_ms: int | None
    comments: list[CommentView]
    sounds_again_ms: int | None
    rose_ms: int | None
    calls_from_ms: int | None
    escalated: Priority | None


class AuditView(BaseModel):
    """One act or change, with who did it; ``subject`` is an alert, an admission or what else there is of a bed."""

    at_ms: int
    stream_id: str | None
    subject: str
    act: str
    by: str
    detail: str


class EvidenceView(BaseModel):
    """Why an alert was raised. Signals are in microvolts, a list a lead; None is an invalid sample.

    ``reconstruction_uv`` is what the autoencoder made of the window from ``window_start_s``, ``residual_uv`` what the
    ECG is more than that; both at ``strip_fs_hz``.
    """

    rule: str
    value: float
    threshold: float
    unit: str
    p_abnormal: float | None
    reconstruction_error: float | None
    beats: list[tuple[float, str]]
    beat_probabilities: list[tuple[float, ...]]
    strip_start_s: float
    strip_fs_hz: int
    strip_sig_name: tuple[str, ...]
    strip_uv: list[list[int | None]]
    window_start_s: float
    reconstruction_uv: list[list[int]]
    residual_uv: list[list[int]]


class AlertDetail(AlertView):
    """One alert with its evidence."""

    evidence: EvidenceView


def pause_view(pause: AudioPause) -> PauseView:
    """A pause as staff see it."""
    return PauseView(
        stream_id=pause.stream_id,
        by=pause.by,
        since_ms=pause.since_ns // _NS_PER_MS,
        until_ms=pause.until_ns // _NS_PER_MS,
    )


def off_view(off: AlertOff) -> OffView:
    """A kind of alert that is switched off, as staff see it."""
    return OffView(
        code=off.code, words=words_of(off.code), reason=off.reason, by=off.by, since_ms=off.since_ns // _NS_PER_MS
    )


def audit_view(entry: AuditEntry) -> AuditView:
    """One act as staff see it."""
    return AuditView(
        at_ms=entry.at_ns // _NS_PER_MS,
        stream_id=entry.stream_id,
        subject=entry.subject,
        act=entry.act,
        by=entry.by,
        detail=entry.detail,
    )


def alert_view(record: AlertRecord) -> AlertView:
    """What staff see of an alert."""
    return AlertView(**_fields(record))


def alert_detail(record: AlertRecord) -> AlertDetail:
    """An alert with its evidence."""
    evidence = record.alert.evidence
    strip, reconstruction, residual = (
        signal_of(evidence, body) for body in (evidence.strip, evidence.reconstruction, evidence.residual)
    )
    return AlertDetail(
        **_fields(record),
        evidence=EvidenceView(
            rule=evidence.rule,
            value=evidence.value,
            threshold=evidence.threshold,
            unit=evidence.unit,
            p_abnormal=evidence.p_abnormal,
            reconstruction_error=evidence.reconstruction_error,
            beats=[(t_s, symbol) for t_s, symbol in evidence.beats],
            beat_probabilities=list(evidence.beat_probabilities),
            strip_start_s=evidence.strip_start_s,
            strip_fs_hz=evidence.strip_fs_hz,
            strip_sig_name=evidence.strip_sig_name,
            strip_uv=[[None if v == INVALID_SAMPLE else v for v in lead] for lead in strip.tolist()],
            window_start_s=evidence.window_start_s,
            reconstruction_uv=reconstruction.tolist(),
            residual_uv=residual.tolist(),
        ),
    )


def signal_of(evidence: Evidence, body: bytes) -> NDArray[np.int16]:
    """The strip, or another signal of the evidence, in microvolts, shape (leads, samples); none if none was kept."""
    leads = len(evidence.strip_sig_name)
    if not leads or len(body) % (2 * leads):
        return np.empty((leads, 0), dtype=np.int16)
    return np.frombuffer(body, dtype="<i2").reshape(leads, -1)


def unix_ms() -> int:
    return unix_ns() // _NS_PER_MS


def _fields(record: AlertRecord) -> dict[str, Any]:
    alert = record.alert
    return {
        "alert_id": alert.alert_id,
        "stream_id": alert.stream_id,
        "session_id": alert.session_id,
        "origin": alert.origin,
        "kind": alert.kind,
        "code": alert.code,
        "words": words_of_alert(alert),
        "priority": alert.priority,
        "urgency": urgency(alert.code),
        "state": record.state,
        "lasting": alert.ended_sample is None,
        "version": record.version,
        "onset_s": alert.onset_s,
        "ended_s": alert.ended_s,
        "raised_ms": record.raised_ns // _NS_PER_MS,
        "changed_ms": record.changed_ns // _NS_PER_MS,
        "acknowledged_by": record.acknowledged_by,
        "acknowledged_ms": _ms(record.acknowledged_ns),
        "resolved_by": record.resolved_by,
        "resolved_ms": _ms(record.resolved_ns),
        "comments": [
            CommentView(text=comment.text, by=comment.by, at_ms=comment.at_ns // _NS_PER_MS)
            for comment in record.comments
        ],
        "sounds_again_ms": _ms(record.sounds_again_ns),
        "rose_ms": _ms(record.rose_ns),
        "calls_from_ms": _ms(calls_from_ns(record)),
        "escalated": record.escalated,
    }


def _ms(time_ns: int | None) -> int | None:
    return None if time_ns is None else time_ns // _NS_PER_MS

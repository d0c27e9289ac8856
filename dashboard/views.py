"""Beds, alerts and the audit in the form that the API and the live feed send.

This module chooses the words for alert codes, so that a browser needs no list of them. Text that people typed
(comments, reasons, initials) is passed on verbatim.
"""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from dashboard.canary_view import CanaryView
from wardbeat.care.alert_lifecycle import AlertRecord, AlertState, calls_from_ns
from wardbeat.care.alert_off import AlertOff
from wardbeat.care.audio_pause import AudioPause
from wardbeat.care.audit import AuditEntry
from wardbeat.clock import unix_ns
from wardbeat.contracts.alert_codes import CODES, urgency, words_of, words_of_alert
from wardbeat.contracts.messages import (
    INVALID_SAMPLE,
    AlertKind,
    Evidence,
    MonitorState,
    Origin,
    Priority,
    Verdict,
    Window,
)
from wardbeat.contracts.rhythm_words import rhythm_words
from wardbeat.store.screen_store import Screen

Side = Literal["bed", "worker", "kafka", "redis", "dashboard"]
"""The side that has failed: the bed with its device and its way to Kafka, or a part of the system."""
VERDICT_WORDS: dict[Verdict, str] = {
    "normal": "Normal",
    "typical": "Typical of this patient",
    "abnormal": "Abnormal",
    "unreadable": "Not readable",
}
_NS_PER_MS = 1_000_000


class PauseView(BaseModel):
    """An audio pause of a bed, or of the whole ward (``stream_id`` None)."""

    stream_id: str | None
    by: str
    since_ms: int
    until_ms: int


class OffView(BaseModel):
    """An alert code that is switched off for a patient."""

    code: str
    words: str
    reason: str
    by: str
    since_ms: int


class BedView(BaseModel):
    """The current state of one bed.

    ``hr_bpm`` is None if no heart rate may be shown. ``monitored`` is False, with a ``reason`` in words, if the data of
    the bed are not fresh. ``lost`` is the side that has failed if staff must know that; None for a monitored bed, a
    short delay, and a recording that has ended. ``age_s`` is the time since the newest status. If ECG arrives too late
    to count as live,
    ``delayed_s`` is the delay; alerts have the same delay. ``left_out`` are the signals of the device or record that
    are not monitored, each with the reason. ``suggested_bpm`` are the limits of the heart rate that would suit the
    patient by the last hours, low and high; only staff apply them. ``verdict`` is the newest verdict on five seconds of
    ECG, which end at ``verdict_ms`` (Unix time). The fields from ``admitted`` on are settings of staff. Alerts of a
    code in ``silenced`` make no sound during a standby.
    """

    stream_id: str
    monitored: bool
    reason: str | None = None
    lost: Side | None = None
    age_s: float | None = None
    delayed_s: float | None = None
    origin: Origin | None = None
    session_id: str | None = None
    state: MonitorState | None = None
    hr_bpm: float | None = None
    hr_low_bpm: int | None = None
    hr_high_bpm: int | None = None
    suggested_bpm: tuple[int, int] | None = None
    quality: float | None = None
    lead_quality: tuple[float, ...] = ()
    sig_name: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    verdict: Verdict | None = None
    verdict_ms: int | None = None
    admitted: bool = False
    paced: bool = False
    known_af: bool = False
    standby_until_ms: int | None = None
    standby_by: str | None = None
    pause: PauseView | None = None
    off: list[OffView] = []
    silenced: list[str] = []


class HistoryGapView(BaseModel):
    """What was stored between two Unix times in ms is gone; ``from_ms`` None: everything before ``to_ms``."""

    from_ms: int | None
    to_ms: int


class ScreenView(BaseModel):
    """A tab that shows the ward or a patient. One that has stopped was frozen or ended by the browser, or sleeps."""

    screen_id: str
    words: str
    sound: bool
    seen_ms: int


class WardView(BaseModel):
    """All beds at one moment.

    ``problem`` is the reason why no bed is monitored, or None, and ``side`` the side that has failed. ``pause`` is the
    audio pause of the whole ward. ``escalates`` is whether an escalator runs. ``listening`` is the number of screens
    whose sound is on. ``stopped`` are the screens that have stopped without being closed.
    ``history_gap`` is the history that Redis has lost in the last 24 hours.
    ``canary`` is None without a canary, whose bed (``canary_bed``) is never among the beds.
    """

    problem: str | None
    side: Side | None = None
    beds: list[BedView]
    pause: PauseView | None = None
    escalates: bool = False
    history_gap: HistoryGapView | None = None
    listening: int = 0
    stopped: list[ScreenView] = []
    canary: CanaryView | None = None
    canary_bed: BedView | None = None


class VerdictView(BaseModel):
    """The verdict on five seconds of ECG. ``wardbeat.contracts.messages.Window`` describes the figures.

    ``words`` is the verdict in words. ``rhythm`` is None for a rhythm without a name of its own. ``conditions`` are
    those that held, in words, the most urgent first; ``priority`` is that of the first one, None without one.
    """

    from_ms: int
    until_ms: int
    verdict: Verdict
    words: str
    p_abnormal: float
    p_threshold: float
    p_threshold_patient: float
    p_ectopic: float
    reconstruction_error: float
    quality: float | None
    rhythm: str | None
    conditions: list[str]
    priority: Priority | None


class CommentView(BaseModel):
    """A comment on an alert."""

    text: str
    by: str
    at_ms: int


class AlertView(BaseModel):
    """One alert without its evidence.

    ``urgency`` orders alerts of one priority, 0 first. ``lasting`` is whether the condition lasts. ``calls_from_ms`` is
    the time from which the alert calls for staff, None if it does not. Times with the suffix ``_ms`` are Unix time in
    milliseconds, those with ``_s`` are seconds from the start of the session.
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
    """One entry of the audit. ``subject`` is the id of an alert or an admission, or another part of a bed."""

    at_ms: int
    stream_id: str | None
    subject: str
    act: str
    by: str
    detail: str


class EvidenceView(BaseModel):
    """The evidence of an alert. Signals are in microvolts, one list a lead; None is an invalid sample.

    ``reconstruction_uv`` is the autoencoder's reconstruction of the window from ``window_start_s``. ``residual_uv`` is
    the ECG minus the reconstruction. Both have the rate ``strip_fs_hz``.
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
    """The view of an audio pause."""
    return PauseView(
        stream_id=pause.stream_id,
        by=pause.by,
        since_ms=pause.since_ns // _NS_PER_MS,
        until_ms=pause.until_ns // _NS_PER_MS,
    )


def screen_view(screen: Screen) -> ScreenView:
    """The view of a screen."""
    return ScreenView(
        screen_id=screen.screen_id,
        words=screen.words,
        sound=screen.sound,
        seen_ms=screen.seen_ns // _NS_PER_MS,
    )


def off_view(off: AlertOff) -> OffView:
    """The view of a switched-off alert code."""
    return OffView(
        code=off.code, words=words_of(off.code), reason=off.reason, by=off.by, since_ms=off.since_ns // _NS_PER_MS
    )


def verdict_view(window: Window) -> VerdictView:
    """The view of a window."""
    until_ms = window.acquired_ns // _NS_PER_MS
    most_urgent = CODES.get(window.conditions[0]) if window.conditions else None
    named = window.rhythm not in (None, "(N")
    return VerdictView(
        from_ms=until_ms - round(1000 * (window.end_sample - window.start_sample) / window.fs),
        until_ms=until_ms,
        verdict=window.verdict,
        words=VERDICT_WORDS[window.verdict],
        p_abnormal=window.p_abnormal,
        p_threshold=window.p_threshold,
        p_threshold_patient=window.p_threshold_patient,
        p_ectopic=window.p_ectopic,
        reconstruction_error=window.reconstruction_error,
        quality=window.quality,
        rhythm=rhythm_words(window.rhythm) if window.rhythm and named else None,
        conditions=[words_of(code) for code in window.conditions],
        priority=most_urgent and most_urgent.priority,
    )


def audit_view(entry: AuditEntry) -> AuditView:
    """The view of an audit entry."""
    return AuditView(
        at_ms=entry.at_ns // _NS_PER_MS,
        stream_id=entry.stream_id,
        subject=entry.subject,
        act=entry.act,
        by=entry.by,
        detail=entry.detail,
    )


def alert_view(record: AlertRecord) -> AlertView:
    """The view of an alert."""
    return AlertView(**_fields(record))


def alert_detail(record: AlertRecord) -> AlertDetail:
    """The view of an alert with its evidence."""
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
    """A signal of the evidence in microvolts, shape (leads, samples). Without a stored signal it has 0 samples."""
    leads = len(evidence.strip_sig_name)
    if not leads or len(body) % (2 * leads):
        return np.empty((leads, 0), dtype=np.int16)
    return np.frombuffer(body, dtype="<i2").reshape(leads, -1)


def unix_ms() -> int:
    """Unix time in milliseconds."""
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

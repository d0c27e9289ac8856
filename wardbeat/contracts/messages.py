"""The messages between services: ECG chunks to the workers; beats, windows, alerts and status from them.

All are frozen msgspec Structs. Those that are encoded as arrays hold their fields by position, so a new field is always
*appended*, with a default (golden files check the format). Names that end in ``_ns`` are Unix times in nanoseconds.
``sample`` fields count native samples of the session from 0.
"""

from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

SCHEMA_VERSION = 1
INVALID_SAMPLE = -32768
"""The int16 value that means "no valid sample here" (as in WFDB formats 16, 80 and 212)."""
DISPLAY_FS_HZ = 250
"""The internal rate of the monitor; screens show strips at this rate."""

Origin = Literal["live", "replay", "synthetic", "canary"]
"""``canary``: the synthetic patient of :mod:`wardbeat.contracts.canary`, never counted, sounded or escalated."""
Symbol = Literal["N", "S", "V", "F", "Q"]
SYMBOLS: tuple[Symbol, ...] = ("N", "S", "V", "F", "Q")
"""AAMI beat classes (ANSI/AAMI EC57), in the label order of every classifier here."""
Priority = Literal["high", "medium", "low"]
AlertKind = Literal["physiological", "technical"]
MonitorState = Literal["learning", "monitoring", "no_signal", "delayed"]
Verdict = Literal["normal", "typical", "abnormal", "unreadable"]
"""The verdict on a window of five seconds (:class:`Window`)."""


class EcgChunk(msgspec.Struct, frozen=True, array_like=True):
    """A quarter to one second of one patient's ECG, as the device sends it.

    Attributes
    ----------
    schema_version : int
    stream_id : str
        One patient's monitored signal; the Kafka key.
    session_id : str
        Samples are continuous in a session; a device starts a new one at each start, a replay at each loop.
    origin : {"live", "replay", "synthetic", "canary"}
    sequence : int
        Counts the chunks of a session from 0.
    first_sample : int
        Index of the first sample in the session, at the native rate.
    acquired_ns : int
        Unix time of the first sample.
    fs : float
        Native sampling rate in Hz.
    sig_name : tuple of str
        Lead names.
    gain : tuple of float
        ADC units per mV, per lead.
    baseline : tuple of int
        ADC value of 0 mV, per lead.
    samples : bytes
        Little-endian int16, lead after lead; ``INVALID_SAMPLE`` is invalid.
    electrode_off : tuple of bool or None
        Whether an electrode of the lead is off; None if the device does not report it.
    final : bool
        Whether the session ends with this chunk.
    left_out : tuple of str
        Signals of the source that are not in the chunk, each with the reason: ``Resp (respiration by name)``.
    """

    schema_version: int
    stream_id: str
    session_id: str
    origin: Origin
    sequence: int
    first_sample: int
    acquired_ns: int
    fs: float
    sig_name: tuple[str, ...]
    gain: tuple[float, ...]
    baseline: tuple[int, ...]
    samples: bytes
    electrode_off: tuple[bool, ...] | None = None
    final: bool = False
    left_out: tuple[str, ...] = ()

    @property
    def n_leads(self) -> int:
        """Number of leads."""
        return len(self.sig_name)

    @property
    def n_samples(self) -> int:
        """Samples per lead."""
        return len(self.samples) // (2 * len(self.sig_name))

    def d_signal(self) -> NDArray[np.int16]:
        """The samples in ADC units, shape (leads, samples), read-only."""
        return np.frombuffer(self.samples, dtype="<i2").reshape(self.n_leads, -1)


class Beat(msgspec.Struct, frozen=True, array_like=True):
    """One beat: the sample of its R peak and its class. The class is Q if noise hides it; then Q has probability 1.

    ``probabilities`` are in the order of ``SYMBOLS``. ``rr_s`` is the interval to the beat before in s, None after a
    gap, after a beat that noise hides, and for such a beat. The pair (session_id, sample) identifies a beat.
    """

    schema_version: int
    stream_id: str
    session_id: str
    sample: int
    fs: float
    symbol: Symbol
    probabilities: tuple[float, ...]
    rr_s: float | None

    @property
    def beat_id(self) -> str:
        """``SESSION:SAMPLE``."""
        return f"{self.session_id}:{self.sample}"

    @property
    def t_s(self) -> float:
        """Seconds from the start of the session."""
        return self.sample / self.fs


class Window(msgspec.Struct, frozen=True, array_like=True):
    """The verdict on five seconds of signal, with the figures that led to it.

    The pair (session_id, start_sample) identifies a window. It is sent once, 0.6 to 2 s after its end, and never
    changed: what the monitor finds later (atrial fibrillation, for example) shows in later windows.

    Attributes
    ----------
    schema_version : int
    stream_id, session_id : str
    start_sample, end_sample : int
        The first sample, and the one after the last.
    p_abnormal : float
        The combined detector: the probability that the window is abnormal.
    reconstruction_error : float
        The autoencoder: the distance from this patient's normal windows, 0 or more. One normal window in 1000 is
        above 1 (ADR 012).
    p_ectopic : float
        The beat classifier: the largest probability of S, V or F of a beat in the window, before the rhythm changes
        the class of that beat; 0 without a beat.
    fs : float
        Native sampling rate in Hz.
    acquired_ns : int
        Unix time of the end of the window.
    verdict : {"normal", "typical", "abnormal", "unreadable"}
        ``abnormal``: an alert condition of high or medium priority held in the window, or ``p_abnormal`` is above both
        thresholds. ``typical``: it is above ``p_threshold``, but not above what this patient's windows have.
        ``unreadable``: less than four fifths of the window could be read, and no such condition held.
    p_threshold : float
        The threshold of the bundle in service.
    p_threshold_patient : float
        The threshold of the rule ``anomaly``, which lies above the patient's own baseline: at least ``p_threshold``,
        and the same in the first two minutes.
    quality : float or None
        The mean signal quality of the window's seconds, 0 to 1. None if it is not known: in a window that began before
        an upgrade from a version without it.
    rhythm : str or None
        The most urgent rhythm in the window, by its name in WFDB aux strings. None before the first beat.
    conditions : tuple of str
        The alert codes whose condition held in the window, the most urgent first, whether or not an alert was raised.
    admission_id : str or None
        The patient's admission; None if no patient is admitted.
    """

    schema_version: int
    stream_id: str
    session_id: str
    start_sample: int
    end_sample: int
    p_abnormal: float
    reconstruction_error: float
    p_ectopic: float
    fs: float
    acquired_ns: int
    verdict: Verdict
    p_threshold: float
    p_threshold_patient: float
    quality: float | None
    rhythm: str | None
    conditions: tuple[str, ...]
    admission_id: str | None

    @property
    def window_id(self) -> str:
        """``SESSION:START_SAMPLE``."""
        return f"{self.session_id}:{self.start_sample}"


class RhythmChange(msgspec.Struct, frozen=True, array_like=True):
    """The rhythm from ``sample`` on, with its name in WFDB aux strings: ``(N``, ``(AFIB``, ``(VT``.

    It replaces all earlier messages about changes from ``sample`` on: the monitor finds atrial fibrillation only some
    seconds after its onset.
    """

    schema_version: int
    stream_id: str
    session_id: str
    sample: int
    fs: float
    rhythm: str


class Evidence(msgspec.Struct, frozen=True):
    """Why an alert was raised: the rule or score, its value and its threshold.

    ``beats`` are (seconds from the start of the session, symbol). ``beat_probabilities`` belong to ``beats``, in the
    order of ``SYMBOLS``. ``strip`` is int16 microvolts, lead after lead, at ``strip_fs_hz``, from
    ``strip_start_s``, which is 10 s before the decision. When the alert is raised, the strip ends with the decision;
    the alert is sent again with the next 20 s.

    ``p_abnormal`` and ``reconstruction_error`` are the detector's scores of the five seconds from ``window_start_s``.
    That is the newest window when the alert is raised, and later the window that shows the decision.
    ``reconstruction`` is the autoencoder's output for it, and ``residual`` the ECG minus the reconstruction. Both have
    the format of the strip, and are empty before the first window.
    """

    rule: str
    value: float
    threshold: float
    unit: str
    beats: tuple[tuple[float, Symbol], ...] = ()
    p_abnormal: float | None = None
    reconstruction_error: float | None = None
    strip_start_s: float = 0.0
    strip_end_s: float = 0.0
    strip_fs_hz: int = 0
    strip_sig_name: tuple[str, ...] = ()
    strip: bytes = b""
    window_start_s: float = 0.0
    reconstruction: bytes = b""
    residual: bytes = b""
    beat_probabilities: tuple[tuple[float, ...], ...] = ()


class Alert(msgspec.Struct, frozen=True):
    """An alert. It is sent when it is raised, again with the whole strip, and with ``ended_sample`` when it ends.

    Each message holds all facts about the alert, so a reader needs only the last one.

    ``alert_id`` is a function of session, code and onset, so an alert that is raised twice is one alert.
    ``raised_sample`` is the newest sample that the decision used, ``raised_acquired_ns`` its time. ``admission_id`` is
    the patient's admission; None if no patient is admitted. ``watched_from_sample`` is the first sample of the monitor
    that raised the alert: after a restart in the middle of a session it is not 0, and earlier beats do not count.
    """

    schema_version: int
    alert_id: str
    stream_id: str
    session_id: str
    origin: Origin
    kind: AlertKind
    code: str
    priority: Priority
    fs: float
    onset_sample: int
    raised_sample: int
    raised_acquired_ns: int
    evidence: Evidence
    ended_sample: int | None = None
    admission_id: str | None = None
    watched_from_sample: int = 0

    @property
    def onset_s(self) -> float:
        """The onset in seconds from the start of the session."""
        return self.onset_sample / self.fs

    @property
    def raised_s(self) -> float:
        """The decision in seconds from the start of the session."""
        return self.raised_sample / self.fs

    @property
    def ended_s(self) -> float | None:
        """The end in seconds from the start of the session; None while the condition lasts."""
        return None if self.ended_sample is None else self.ended_sample / self.fs


class Escalation(msgspec.Struct, frozen=True):
    """An alert that no one has acknowledged in time, for a webhook (as JSON) and the topic.

    ``escalation_id`` is a function of alert and priority: a receiver ignores an id that it knows. ``lasts`` is whether
    the condition lasts. Times are Unix ns. It holds no name of a patient: ``stream_id`` is the bed.
    """

    schema_version: int
    escalation_id: str
    alert_id: str
    stream_id: str
    origin: Origin
    kind: AlertKind
    code: str
    words: str
    priority: Priority
    lasts: bool
    raised_ns: int
    escalated_ns: int


class Status(msgspec.Struct, frozen=True):
    """The state of a patient at one second of sample time. ``hr_bpm`` is None if it must not be shown.

    ``lag_s`` is the age of the ECG in s when the worker wrote this, by the clocks of the device and the worker. It is
    at least the age of the record in Kafka, so a device's clock that is ahead hides no delay. ``left_out`` are the
    signals of the device or record that are not monitored, each with the reason. ``window`` is the newest verdict on
    five seconds of this session, None before the first one. ``suggested_bpm`` are the limits of the heart rate that
    would suit the patient by the last hours of this session, low and high; None in the first hour. Only staff apply
    them.
    """

    schema_version: int
    stream_id: str
    session_id: str
    origin: Origin
    sample: int
    fs: float
    acquired_ns: int
    t_s: float
    hr_bpm: float | None
    quality: float
    lead_quality: tuple[float, ...]
    sig_name: tuple[str, ...]
    state: MonitorState
    hr_low_bpm: int
    hr_high_bpm: int
    lag_s: float = 0.0
    left_out: tuple[str, ...] = ()
    window: Window | None = None
    suggested_bpm: tuple[int, int] | None = None


class Strip(msgspec.Struct, frozen=True, array_like=True):
    """Filtered ECG for a screen: int16 microvolts, lead after lead, at 250 Hz.

    ``start_index`` counts 250 Hz samples of the session. ``acquired_ns`` is the time of the first sample of the strip.
    ``valid`` has one byte per sample and lead; 0 means that this sample must not be drawn.
    """

    stream_id: str
    session_id: str
    start_index: int
    acquired_ns: int
    sig_name: tuple[str, ...]
    samples: bytes
    valid: bytes

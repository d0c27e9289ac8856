"""What travels between the services: ECG chunks in, beats, windows, alerts and status out.

All are frozen msgspec Structs; the ones that go through Kafka are encoded as arrays, so fields are only ever
*appended*, with a default (golden files guard the format). Times that end in ``_ns`` are Unix time in
nanoseconds; ``sample`` fields count native samples of the session, from 0.
"""

from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

SCHEMA_VERSION = 1
INVALID_SAMPLE = -32768
"""The int16 value that means "no valid sample here" (as in WFDB formats 16, 80 and 212)."""
DISPLAY_FS_HZ = 250
"""The internal rate of the monitor, which strips are shown at."""

Origin = Literal["live", "replay", "synthetic"]
Symbol = Literal["N", "S", "V", "F", "Q"]
SYMBOLS: tuple[Symbol, ...] = ("N", "S", "V", "F", "Q")
"""AAMI beat classes (ANSI/AAMI EC57), in the label order of every classifier here."""
Priority = Literal["high", "medium", "low"]
AlertKind = Literal["physiological", "technical"]
MonitorState = Literal["learning", "monitoring", "no_signal", "delayed"]


class EcgChunk(msgspec.Struct, frozen=True, array_like=True):
    """A quarter to one second of one patient's ECG, as it left the device.

    Attributes
    ----------
    schema_version : int
    stream_id : str
        One patient's monitored signal; the Kafka key.
    session_id : str
        Continuity of samples: new at each start of a device or loop of a replay.
    origin : {"live", "replay", "synthetic"}
    sequence : int
        Counts the chunks of a session from 0.
    first_sample : int
        Index of the first sample in the session, at the native rate.
    acquired_ns : int
        When the first sample was acquired.
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
        What the device says of each lead's electrodes, if it does.
    final : bool
        The session ends with this chunk: nothing more is waited for.
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

    @property
    def n_leads(self) -> int:
        return len(self.sig_name)

    @property
    def n_samples(self) -> int:
        """Samples per lead."""
        return len(self.samples) // (2 * len(self.sig_name))

    def d_signal(self) -> NDArray[np.int16]:
        """The samples in ADC units, shape (leads, samples), read-only."""
        return np.frombuffer(self.samples, dtype="<i2").reshape(self.n_leads, -1)


class Beat(msgspec.Struct, frozen=True, array_like=True):
    """One heart beat: where its R peak is and what it is.

    ``probabilities`` are in the order of ``SYMBOLS``; ``rr_s`` is the interval to the beat before, None after a
    gap. (session_id, sample) identifies a beat for good.
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
        return f"{self.session_id}:{self.sample}"

    @property
    def t_s(self) -> float:
        """Seconds from the start of the session."""
        return self.sample / self.fs


class Window(msgspec.Struct, frozen=True, array_like=True):
    """What the combined detector says of five seconds of signal, and each part of it alone.

    ``p_ectopic`` is the beat classifier's part: the largest chance of S, V or F that it gives a beat of the window,
    whatever the rhythm makes of that beat's class; 0 without a beat.
    """

    schema_version: int
    stream_id: str
    session_id: str
    start_sample: int
    end_sample: int
    p_abnormal: float
    reconstruction_error: float
    p_ectopic: float


class RhythmChange(msgspec.Struct, frozen=True, array_like=True):
    """From ``sample`` on the rhythm is ``rhythm``, named as in WFDB aux strings: ``(N``, ``(AFIB``, ``(VT``.

    It takes the place of all changes from there on that came before it: atrial fibrillation is found some seconds after
    it began.
    """

    schema_version: int
    stream_id: str
    session_id: str
    sample: int
    fs: float
    rhythm: str


class Evidence(msgspec.Struct, frozen=True):
    """Why an alert was raised: the rule or score that fired, with its value against its threshold.

    ``beats`` are (seconds from the start of the session, symbol); ``strip`` is int16 microvolts, lead after lead,
    at ``strip_fs_hz``, from ``strip_start_s``, 10 s before the decision. It ends with the decision when the alert is
    raised; the alert is sent again with the 20 s that followed. ``beat_probabilities`` are those of each of ``beats``,
    in the order of ``SYMBOLS``.

    ``p_abnormal`` and ``reconstruction_error`` are the detector's, of the five seconds from ``window_start_s``: the
    newest window when the alert was raised, later the one that shows the decision. ``reconstruction`` is the
    autoencoder's picture of it, and ``residual`` what the ECG is more than that, sample by sample; both as the strip
    is, and empty before the first window.
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
    """What staff see. Sent when raised, again with the whole strip, and with ``ended_sample`` once it is over.

    Each time it says all that is known by then, so that the last one is all that a reader needs.

    ``alert_id`` is a function of session, code and onset, so raising it twice is one alert.
    ``raised_sample`` is the newest sample that the decision used; ``raised_acquired_ns`` is when that was acquired.
    ``admission_id`` says whose it is; None where nobody is admitted. ``watched_from_sample`` is where the monitor that
    raised it had begun: not 0 after a restart in the middle of a session, and before it nothing counted.
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
        return self.onset_sample / self.fs

    @property
    def raised_s(self) -> float:
        return self.raised_sample / self.fs

    @property
    def ended_s(self) -> float | None:
        return None if self.ended_sample is None else self.ended_sample / self.fs


class Escalation(msgspec.Struct, frozen=True):
    """Nobody came to an alert: what others are told, by webhook (as JSON) and by topic.

    ``escalation_id`` is a function of alert and priority: a receiver that knows it has been told already. ``lasts`` is
    whether the condition holds; times are Unix ns. No name of a patient is in it: ``stream_id`` is the bed.
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
    """A patient at one second of sample time. ``hr_bpm`` is None whenever it must not be shown.

    ``lag_s`` is how old the ECG was when this was written, by the clocks of its device and its worker, and at least as
    old as its record in Kafka: a device's clock that is ahead hides no delay.
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


class Strip(msgspec.Struct, frozen=True, array_like=True):
    """Filtered ECG for a screen: int16 microvolts, lead after lead, at 250 Hz.

    ``start_index`` counts 250 Hz samples of the session; ``acquired_ns`` is the time of the first one.
    ``valid`` has a byte per sample and lead, 0 where nothing may be drawn.
    """

    stream_id: str
    session_id: str
    start_index: int
    acquired_ns: int
    sig_name: tuple[str, ...]
    samples: bytes
    valid: bytes

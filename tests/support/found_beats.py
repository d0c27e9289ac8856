"""Findings of the monitor from a few words, as the reports read them."""

from collections.abc import Sequence

from processors.offline.annotate import Annotations
from wardbeat.contracts.alert_codes import CODES, alert_id
from wardbeat.contracts.messages import (
    SCHEMA_VERSION,
    Alert,
    Beat,
    Evidence,
    MonitorState,
    RhythmChange,
    Status,
    Symbol,
)

FS_HZ = 250.0


def beat(t_s: float, symbol: Symbol, rr_s: float | None) -> Beat:
    return Beat(SCHEMA_VERSION, "0", "rec", round(t_s * FS_HZ), FS_HZ, symbol, (1.0, 0.0, 0.0, 0.0, 0.0), rr_s)


def beats_of(symbols: str, rr_s: float = 0.8, start_s: float = 1.0) -> list[Beat]:
    """A beat for each letter, at equal intervals; a space is a gap in the signal of one interval."""
    found: list[Beat] = []
    after_gap = True
    for at, letter in enumerate(symbols):
        if letter != " ":
            found.append(beat(start_s + at * rr_s, letter, None if after_gap else rr_s))  # type: ignore[arg-type]
        after_gap = letter == " "
    return found


def rhythm(t_s: float, name: str) -> RhythmChange:
    return RhythmChange(SCHEMA_VERSION, "0", "rec", round(t_s * FS_HZ), FS_HZ, name)


def status(t_s: float, hr_bpm: float | None = 75.0, state: MonitorState = "monitoring") -> Status:
    sample = round(t_s * FS_HZ)
    return Status(
        SCHEMA_VERSION, "0", "rec", "replay", sample, FS_HZ, 0, t_s, hr_bpm, 0.9, (0.9,), ("II",), state, 50, 120
    )


def seconds(rates: Sequence[float | None]) -> list[Status]:
    """A status for each second from 1 s on."""
    return [status(float(at), rate) for at, rate in enumerate(rates, start=1)]


def alert(code: str, onset_s: float, ended_s: float | None) -> Alert:
    onset = round(onset_s * FS_HZ)
    return Alert(
        schema_version=SCHEMA_VERSION,
        alert_id=alert_id("rec", code, onset),
        stream_id="0",
        session_id="rec",
        origin="replay",
        kind=CODES[code].kind,
        code=code,
        priority=CODES[code].priority,
        fs=FS_HZ,
        onset_sample=onset,
        raised_sample=onset + 500,
        raised_acquired_ns=0,
        evidence=Evidence("a rule", 1.0, 1.0, "s"),
        ended_sample=None if ended_s is None else round(ended_s * FS_HZ),
    )


def annotations(
    beats: Sequence[Beat] = (),
    *,
    rhythms: Sequence[RhythmChange] = (),
    statuses: Sequence[Status] = (),
    alerts: Sequence[Alert] = (),
) -> Annotations:
    return Annotations(
        FS_HZ, list(beats), list(rhythms), list(statuses), {one.alert_id: one for one in alerts}, list(alerts)
    )

"""What was heard, made by hand."""

from collections.abc import Sequence

from training.evaluation.alerts.observations import Heard, HeardAlert
from training.evaluation.alerts.scores.intervals import RhythmSpan, Span
from wardbeat.contracts.alert_codes import CODES


def alert(code: str, onset_s: float, raised_s: float, ended_s: float | None = None) -> HeardAlert:
    """An alert of a code, with a rule that says nothing."""
    kind, priority = CODES[code].kind, CODES[code].priority
    return HeardAlert(code, kind, priority, onset_s, raised_s, ended_s, "rule", 1.0, 0.0, "")


def heard(
    *alerts: HeardAlert,
    name: str = "rec",
    duration_s: float = 300.0,
    rhythms: Sequence[tuple[float, str]] = (),
    hr_bpm: Sequence[tuple[float, float | None]] = (),
) -> Heard:
    """What was heard in a record."""
    return Heard(name, duration_s, list(alerts), list(rhythms), list(hr_bpm))


def rhythm(name: str, start_s: float, stop_s: float) -> RhythmSpan:
    """A rhythm and when it held."""
    return RhythmSpan(name, Span(start_s, stop_s))

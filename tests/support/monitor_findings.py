"""Monitor findings for tests, built by hand."""

from collections.abc import Sequence

from training.evaluation.alerts.findings import DetectedAlert, MonitorFindings
from training.evaluation.alerts.scores.intervals import RhythmInterval, TimeInterval
from wardbeat.contracts.alert_codes import CODES


def alert(code: str, onset_s: float, raised_s: float, ended_s: float | None = None) -> DetectedAlert:
    """An alert of a code; its evidence does not matter."""
    kind, priority = CODES[code].kind, CODES[code].priority
    return DetectedAlert(code, kind, priority, onset_s, raised_s, ended_s, "rule", 1.0, 0.0, "")


def findings(
    *alerts: DetectedAlert,
    name: str = "rec",
    duration_s: float = 300.0,
    rhythms: Sequence[tuple[float, str]] = (),
    hr_bpm: Sequence[tuple[float, float | None]] = (),
) -> MonitorFindings:
    """The findings in a record."""
    return MonitorFindings(name, duration_s, list(alerts), list(rhythms), list(hr_bpm))


def rhythm(name: str, start_s: float, stop_s: float) -> RhythmInterval:
    """A rhythm and its interval."""
    return RhythmInterval(name, TimeInterval(start_s, stop_s))

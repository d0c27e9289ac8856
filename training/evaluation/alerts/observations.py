"""What the live monitor makes of a signal, as far as alerts, rhythm and heart rate are scored."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from models.runtime import Runtime
from processors.monitor.patient_monitor import config_of
from processors.offline.annotate import Annotations, annotate
from training.evaluation.alerts.excerpt import excerpt
from training.evaluation.alerts.scores.intervals import RhythmInterval, TimeInterval, rhythm_intervals
from wardbeat.contracts.messages import Alert, AlertKind, Priority
from wardbeat.ecg.chunking import EcgSource


class FoundAlert(msgspec.Struct, frozen=True):
    """An alert with the rule that fired; seconds from the start of what was heard, ``ended_s`` None while active."""

    code: str
    kind: AlertKind
    priority: Priority
    onset_s: float
    raised_s: float
    ended_s: float | None
    rule: str
    value: float
    threshold: float
    unit: str


class MonitorFindings(msgspec.Struct, frozen=True):
    """What was heard in one signal.

    Attributes
    ----------
    name : str
    duration_s : float
    alerts : list of FoundAlert
        In the order in which they were raised.
    rhythms : list of (float, str)
        From when on which rhythm was annotated.
    hr_bpm : list of (float, float or None)
        The heart rate shown at each second; None where none was.
    """

    name: str
    duration_s: float
    alerts: list[FoundAlert]
    rhythms: list[tuple[float, str]]
    hr_bpm: list[tuple[float, float | None]]

    def condition(self, alert: FoundAlert) -> TimeInterval:
        """When the condition of an alert held, as found out afterwards."""
        return TimeInterval(alert.onset_s, self.duration_s if alert.ended_s is None else alert.ended_s)

    def shown(self, alert: FoundAlert) -> TimeInterval:
        """When the condition of an alert held and staff saw it."""
        return TimeInterval(alert.raised_s, max(alert.raised_s, self.condition(alert).stop_s))

    def rhythm_intervals(self) -> list[RhythmInterval]:
        """The annotated rhythms, as spans."""
        return rhythm_intervals(self.rhythms, self.duration_s)


class MonitorRun(NamedTuple):
    """A signal to be heard, from ``start_s`` up to ``stop_s`` (None is its end), under a name of its own."""

    name: str
    open: Callable[[], EcgSource]
    start_s: float = 0.0
    stop_s: float | None = None


class MonitorRunBatch(NamedTuple):
    """Signals that one process runs the monitor of one bundle over."""

    runs: Sequence[MonitorRun]
    bundle: Path | None


def run_monitor(task: MonitorRunBatch) -> list[MonitorFindings]:
    """Run the monitor as ``wardbeat annotate`` does; what lies behind ``stop_s`` is never read.

    Raises
    ------
    RecordError
        If a signal can't be read.
    """
    networks = Runtime.load(task.bundle)
    sources = [excerpt(run.open(), run.name, run.start_s, run.stop_s) for run in task.runs]
    duration_s = {source.name: source.n_samples / source.fs for source in sources}
    config = config_of(networks.manifest.thresholds)
    return [findings_of(name, duration_s[name], found) for name, found in annotate(sources, networks, config=config)]


def findings_of(name: str, duration_s: float, found: Annotations) -> MonitorFindings:
    """What is scored of the monitor's findings."""
    return MonitorFindings(
        name,
        duration_s,
        [_found_alert(alert) for alert in sorted(found.alerts.values(), key=lambda alert: alert.raised_sample)],
        [(change.sample / found.fs, change.rhythm) for change in found.rhythms],
        [(status.t_s, status.hr_bpm) for status in found.status],
    )


def _found_alert(alert: Alert) -> FoundAlert:
    why = alert.evidence
    return FoundAlert(
        alert.code, alert.kind, alert.priority, alert.onset_s, alert.raised_s, alert.ended_s,
        why.rule, why.value, why.threshold, why.unit,
    )  # fmt: skip

"""The monitor's findings in one signal: the alerts, rhythms and heart rates that are scored."""

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


class DetectedAlert(msgspec.Struct, frozen=True):
    """An alert with the rule that raised it; seconds from the start of the signal, ``ended_s`` None while active."""

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
    """The monitor's findings in one signal.

    Attributes
    ----------
    name : str
    duration_s : float
    alerts : list of DetectedAlert
        In the order in which they were raised.
    rhythms : list of (float, str)
        Start of each annotated rhythm in s, and its WFDB aux string.
    hr_bpm : list of (float, float or None)
        The displayed heart rate at each second; None where the monitor displayed none.
    """

    name: str
    duration_s: float
    alerts: list[DetectedAlert]
    rhythms: list[tuple[float, str]]
    hr_bpm: list[tuple[float, float | None]]

    def condition(self, alert: DetectedAlert) -> TimeInterval:
        """The interval in which the condition of an alert held, counted from its onset."""
        return TimeInterval(alert.onset_s, self.duration_s if alert.ended_s is None else alert.ended_s)

    def shown(self, alert: DetectedAlert) -> TimeInterval:
        """The interval in which the condition of an alert held and the alert was displayed."""
        return TimeInterval(alert.raised_s, max(alert.raised_s, self.condition(alert).stop_s))

    def rhythm_intervals(self) -> list[RhythmInterval]:
        """The annotated rhythms as intervals."""
        return rhythm_intervals(self.rhythms, self.duration_s)


class MonitorRun(NamedTuple):
    """A signal for the monitor, from ``start_s`` up to ``stop_s`` (None: up to its end), with a unique name."""

    name: str
    open: Callable[[], EcgSource]
    start_s: float = 0.0
    stop_s: float | None = None


class MonitorRunBatch(NamedTuple):
    """Signals over which one process runs the monitor with the networks of one bundle."""

    runs: Sequence[MonitorRun]
    bundle: Path | None


def run_monitor(batch: MonitorRunBatch) -> list[MonitorFindings]:
    """Run the monitor as ``wardbeat annotate`` does. It never reads samples after ``stop_s``.

    Raises
    ------
    RecordError
        If a signal can't be read.
    """
    networks = Runtime.load(batch.bundle)
    sources = [excerpt(run.open(), run.name, run.start_s, run.stop_s) for run in batch.runs]
    duration_s = {source.name: source.n_samples / source.fs for source in sources}
    config = config_of(networks.manifest.thresholds)
    return [
        findings_of(name, duration_s[name], annotations)
        for name, annotations in annotate(sources, networks, config=config)
    ]


def findings_of(name: str, duration_s: float, annotations: Annotations) -> MonitorFindings:
    """The part of the monitor's annotations that is scored."""
    return MonitorFindings(
        name,
        duration_s,
        [
            _detected_alert(alert)
            for alert in sorted(annotations.alerts.values(), key=lambda alert: alert.raised_sample)
        ],
        [(change.sample / annotations.fs, change.rhythm) for change in annotations.rhythms],
        [(status.t_s, status.hr_bpm) for status in annotations.status],
    )


def _detected_alert(alert: Alert) -> DetectedAlert:
    evidence = alert.evidence
    return DetectedAlert(
        alert.code, alert.kind, alert.priority, alert.onset_s, alert.raised_s, alert.ended_s,
        evidence.rule, evidence.value, evidence.threshold, evidence.unit,
    )  # fmt: skip

"""What the live monitor makes of a signal, as far as alerts, rhythm and heart rate are scored."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from models.runtime import Runtime
from processors.monitor.patient_monitor import config_of
from processors.offline.annotate import Annotations, annotate
from training.evaluation.alerts.excerpt import excerpt
from training.evaluation.alerts.scores.intervals import RhythmSpan, Span, rhythm_spans
from wardbeat.contracts.messages import Alert, AlertKind, Priority
from wardbeat.ecg.chunking import EcgSource


class HeardAlert(msgspec.Struct, frozen=True):
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


class Heard(msgspec.Struct, frozen=True):
    """What was heard in one signal.

    Attributes
    ----------
    name : str
    duration_s : float
    alerts : list of HeardAlert
        In the order in which they were raised.
    rhythms : list of (float, str)
        From when on which rhythm was annotated.
    hr_bpm : list of (float, float or None)
        The heart rate shown at each second; None where none was.
    """

    name: str
    duration_s: float
    alerts: list[HeardAlert]
    rhythms: list[tuple[float, str]]
    hr_bpm: list[tuple[float, float | None]]

    def condition(self, alert: HeardAlert) -> Span:
        """When the condition of an alert held, as found out afterwards."""
        return Span(alert.onset_s, self.duration_s if alert.ended_s is None else alert.ended_s)

    def shown(self, alert: HeardAlert) -> Span:
        """When the condition of an alert held and staff saw it."""
        return Span(alert.raised_s, max(alert.raised_s, self.condition(alert).stop_s))

    def rhythm_spans(self) -> list[RhythmSpan]:
        """The annotated rhythms, as spans."""
        return rhythm_spans(self.rhythms, self.duration_s)


class Hearing(NamedTuple):
    """A signal to be heard, from ``start_s`` up to ``stop_s`` (None is its end), under a name of its own."""

    name: str
    open: Callable[[], EcgSource]
    start_s: float = 0.0
    stop_s: float | None = None


class HearingTask(NamedTuple):
    """Signals that one process runs the monitor of one bundle over."""

    hearings: Sequence[Hearing]
    bundle: Path | None


def hear(task: HearingTask) -> list[Heard]:
    """Run the monitor as ``wardbeat annotate`` does; what lies behind ``stop_s`` is never read.

    Raises
    ------
    RecordError
        If a signal can't be read.
    """
    networks = Runtime.load(task.bundle)
    sources = [excerpt(hearing.open(), hearing.name, hearing.start_s, hearing.stop_s) for hearing in task.hearings]
    duration_s = {source.name: source.n_samples / source.fs for source in sources}
    config = config_of(networks.manifest.thresholds)
    return [heard_of(name, duration_s[name], found) for name, found in annotate(sources, networks, config=config)]


def heard_of(name: str, duration_s: float, found: Annotations) -> Heard:
    """What is scored of the monitor's findings."""
    return Heard(
        name,
        duration_s,
        [_heard_alert(alert) for alert in sorted(found.alerts.values(), key=lambda alert: alert.raised_sample)],
        [(change.sample / found.fs, change.rhythm) for change in found.rhythms],
        [(status.t_s, status.hr_bpm) for status in found.status],
    )


def _heard_alert(alert: Alert) -> HeardAlert:
    why = alert.evidence
    return HeardAlert(
        alert.code, alert.kind, alert.priority, alert.onset_s, alert.raised_s, alert.ended_s,
        why.rule, why.value, why.threshold, why.unit,
    )  # fmt: skip

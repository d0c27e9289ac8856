"""The strip of an error: the signal, the rhythms of the reference above it, and the monitor's alerts below these."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from training.evaluation.alerts.error_cases import AlertError
from training.evaluation.alerts.excerpt import excerpt
from training.evaluation.alerts.findings import MonitorFindings
from training.evaluation.alerts.monitor_runner import RunResult
from training.evaluation.alerts.scores.atrial_fibrillation import FIBRILLATION
from training.evaluation.alerts.scores.intervals import RhythmInterval, TimeInterval
from training.evaluation.strip import Mark, draw_strip

MERGED_WITHIN_S = 3.0
"""Names that begin within this time of each other are drawn as one."""


def draw_error_strip(path: Path, case: AlertError, signal: RunResult, reference: Sequence[RhythmInterval]) -> None:
    """Draw an error into a PNG.

    Parameters
    ----------
    path : Path
    case : AlertError
    signal : RunResult
        The signal and the findings in it.
    reference : sequence of RhythmInterval
        The reference rhythms, in the time of the signal.

    Raises
    ------
    RecordError
        If the signal can't be read.
    """
    run, findings = signal
    source = excerpt(run.open(), run.name, run.start_s, run.stop_s)
    start_s = max(0.0, case.at_s - case.before_s)
    shown = TimeInterval(start_s, start_s + case.before_s + case.after_s)
    draw_strip(
        path,
        source,
        case.at_s,
        reference=list(_marks(shown, [(rhythm.interval, rhythm.rhythm) for rhythm in reference])),
        findings=list(_marks(shown, list(_names(findings)))),
        title=f"{case.kind}: {case.signal} at {case.at_s:.1f} s",
        duration_s=case.before_s + case.after_s,
        before_s=case.before_s,
    )


def shift_rhythms(reference: Sequence[RhythmInterval], seconds: float) -> list[RhythmInterval]:
    """The rhythms of a record, in the time of a signal that begins ``seconds`` after the start of the record."""
    return [
        RhythmInterval(name, TimeInterval(interval.start_s - seconds, interval.stop_s - seconds))
        for name, interval in reference
    ]


def _names(findings: MonitorFindings) -> Iterator[tuple[TimeInterval, str]]:
    """Alerts while they are displayed (physiological ones of low priority left out), and AF."""
    for alert in findings.alerts:
        if alert.priority != "low" or alert.kind == "technical":
            yield findings.shown(alert), alert.code.replace("_", " ")
    for rhythm in findings.rhythm_intervals():
        if rhythm.rhythm == FIBRILLATION:
            yield rhythm.interval, rhythm.rhythm


def _marks(shown: TimeInterval, named: Sequence[tuple[TimeInterval, str]]) -> Iterator[Mark]:
    """Names where they begin, or at the start of the strip. Names close to each other become one mark."""
    starts = sorted(
        (max(interval.start_s, shown.start_s), name)
        for interval, name in named
        if interval.start_s < shown.stop_s and interval.stop_s > shown.start_s
    )
    groups: list[tuple[float, list[str]]] = []
    for t_s, name in starts:
        if groups and t_s - groups[-1][0] < MERGED_WITHIN_S:
            groups[-1][1].append(name)
        else:
            groups.append((t_s, [name]))
    for t_s, names in groups:
        yield Mark(t_s, " + ".join(names))

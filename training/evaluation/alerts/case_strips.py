"""The strip of an error: the signal as it was heard, the reference's rhythms above it and our own alerts below them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from training.evaluation.alerts.error_cases import AlertError
from training.evaluation.alerts.excerpt import excerpt
from training.evaluation.alerts.observations import MonitorFindings
from training.evaluation.alerts.observer import RunResult
from training.evaluation.alerts.scores.atrial_fibrillation import FIBRILLATION
from training.evaluation.alerts.scores.intervals import RhythmInterval, TimeInterval
from training.evaluation.strip import Mark, draw_strip

APART_S = 3.0
"""Names that begin nearer to each other than this share a line as one."""


def draw_case(path: Path, case: AlertError, signal: RunResult, reference: Sequence[RhythmInterval]) -> None:
    """Draw an error into a PNG.

    Parameters
    ----------
    path : Path
    case : AlertError
    signal : RunResult
        What was heard.
    reference : sequence of RhythmInterval
        What a human annotated there, in the time of the signal.

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
        list(_marks(shown, [(rhythm.span, rhythm.rhythm) for rhythm in reference])),
        list(_marks(shown, list(_names(findings)))),
        f"{case.kind}: {case.signal} at {case.at_s:.1f} s",
        case.before_s + case.after_s,
        case.before_s,
    )


def shifted(reference: Sequence[RhythmInterval], seconds: float) -> list[RhythmInterval]:
    """The rhythms in the time of a signal that begins so much later."""
    return [
        RhythmInterval(name, TimeInterval(span.start_s - seconds, span.stop_s - seconds)) for name, span in reference
    ]


def _names(findings: MonitorFindings) -> Iterator[tuple[TimeInterval, str]]:
    """Alerts but for those of low priority while they stand, and AF."""
    for alert in findings.alerts:
        if alert.priority != "low" or alert.kind == "technical":
            yield findings.shown(alert), alert.code.replace("_", " ")
    for rhythm in findings.rhythm_intervals():
        if rhythm.rhythm == FIBRILLATION:
            yield rhythm.span, rhythm.rhythm


def _marks(shown: TimeInterval, named: Sequence[tuple[TimeInterval, str]]) -> Iterator[Mark]:
    """Names where they begin, or at the start of the strip; those near to each other together."""
    begins = sorted(
        (max(span.start_s, shown.start_s), name)
        for span, name in named
        if span.start_s < shown.stop_s and span.stop_s > shown.start_s
    )
    together: list[tuple[float, list[str]]] = []
    for t_s, name in begins:
        if together and t_s - together[-1][0] < APART_S:
            together[-1][1].append(name)
        else:
            together.append((t_s, [name]))
    for t_s, names in together:
        yield Mark(t_s, " + ".join(names))

"""Spans of time in seconds: when a rhythm or an alert held."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from wardbeat.ecg.reference import ReferenceRhythm


class TimeInterval(NamedTuple):
    """From ``start_s`` up to ``stop_s``."""

    start_s: float
    stop_s: float

    @property
    def duration_s(self) -> float:
        return self.stop_s - self.start_s

    def overlap_s(self, other: "TimeInterval") -> float:
        """How long both hold."""
        return max(0.0, min(self.stop_s, other.stop_s) - max(self.start_s, other.start_s))


class RhythmInterval(NamedTuple):
    """A rhythm, by its WFDB aux string, and when it held."""

    rhythm: str
    span: TimeInterval


def union(spans: Iterable[TimeInterval]) -> list[TimeInterval]:
    """When any of the spans held: sorted, apart from each other; empty spans hold nothing."""
    joined: list[TimeInterval] = []
    for span in sorted(span for span in spans if span.duration_s > 0):
        if joined and span.start_s <= joined[-1].stop_s:
            joined[-1] = TimeInterval(joined[-1].start_s, max(joined[-1].stop_s, span.stop_s))
        else:
            joined.append(span)
    return joined


def covered_s(span: TimeInterval, by: Sequence[TimeInterval]) -> float:
    """How much of a span is covered by others that lie apart from each other."""
    return sum(span.overlap_s(other) for other in by)


def rhythm_intervals(changes: Sequence[tuple[float, str]], duration_s: float) -> list[RhythmInterval]:
    """The rhythms that (seconds, rhythm) changes say, each until the next one or the end of the record."""
    ordered = [*sorted(changes, key=lambda change: change[0]), (duration_s, "")]
    return [
        RhythmInterval(name, TimeInterval(t_s, end_s)) for (t_s, name), (end_s, _) in pairwise(ordered) if end_s > t_s
    ]


def reference_intervals(rhythms: Sequence[ReferenceRhythm], fs: float, duration_s: float) -> list[RhythmInterval]:
    """The rhythms of a reference, as spans."""
    return rhythm_intervals([(change.sample / fs, change.rhythm) for change in rhythms], duration_s)

"""Time intervals in seconds, for rhythms and alerts."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from wardbeat.ecg.reference import ReferenceRhythm


class TimeInterval(NamedTuple):
    """An interval from ``start_s`` up to ``stop_s``."""

    start_s: float
    stop_s: float

    @property
    def duration_s(self) -> float:
        return self.stop_s - self.start_s

    def overlap_s(self, other: "TimeInterval") -> float:
        """Duration of the intersection of both intervals."""
        return max(0.0, min(self.stop_s, other.stop_s) - max(self.start_s, other.start_s))


class RhythmInterval(NamedTuple):
    """A rhythm (its WFDB aux string) and its interval."""

    rhythm: str
    interval: TimeInterval


def union(intervals: Iterable[TimeInterval]) -> list[TimeInterval]:
    """The union of intervals as disjoint intervals in order; empty intervals are ignored."""
    joined: list[TimeInterval] = []
    for interval in sorted(interval for interval in intervals if interval.duration_s > 0):
        if joined and interval.start_s <= joined[-1].stop_s:
            joined[-1] = TimeInterval(joined[-1].start_s, max(joined[-1].stop_s, interval.stop_s))
        else:
            joined.append(interval)
    return joined


def covered_s(interval: TimeInterval, by: Sequence[TimeInterval]) -> float:
    """The part of an interval, in s, that other disjoint intervals cover."""
    return sum(interval.overlap_s(other) for other in by)


def rhythm_intervals(changes: Sequence[tuple[float, str]], duration_s: float) -> list[RhythmInterval]:
    """The rhythms from (seconds, rhythm) changes: each lasts until the next change or the end of the record."""
    ordered = [*sorted(changes, key=lambda change: change[0]), (duration_s, "")]
    return [
        RhythmInterval(name, TimeInterval(t_s, end_s)) for (t_s, name), (end_s, _) in pairwise(ordered) if end_s > t_s
    ]


def reference_intervals(rhythms: Sequence[ReferenceRhythm], fs: float, duration_s: float) -> list[RhythmInterval]:
    """The rhythms of a reference as intervals."""
    return rhythm_intervals([(change.sample / fs, change.rhythm) for change in rhythms], duration_s)

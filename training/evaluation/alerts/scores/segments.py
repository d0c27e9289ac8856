"""VF and VT in segments of five seconds, against a reference rhythm.

A segment is of the kind that holds for its whole length. Segments in which the kind changes are counted apart, by the
kind that holds for most of them; noise is no part of sensitivity and specificity, and what nobody annotated is left
out. A segment is called VF or VT where that is said of at least half of it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from training.evaluation.alerts.observations import MonitorFindings
from training.evaluation.alerts.scores.intervals import RhythmInterval, TimeInterval, covered_s, union
from training.evaluation.alerts.scores.lethal_rhythms import (
    CODES,
    FIBRILLATION,
    KIND_OF,
    KINDS,
    NOISE,
    OTHER,
    TACHYCARDIA,
    lethal_intervals,
)
from training.evaluation.alerts.scores.proportions import Figure, interval_of, proportion
from training.evaluation.bootstrap import Interval

SEGMENT_S = 5.0
CALLED_FROM = 0.5
"""Share of a segment."""
AFTERWARDS, LIVE = "afterwards", "live"
"""Decided from the onset that a rhythm or alert was given, or only while staff saw an alert."""


class Called(msgspec.Struct, frozen=True):
    """So many segments, and how many of them were called VF or VT."""

    segments: int = 0
    called: int = 0


class Segments(msgspec.Struct, frozen=True):
    """A record's segments by kind: those in which it holds throughout, and those with a change in them."""

    pure: dict[str, Called]
    mixed: dict[str, Called]


class SegmentRow(msgspec.Struct, frozen=True):
    """Sensitivity by kind, specificity, and how much noise was called VF or VT; shares of 1."""

    decided: str
    pure: dict[str, Called]
    mixed: dict[str, Called]
    se: Interval
    se_vf: Interval
    se_vt: Interval
    sp: Interval
    noise_called: Interval


def called_intervals(findings: MonitorFindings, decided: str) -> list[TimeInterval]:
    """When VF or VT is said to hold, apart from each other."""
    alerts = [alert for alert in findings.alerts if alert.code in CODES]
    if decided == LIVE:
        return union(findings.shown(alert) for alert in alerts)
    return union([*(findings.condition(alert) for alert in alerts), *lethal_intervals(findings.rhythm_intervals())])


def score_segments(reference: Sequence[RhythmInterval], called: Sequence[TimeInterval], duration_s: float) -> Segments:
    """Count the segments of a record.

    Parameters
    ----------
    reference : sequence of RhythmInterval
    called : sequence of TimeInterval
        When VF or VT is said to hold; apart from each other.
    duration_s : float
        Of the record, from 0 on.
    """
    counts: dict[bool, dict[str, list[bool]]] = {True: defaultdict(list), False: defaultdict(list)}
    for row in range(int(duration_s // SEGMENT_S)):
        segment = TimeInterval(row * SEGMENT_S, (row + 1) * SEGMENT_S)
        kinds = _kinds_in(segment, reference)
        if sum(kinds.values()) < SEGMENT_S - 1e-6:
            continue
        most = max(kinds, key=kinds.__getitem__)
        counts[len(kinds) == 1][most].append(covered_s(segment, called) >= CALLED_FROM * SEGMENT_S)
    return Segments(*(_called(counts[pure]) for pure in (True, False)))


def segment_row(decided: str, records: Sequence[Segments], drawn: NDArray[np.int64]) -> SegmentRow:
    """All figures of several records together; intervals from how often each is in each draw."""
    pure = [record.pure for record in records]
    cells = np.array([[(by[kind].called, by[kind].segments) for kind in KINDS] for by in pure], np.int64)
    cells = cells.reshape(len(records), -1)
    return SegmentRow(
        decided,
        _together(pure),
        _together([record.mixed for record in records]),
        se=interval_of(_called_of(FIBRILLATION, TACHYCARDIA), cells, drawn),
        se_vf=interval_of(_called_of(FIBRILLATION), cells, drawn),
        se_vt=interval_of(_called_of(TACHYCARDIA), cells, drawn),
        sp=interval_of(lambda counts: 1 - _called_of(OTHER)(counts), cells, drawn),
        noise_called=interval_of(_called_of(NOISE), cells, drawn),
    )


def _kinds_in(segment: TimeInterval, reference: Sequence[RhythmInterval]) -> dict[str, float]:
    """How many seconds of a segment each kind holds for."""
    seconds: dict[str, float] = defaultdict(float)
    for rhythm in reference:
        if overlap_s := rhythm.span.overlap_s(segment):
            seconds[KIND_OF.get(rhythm.rhythm, OTHER)] += overlap_s
    return dict(seconds)


def _called(counts: Mapping[str, Sequence[bool]]) -> dict[str, Called]:
    return {kind: Called(len(counts.get(kind, ())), sum(counts.get(kind, ()))) for kind in KINDS}


def _together(records: Sequence[Mapping[str, Called]]) -> dict[str, Called]:
    return {
        kind: Called(sum(by[kind].segments for by in records), sum(by[kind].called for by in records)) for kind in KINDS
    }


def _called_of(*kinds: str) -> Figure:
    """The share of the segments of these kinds that was called; counts are (called, segments) kind after kind."""
    at = [2 * KINDS.index(kind) for kind in kinds]

    def figure(counts: NDArray[np.int64]) -> NDArray[np.float64]:
        return proportion(counts[..., at].sum(axis=-1), counts[..., [column + 1 for column in at]].sum(axis=-1))

    return figure

"""VF and VT in segments of 5 s, against a reference rhythm.

A segment has the kind of rhythm that holds for its whole length. Segments in which the kind changes are counted
separately, by the kind that holds for most of the segment. Sensitivity and specificity leave noise out, and segments
with a part without reference are not scored. A segment counts as detected if VF or VT is detected for at least half of
it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from training.evaluation.alerts.findings import MonitorFindings
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
from training.evaluation.alerts.scores.proportions import Statistic, interval_of, proportion
from training.evaluation.bootstrap import Interval

SEGMENT_S = 5.0
DETECTED_FROM = 0.5
"""Proportion of a segment."""
AFTERWARDS, LIVE = "afterwards", "live"
"""How detections count: from the onset of a rhythm or alert (afterwards), or while an alert is displayed (live)."""


class SegmentCounts(msgspec.Struct, frozen=True):
    """A number of segments, and how many of them were detected as VF or VT."""

    segments: int = 0
    called: int = 0


class RecordSegments(msgspec.Struct, frozen=True):
    """The segments of a record by kind: those with one kind throughout, and those with a change of kind."""

    pure: dict[str, SegmentCounts]
    mixed: dict[str, SegmentCounts]


class SegmentRow(msgspec.Struct, frozen=True):
    """Sensitivity by kind, specificity, and the proportion of noise detected as VF or VT; from 0 to 1."""

    decided: str
    pure: dict[str, SegmentCounts]
    mixed: dict[str, SegmentCounts]
    se: Interval
    se_vf: Interval
    se_vt: Interval
    sp: Interval
    noise_called: Interval


def detected_intervals(findings: MonitorFindings, decided: str) -> list[TimeInterval]:
    """The disjoint intervals in which VF or VT is detected; ``decided`` is ``AFTERWARDS`` or ``LIVE``."""
    alerts = [alert for alert in findings.alerts if alert.code in CODES]
    if decided == LIVE:
        return union(findings.shown(alert) for alert in alerts)
    return union([*(findings.condition(alert) for alert in alerts), *lethal_intervals(findings.rhythm_intervals())])


def score_segments(
    reference: Sequence[RhythmInterval], detected: Sequence[TimeInterval], duration_s: float
) -> RecordSegments:
    """Count the segments of a record.

    Parameters
    ----------
    reference : sequence of RhythmInterval
    detected : sequence of TimeInterval
        Disjoint intervals with detected VF or VT.
    duration_s : float
        Duration of the record.
    """
    counts: dict[bool, dict[str, list[bool]]] = {True: defaultdict(list), False: defaultdict(list)}
    for row in range(int(duration_s // SEGMENT_S)):
        segment = TimeInterval(row * SEGMENT_S, (row + 1) * SEGMENT_S)
        kinds = _kinds_in(segment, reference)
        if sum(kinds.values()) < SEGMENT_S - 1e-6:
            continue
        main_kind = max(kinds, key=kinds.__getitem__)
        counts[len(kinds) == 1][main_kind].append(covered_s(segment, detected) >= DETECTED_FROM * SEGMENT_S)
    return RecordSegments(*(_n_detected(counts[pure]) for pure in (True, False)))


def segment_row(decided: str, records: Sequence[RecordSegments], resamples: NDArray[np.int64]) -> SegmentRow:
    """All figures of several records together; ``resamples`` is how often each record is in each resample."""
    pure = [record.pure for record in records]
    cells = np.array([[(by[kind].called, by[kind].segments) for kind in KINDS] for by in pure], np.int64)
    cells = cells.reshape(len(records), -1)
    return SegmentRow(
        decided,
        _together(pure),
        _together([record.mixed for record in records]),
        se=interval_of(_detection_rate(FIBRILLATION, TACHYCARDIA), cells, resamples),
        se_vf=interval_of(_detection_rate(FIBRILLATION), cells, resamples),
        se_vt=interval_of(_detection_rate(TACHYCARDIA), cells, resamples),
        sp=interval_of(lambda counts: 1 - _detection_rate(OTHER)(counts), cells, resamples),
        noise_called=interval_of(_detection_rate(NOISE), cells, resamples),
    )


def _kinds_in(segment: TimeInterval, reference: Sequence[RhythmInterval]) -> dict[str, float]:
    """Seconds of a segment by kind of rhythm."""
    seconds: dict[str, float] = defaultdict(float)
    for rhythm in reference:
        if overlap_s := rhythm.interval.overlap_s(segment):
            seconds[KIND_OF.get(rhythm.rhythm, OTHER)] += overlap_s
    return dict(seconds)


def _n_detected(counts: Mapping[str, Sequence[bool]]) -> dict[str, SegmentCounts]:
    return {kind: SegmentCounts(len(counts.get(kind, ())), sum(counts.get(kind, ()))) for kind in KINDS}


def _together(records: Sequence[Mapping[str, SegmentCounts]]) -> dict[str, SegmentCounts]:
    return {
        kind: SegmentCounts(sum(by[kind].segments for by in records), sum(by[kind].called for by in records))
        for kind in KINDS
    }


def _detection_rate(*kinds: str) -> Statistic:
    """The proportion of detected segments of these kinds; the counts are (detected, segments) kind after kind."""
    at = [2 * KINDS.index(kind) for kind in kinds]

    def statistic(counts: NDArray[np.int64]) -> NDArray[np.float64]:
        return proportion(counts[..., at].sum(axis=-1), counts[..., [column + 1 for column in at]].sum(axis=-1))

    return statistic

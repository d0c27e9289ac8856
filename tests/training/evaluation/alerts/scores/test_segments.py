"""Segments of 5 s."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.monitor_findings import alert, findings, rhythm
from training.evaluation.alerts.scores.intervals import TimeInterval
from training.evaluation.alerts.scores.proportions import resample_records
from training.evaluation.alerts.scores.segments import (
    AFTERWARDS,
    LIVE,
    SegmentCounts,
    detected_intervals,
    score_segments,
    segment_row,
)

REFERENCE = [
    rhythm("(N", 0, 20), rhythm("(VT", 20, 32), rhythm("(VFL", 32, 50), rhythm("(NOISE", 50, 60),
    rhythm("(AFIB", 60, 80),
]  # fmt: skip


def test_segments_of_one_kind_and_mixed_ones() -> None:
    found = score_segments(REFERENCE, [TimeInterval(24.0, 52.5), TimeInterval(70.0, 72.5)], 83.0)
    assert found.pure == {
        "VF": SegmentCounts(3, 3),
        "VT": SegmentCounts(2, 1),
        "other": SegmentCounts(8, 1),
        "noise": SegmentCounts(2, 1),
    }
    assert found.mixed == {
        "VF": SegmentCounts(1, 1),
        "VT": SegmentCounts(0, 0),
        "other": SegmentCounts(0, 0),
        "noise": SegmentCounts(0, 0),
    }


def test_figures_of_two_records() -> None:
    one = score_segments(REFERENCE, [TimeInterval(20.0, 50.0)], 80.0)
    other = score_segments([rhythm("(N", 0, 100)], [TimeInterval(0.0, 10.0)], 100.0)
    row = segment_row(AFTERWARDS, [one, other], resample_records(["a", "b"], 0))
    assert row.se.value == row.se_vf.value == row.se_vt.value == 1.0
    assert row.sp.value == pytest.approx(26 / 28)
    assert row.noise_called.value == 0.0
    assert row.pure["other"] == SegmentCounts(28, 2)
    assert row.sp.low < row.sp.value < row.sp.high


def test_afterwards_counts_from_the_onset_and_live_from_when_it_was_raised() -> None:
    found = findings(
        alert("ventricular_fibrillation", 10.0, 16.0, 40.0),
        alert("asystole", 50.0, 54.0, 60.0),
        rhythms=[(0.0, "(N"), (80.0, "(VT"), (90.0, "(N")],
        duration_s=100.0,
    )
    assert detected_intervals(found, AFTERWARDS) == [TimeInterval(10.0, 40.0), TimeInterval(80.0, 90.0)]
    assert detected_intervals(found, LIVE) == [TimeInterval(16.0, 40.0)]


def test_an_alert_that_has_not_ended_holds_to_the_end() -> None:
    found = findings(alert("ventricular_tachycardia", 90.0, 95.0), duration_s=100.0)
    assert detected_intervals(found, LIVE) == [TimeInterval(95.0, 100.0)]


@given(st.lists(st.sampled_from(["(N", "(VT", "(VF", "(VFIB", "(NOISE", "(ASYS", ""]), min_size=1, max_size=30))
def test_every_annotated_segment_is_counted_once(names: list[str]) -> None:
    reference = [rhythm(name, 5.0 * at, 5.0 * at + 5) for at, name in enumerate(names) if name]
    truth = [rhythm.interval for rhythm in reference if rhythm.rhythm in ("(VT", "(VF", "(VFIB")]
    found = score_segments(reference, truth, 5.0 * len(names))
    assert sum(kind.segments for kind in found.pure.values()) == len(reference)
    assert sum(kind.segments for kind in found.mixed.values()) == 0
    assert found.pure["VF"].called + found.pure["VT"].called == len(truth)
    assert found.pure["other"].called == found.pure["noise"].called == 0

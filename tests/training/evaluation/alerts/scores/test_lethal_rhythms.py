"""Intervals of VF and VT in a reference."""

from tests.support.monitor_findings import rhythm
from training.evaluation.alerts.scores.intervals import TimeInterval
from training.evaluation.alerts.scores.lethal_rhythms import FIBRILLATION, lethal_intervals

RHYTHMS = [
    rhythm("(N", 0, 10),
    rhythm("(VT", 10, 14),
    rhythm("(VFL", 14, 30),
    rhythm("(N", 30, 40),
    rhythm("(VF", 40, 42),
    rhythm("(NOISE", 42, 50),
]


def test_adjacent_rhythms_are_one_interval_and_other_rhythms_are_none() -> None:
    assert lethal_intervals(RHYTHMS) == [TimeInterval(10, 30), TimeInterval(40, 42)]


def test_intervals_are_chosen_by_kind_and_duration() -> None:
    assert lethal_intervals(RHYTHMS, (FIBRILLATION,)) == [TimeInterval(14, 30), TimeInterval(40, 42)]
    assert lethal_intervals(RHYTHMS, (FIBRILLATION,), at_least_s=3.0) == [TimeInterval(14, 30)]

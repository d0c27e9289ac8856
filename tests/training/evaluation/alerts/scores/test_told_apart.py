"""Seconds of fibrillation and tachycardia with the right alert, and the mean over patients."""

import math

import pytest

from training.data.ventricular_stretches import RhythmStretch
from training.evaluation.alerts.scores.intervals import TimeInterval
from training.evaluation.alerts.scores.told_apart import CODE_OF, DECIDED_AFTER_S, patient_mean, seconds_told_apart

VF, VT = CODE_OF["VF"], CODE_OF["VT"]
FIBRILLATES = RhythmStretch("vfdb", "1", 100, 120, "VF", "a reason")
FAST = RhythmStretch("vfdb", "1", 200, 300, "VT", "a reason")
OTHER_PATIENT = RhythmStretch("vfdb", "2", 0, 20, "VF", "a reason")


def test_seconds_count_by_the_alert_that_is_displayed_after_the_start() -> None:
    shown = {VF: [TimeInterval(102, 110)], VT: [TimeInterval(110, 115)]}
    assert seconds_told_apart(FIBRILLATES, shown) == (110 - 100 - DECIDED_AFTER_S, 115 - 100 - DECIDED_AFTER_S)
    assert seconds_told_apart(FAST, shown) == (0, 0)


def test_both_alerts_at_once_tell_nothing_apart() -> None:
    shown = {code: [TimeInterval(100, 120)] for code in (VF, VT)}
    assert seconds_told_apart(FIBRILLATES, shown)[0] == 0


def test_each_patient_and_each_kind_counts_once() -> None:
    counts = [(FIBRILLATES, 5, 10), (FAST, 90, 90), (FAST, 10, 10), (OTHER_PATIENT, 1, 4)]
    assert patient_mean(counts) == pytest.approx(((0.5 + 1.0) / 2 + 0.25) / 2)
    assert math.isnan(patient_mean([(FAST, 0, 0)]))

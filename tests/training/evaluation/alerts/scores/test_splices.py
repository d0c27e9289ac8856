"""Scores of splices: alerts in time, and heart rates without an alert."""

import math

import pytest

from tests.support.monitor_findings import alert, findings
from training.evaluation.alerts.findings import DetectedAlert
from training.evaluation.alerts.scores.proportions import resample_records
from training.evaluation.alerts.scores.splices import SpliceRow, score_splice, splice_passes, splice_rows
from training.evaluation.splices import EXPECTED, Splice


def scored(kind: str, *alerts: DetectedAlert, shown: range = range(0)) -> SpliceRow:
    rates = [(float(t), 70.0 if t in shown else None) for t in range(300)]
    return score_splice("rec", Splice(kind, 120.0), findings(*alerts, hr_bpm=rates))


def test_the_alert_expected_within_the_splice() -> None:
    row = scored("flat", alert("asystole", 119.0, 124.2, 141.0))
    assert (row.raised_s, row.code, row.other_codes) == (pytest.approx(4.2), "asystole", [])
    assert splice_passes(row)


def test_another_alert_is_named_and_does_not_count() -> None:
    row = scored("flat", alert("ventricular_fibrillation", 121.0, 125.0), alert("lead_off", 121.0, 125.0))
    assert (row.raised_s, row.other_codes) == (None, ["ventricular_fibrillation"])
    assert not splice_passes(row)


@pytest.mark.parametrize("alerts", [(alert("lead_off", 10.0, 10.0, 119.9),), (alert("lead_off", 140.0, 140.0),), ()])
def test_alerts_before_and_behind_are_none_of_it(alerts: tuple[DetectedAlert, ...]) -> None:
    assert scored("rail", *alerts).raised_s is None


def test_a_heart_rate_without_an_alert() -> None:
    row = scored("mains", alert("noisy_signal", 120.0, 135.0), shown=range(110, 160))
    assert (row.early_rate_s, row.rate_s) == (10, 4), "120 to 130 s, then until the alert stood at 135 s"
    assert scored("rail", alert("lead_off", 120.0, 121.0), shown=range(110, 160)).rate_s == 0


def test_figures_by_kind() -> None:
    good, late = scored("flat", alert("asystole", 119.0, 124.0)), scored("flat", alert("asystole", 119.0, 131.0))
    rows = {row.kind: row for row in splice_rows([[good, late], [scored("rail")]], resample_records(["a", "b"], 0))}
    assert set(rows) == set(EXPECTED)
    assert (rows["flat"].splices, rows["flat"].in_time.value, rows["flat"].longest_s) == (2, 0.5, 11.0)
    assert rows["flat"].by_code == {"asystole": 2}
    assert (rows["rail"].in_time.value, rows["rail"].longest_s) == (0.0, math.inf)
    assert rows["mains"].splices == 0

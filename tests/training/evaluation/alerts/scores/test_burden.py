"""Alerts a day."""

import pytest

from tests.support.monitor_findings import alert, findings
from training.evaluation.alerts.scores.burden import burden_of
from training.evaluation.alerts.scores.intervals import TimeInterval
from training.evaluation.alerts.scores.proportions import resample_records


def test_alerts_are_counted_by_group_and_code() -> None:
    one = findings(
        alert("asystole", 1, 2), alert("couplet", 1, 2), alert("couplet", 50, 52), alert("lead_off", 9, 9),
        name="a", duration_s=7200.0,
    )  # fmt: skip
    other = findings(alert("bradycardia", 5, 9), name="b", duration_s=3600.0)
    conditions = {"couplet": [TimeInterval(1.5, 1.5)], "bradycardia": [TimeInterval(0.0, 2.0)]}
    found = burden_of([one, other], [conditions, conditions], resample_records(["a", "b"], 0))
    assert [(row.name.split(",")[0], row.alerts, row.a_day.value) for row in found.groups] == [
        ("high or medium", 2, 16.0), ("low", 2, 16.0), ("technical", 1, 8.0)
    ]  # fmt: skip
    assert [row.name for row in found.codes] == ["asystole", "bradycardia", "couplet", "lead_off"]
    assert [(row.name, row.false) for row in found.codes] == [
        ("asystole", 1), ("bradycardia", 0), ("couplet", 1), ("lead_off", None)
    ]  # fmt: skip
    assert [row.false for row in found.groups] == [1, 1, None]
    assert found.groups[0].false_a_day is not None
    assert found.groups[0].false_a_day.value == 8.0
    assert found.hours == 3.0
    assert found.by_record == {"a": {"asystole": 1, "couplet": 2, "lead_off": 1}, "b": {"bradycardia": 1}}
    assert (found.groups[0].a_day.low, found.groups[0].a_day.high) == (pytest.approx(12.0), pytest.approx(24.0))


def test_silence_is_no_alert_a_day() -> None:
    found = burden_of([findings(duration_s=3600.0)], [{}], resample_records(["a"], 0))
    assert [row.a_day.value for row in found.groups] == [0.0, 0.0, 0.0]
    assert found.codes == []

"""VF told from VT, and VF alerts in noise and asystole."""

import numpy as np
import pytest

from tests.support.monitor_findings import alert, findings, rhythm
from training.data.undisputed import UndisputedStretch
from training.evaluation.alerts.scores.naming import displayed_names, name_record, naming
from training.evaluation.alerts.scores.proportions import resample_records

VF, VT = "ventricular_fibrillation", "ventricular_tachycardia"


def stretch(kind: str, start_s: float, stop_s: float) -> UndisputedStretch:
    return UndisputedStretch("rec", start_s, stop_s, kind, "")


def test_a_second_has_the_name_of_the_alert_displayed_throughout_it() -> None:
    names = displayed_names(findings(alert(VT, 0, 2.5, 6), alert(VF, 3, 4, 5.5), duration_s=7.9))
    assert names.tolist() == ["", "", "", "VT", "VF", "VT", ""]


def test_seconds_without_an_alert_are_not_named() -> None:
    found = findings(alert(VF, 8, 10, 20), alert(VT, 28, 30, 40), alert(VF, 39, 40, 50))
    row = name_record(found, [], [stretch("VF", 0, 20), stretch("VT", 30, 50)]).undisputed
    assert (row.alerted_s, row.right_s) == ({"VF": 10, "VT": 20}, {"VF": 10, "VT": 10})
    assert row.accuracy == pytest.approx(0.75)


def test_a_patient_with_one_kind_has_the_share_of_this_kind() -> None:
    found = findings(alert(VF, 8, 10, 14), alert(VT, 14, 14, 20))
    assert name_record(found, [], [stretch("VF", 0, 20)]).undisputed.accuracy == pytest.approx(0.4)


def test_the_mean_is_over_patients_with_an_alert() -> None:
    right = name_record(findings(alert(VF, 0, 0, 100), name="a"), [], [stretch("VF", 0, 100)])
    wrong = name_record(findings(alert(VT, 0, 0, 10), name="b"), [], [stretch("VF", 0, 10)])
    without = name_record(findings(name="c"), [], [stretch("VF", 0, 10)])
    records = {"a": right, "b": wrong, "c": without}
    figures = naming(records, resample_records(list(records), 0))
    assert [row.record for row in figures.patients] == ["a", "b"]
    assert (figures.mean.value, figures.mean.low, figures.mean.high) == (0.5, 0.0, 1.0)


def test_fibrillation_is_counted_in_noise_and_asystole() -> None:
    rhythms = [rhythm("(NOISE", 10, 20), rhythm("(ASYS", 20, 30), rhythm("(N", 30, 300)]
    found = findings(alert(VF, 9, 12, 14), alert(VF, 15, 22, 27), alert(VT, 12, 15, 16), alert(VF, 30, 31, 32))
    figures = naming({"rec": name_record(found, rhythms, [])}, resample_records(["rec"], 0))
    assert (figures.noise_vf_alerts, figures.noise_hours) == (1, round(10 / 3600, 3))
    assert (figures.asystole_vf_s, figures.asystole_s, figures.asystole_vf.value) == (5, 10, 0.5)
    assert not figures.patients
    assert np.isnan(figures.mean.value)


def test_nothing_to_count_is_no_error() -> None:
    figures = naming({}, resample_records([], 0))
    assert (figures.asystole_s, figures.noise_vf_alerts) == (0, 0)
    assert np.isnan(figures.asystole_vf.value)

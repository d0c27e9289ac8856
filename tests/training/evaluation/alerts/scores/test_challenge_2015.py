"""The Challenge of 2015: which alerts make an alarm true, and its score."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.monitor_findings import alert, findings
from training.evaluation.alerts.findings import DetectedAlert
from training.evaluation.alerts.scores.challenge_2015 import (
    ALARMS_OF,
    Alarm,
    AlarmRow,
    alarm_row,
    score_alarms,
    score_of,
)
from training.evaluation.provenance import Scorer


def called(alarm: str, *alerts: DetectedAlert) -> bool:
    return alarm_row(Alarm("rec", alarm, True), findings(*alerts), Scorer("unseen")).called


def row(record: str, alarm: str, true: bool, codes: tuple[str, ...] = ()) -> AlarmRow:
    return AlarmRow(record, alarm, true, bool(codes), list(codes), [], "unseen", None)


@pytest.mark.parametrize(("alarm", "code"), [(alarm, code) for alarm, codes in ALARMS_OF.items() for code in codes])
def test_an_alert_of_its_kind_makes_an_alarm_true(alarm: str, code: str) -> None:
    assert called(alarm, alert(code, 291.0, 296.0))


@pytest.mark.parametrize(
    ("alarm", "code"),
    [
        ("Asystole", "pause"),
        ("Ventricular_Flutter_Fib", "ventricular_tachycardia"),
        ("Ventricular_Tachycardia", "ventricular_run"),
        ("Bradycardia", "tachycardia"),
        ("Tachycardia", "lead_off"),
    ],
)
def test_another_alert_does_not(alarm: str, code: str) -> None:
    assert not called(alarm, alert(code, 291.0, 296.0))


@pytest.mark.parametrize(
    ("onset_s", "raised_s", "ended_s", "stands"),
    [
        (10.0, 15.0, None, True),
        (10.0, 15.0, 290.0, True),
        (10.0, 15.0, 289.9, False),
        (296.0, 300.0, None, True),
        (296.0, 300.1, None, False),
        (280.0, 292.0, 288.0, True),
    ],
)
def test_the_alert_must_be_displayed_in_the_last_ten_seconds(
    onset_s: float, raised_s: float, ended_s: float | None, stands: bool
) -> None:
    assert called("Asystole", alert("asystole", onset_s, raised_s, ended_s)) == stands


def test_golden_figures() -> None:
    rows = [
        *[row(f"a{n}", "Asystole", True, ("asystole",)) for n in range(8)],
        row("a8", "Asystole", True),
        *[row(f"a{n}", "Asystole", False, ("asystole",)) for n in range(9, 12)],
        *[row(f"b{n}", "Bradycardia", False, ("bradycardia",)) for n in range(2)],
        row("b2", "Bradycardia", True, ("extreme_bradycardia",)),
    ]
    found = score_alarms(rows, seed=0)
    asystole, bradycardia, every = found.types
    assert (asystole.tp, asystole.fp, asystole.fn, asystole.tn) == (8, 3, 1, 0)
    assert asystole.tpr.value == pytest.approx(8 / 9)
    assert asystole.score.value == pytest.approx(100 * 8 / (8 + 3 + 5))
    assert asystole.score_if_all_true == pytest.approx(100 * 9 / 12)
    assert (bradycardia.tp, bradycardia.fp) == (1, 2)
    assert (every.alarm, every.records, every.tp, every.fp) == ("all", 15, 9, 5)
    by_definition = {one.alarm: one for one in found.by_definition}
    assert (by_definition["Bradycardia"].tp, by_definition["Bradycardia"].tn) == (1, 2), "50/min is the ward's limit"
    assert by_definition["Asystole"] == asystole


@given(st.lists(st.tuples(st.sampled_from(sorted(ALARMS_OF)), st.booleans(), st.booleans()), min_size=1, max_size=30))
def test_types_add_up_and_the_order_does_not_matter(alarms: list[tuple[str, bool, bool]]) -> None:
    rows = [
        row(f"{n:02}", alarm, true, ALARMS_OF[alarm][:1] if own else ()) for n, (alarm, true, own) in enumerate(alarms)
    ]
    found = score_alarms(rows, seed=1)
    *types, every = found.types
    for name in ("records", "tp", "fp", "fn", "tn"):
        assert sum(getattr(one, name) for one in types) == getattr(every, name)
    assert every.records == len(rows) == every.tp + every.fp + every.fn + every.tn
    assert every.tp == sum(true and own for _, true, own in alarms)
    backwards = score_alarms(rows[::-1], seed=1)
    assert backwards.types[-1].score.value == every.score.value


@given(st.tuples(*[st.integers(0, 50)] * 4).filter(any))
def test_a_missed_alarm_never_pays(counts: tuple[int, int, int, int]) -> None:
    tp, fp, fn, tn = counts
    score = float(score_of(np.array(counts)))
    assert 0.0 <= score <= 100.0
    if fn:
        assert float(score_of(np.array([tp + 1, fp, fn - 1, tn]))) > score

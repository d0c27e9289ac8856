"""Which alerts a reference bears out."""

from itertools import accumulate

import pytest

from tests.support.monitor_findings import alert, rhythm
from training.evaluation.alerts.scores.reference_agreement import (
    ReferenceConditions,
    agrees_with_reference,
    reference_conditions,
)
from wardbeat.contracts.messages import Symbol
from wardbeat.ecg.reference import ReferenceBeat

FS = 100.0


def conditions(*beats: tuple[Symbol, float], atria: tuple[float, float] = (0.0, 0.0)) -> ReferenceConditions:
    """The conditions of a reference with these beats (class, RR interval in s) and fibrillation in an interval."""
    times = accumulate(rr for _, rr in beats)
    reference = [ReferenceBeat(round(t * FS), symbol) for t, (symbol, _) in zip(times, beats, strict=True)]
    return reference_conditions(reference, [rhythm("(AFIB", *atria)], FS)


def equal(symbol: Symbol, rr_s: float, n: int) -> list[tuple[Symbol, float]]:
    """Beats of one class and one RR interval."""
    return [(symbol, rr_s)] * n


SLOW_FAST: ReferenceConditions = conditions(*equal("N", 0.8, 50), *equal("N", 0.45, 60), *equal("N", 0.8, 20))


@pytest.mark.parametrize(
    ("raised_s", "code", "true"),
    [
        (49.0, "tachycardia", True),
        (49.0, "extreme_tachycardia", False),
        (49.0, "bradycardia", False),
        (30.0, "tachycardia", False),
    ],
)
def test_a_tachycardia_alert_is_true_if_the_reference_is_fast(raised_s: float, code: str, true: bool) -> None:
    assert agrees_with_reference(alert(code, raised_s - 8, raised_s), SLOW_FAST) == true


def test_asystole_holds_while_it_lasts() -> None:
    paused = conditions(*equal("N", 0.8, 50), ("N", 6.0), ("N", 0.8))
    assert agrees_with_reference(alert("asystole", 40.0, 44.4), paused)
    assert agrees_with_reference(alert("pause", 40.0, 43.4), paused)
    assert not agrees_with_reference(alert("asystole", 20.0, 24.0), paused)


def test_runs_rhythms_and_anomalies() -> None:
    ectopic = conditions(*equal("N", 0.8, 50), *equal("V", 0.5, 3), *equal("N", 0.8, 9), atria=(100.0, 200.0))
    assert agrees_with_reference(alert("ventricular_run", 40.5, 42.0), ectopic)
    assert not agrees_with_reference(alert("ventricular_tachycardia", 40.5, 42.0), ectopic)
    assert agrees_with_reference(alert("anomaly", 35.0, 50.0), ectopic)
    assert not agrees_with_reference(alert("anomaly", 10.0, 20.0), ectopic)
    assert agrees_with_reference(alert("atrial_fibrillation", 101.0, 161.0), ectopic)
    assert not agrees_with_reference(alert("atrial_fibrillation", 5.0, 65.0), ectopic)

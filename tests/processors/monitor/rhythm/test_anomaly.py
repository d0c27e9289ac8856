"""Anomaly: enough abnormal windows, above the patient's baseline, that no rule explains."""

from processors.monitor.rhythm.anomaly import abnormal_above
from processors.monitor.rhythm.conditions import FS_HZ, RhythmLimits
from processors.monitor.rhythm.rhythm import Rhythm
from tests.support.scripted_hearts import run_rules, scripted_heart


def windows(p: list[float], first_s: float = 5.0) -> list[tuple[float, float]]:
    return [(first_s + 5 * n, value) for n, value in enumerate(p)]


def test_anomaly_needs_four_of_six_windows() -> None:
    quiet = scripted_heart("N" * 300, 0.8, first_s=2)
    baseline = [0.1] * 20
    assert run_rules(quiet, windows=windows([*baseline, 0.9, 0.9, 0.9, *baseline])).codes() == set()
    run = run_rules(quiet, windows=windows([*baseline, 0.9, 0.9, 0.1, 0.9, 0.9, *baseline]))
    assert run.codes() == {"anomaly"}
    assert run.first("anomaly").onset == 100 * FS_HZ
    assert len(run.raised("anomaly")) == 1


def test_windows_at_the_patients_baseline_are_no_anomaly() -> None:
    assert run_rules(scripted_heart("N" * 300, 0.8, first_s=2), windows=windows([0.7] * 40)).codes() == set()


def test_the_threshold_rises_with_the_baseline_and_is_never_below_the_bundles() -> None:
    rhythm, limits = Rhythm(), RhythmLimits(anomaly_p=0.84, anomaly_over_baseline=0.25)
    found = []
    for n, p in enumerate([0.1, 0.7, 0.7, 0.9]):
        rhythm.add_window(1250 * (n + 1), p)
        found.append(round(abnormal_above(rhythm, limits), 3))
    assert found == [0.84, 0.84, 0.95, 0.95]


def test_a_signal_that_a_rule_explains_is_no_anomaly() -> None:
    run = run_rules(
        scripted_heart("N" * 60, 0.8, first_s=2).then("N" * 200, 0.4), windows=windows([0.1] * 10 + [0.9] * 8)
    )
    assert "anomaly" not in run.codes()


def test_an_anomaly_does_not_outlast_the_windows() -> None:
    run = run_rules(scripted_heart("N" * 300, 0.8, first_s=2), windows=windows([0.1] * 20 + [0.9] * 6))
    (stretch,) = run.holds_s("anomaly")
    assert stretch[1] < 130 + 20


def test_windows_from_before_a_gap_do_not_count() -> None:
    limits = RhythmLimits()
    for gap_s, codes in ((15, {"anomaly"}), (16, set())):
        rhythm = Rhythm()
        for n in range(40):
            gap = gap_s * 250 if n > 37 else 0
            rhythm.add_window(1250 * (n + 1) + gap, 0.9 if n >= 34 else 0.1)
        assert rhythm.conditions(1250 * 40 + gap_s * 250, limits).keys() == codes

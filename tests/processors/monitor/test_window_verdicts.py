"""The verdict on a window: the detector's, unless a condition or an unreadable signal decides."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.monitor.patient_monitor import PatientMonitor
from processors.monitor.rhythm.conditions import FS_HZ, Condition, RhythmLimits
from processors.monitor.rhythm.rhythm import Rhythm
from processors.monitor.signal_path import WindowReady
from processors.monitor.window_verdicts import (
    DECIDED_WITHIN_S,
    KEPT,
    TYPICAL_FROM,
    RecentSecond,
    Thresholds,
    WindowHistory,
    patient_threshold,
    verdict_of,
)
from tests.support.monitor_runs import run_monitor, varied_rhythm_chunks
from tests.support.shipped_qrs import shipped_qrs
from wardbeat.contracts.alert_codes import CODES
from wardbeat.contracts.messages import Status, Window
from wardbeat.ecg.features.windows import WindowView

THRESHOLDS: Thresholds = (0.8, 0.9)
DECISIVE = sorted(code for code, one in CODES.items() if one.kind == "physiological" and one.priority != "low")
OTHERS = sorted(CODES.keys() - DECISIVE)


def window(end_s: float, valid_fraction: float = 1.0) -> WindowReady:
    end = round(end_s * FS_HZ)
    signal = np.zeros((625, 2), np.float32)
    view = WindowView(signal, signal, signal[:, :1], np.ones(2, np.float32))
    return WindowReady(end + 200, end - 5 * FS_HZ, end, view, valid_fraction)


def history(qualities: dict[int, tuple[float, bool]]) -> WindowHistory:
    """Seconds with their quality, and whether they are readable, by their end in seconds."""
    kept = WindowHistory()
    for end_s, (quality, readable) in qualities.items():
        kept.add_second(RecentSecond(end_s * FS_HZ, quality, readable))
    return kept


def condition(code: str, onset_s: float) -> dict[str, Condition]:
    return {code: Condition(code, round(onset_s * FS_HZ), "a rule", 1, 1, "")}


CLEAN = dict.fromkeys(range(1, 13), (0.9, True))


@pytest.mark.parametrize(
    ("p_abnormal", "verdict"),
    [(0.0, "normal"), (0.8, "normal"), (0.81, "typical"), (0.9, "typical"), (0.91, "abnormal")],
)
def test_the_detector_decides_by_the_bundles_and_the_patients_threshold(p_abnormal: float, verdict: str) -> None:
    assert history(CLEAN).judge(window(10), p_abnormal, THRESHOLDS).verdict == verdict


@given(st.floats(0, 1), st.sampled_from(DECISIVE), st.booleans())
def test_an_urgent_condition_is_abnormal_whatever_the_detector_says(p: float, code: str, readable: bool) -> None:
    """The detector sees nothing in a standstill: its probability is that of a normal window."""
    assert verdict_of(p, THRESHOLDS, ("pvc_rate", code), readable) == "abnormal"


@given(st.floats(0, 1), st.lists(st.sampled_from(OTHERS)))
def test_conditions_of_low_priority_and_technical_ones_leave_the_decision_to_the_detector(
    p: float, codes: list[str]
) -> None:
    assert verdict_of(p, THRESHOLDS, codes, True) == verdict_of(p, THRESHOLDS, (), True)
    assert verdict_of(p, THRESHOLDS, codes, False) == "unreadable"


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 0.5))
def test_no_unreadable_window_is_called_normal(p: float, bundle: float, above: float) -> None:
    assert verdict_of(p, (bundle, bundle + above), (), False) == "unreadable"


@pytest.mark.parametrize(("unreadable_s", "verdict"), [((), "normal"), ((8,), "normal"), ((7, 8), "unreadable")])
def test_two_noisy_seconds_make_a_window_unreadable(unreadable_s: tuple[int, ...], verdict: str) -> None:
    seconds = CLEAN | dict.fromkeys(unreadable_s, (0.1, False))
    assert history(seconds).judge(window(10), 0.1, THRESHOLDS).verdict == verdict
    assert history(seconds).judge(window(5), 0.1, THRESHOLDS).verdict == "normal", "another window"


@pytest.mark.parametrize(("valid_fraction", "verdict"), [(0.0, "unreadable"), (0.79, "unreadable"), (0.8, "normal")])
def test_a_window_with_missing_signal_is_unreadable(valid_fraction: float, verdict: str) -> None:
    assert history(CLEAN).judge(window(10, valid_fraction), 0.0, THRESHOLDS).verdict == verdict


def test_the_quality_is_the_mean_of_the_windows_five_seconds() -> None:
    seconds = CLEAN | {5: (0.0, True), 6: (0.4, True), 11: (0.0, True)}
    assert history(seconds).judge(window(10), 0.0, THRESHOLDS).quality == 0.8
    assert WindowHistory().judge(window(10), 0.0, THRESHOLDS).quality is None, "as after an upgrade"


def test_a_condition_counts_in_every_window_that_it_touches() -> None:
    kept = history(CLEAN)
    for second in range(12, 17):
        kept.add_conditions(second * FS_HZ, condition("pause", 9.5) | condition("couplet", 11))
    found = {end_s: kept.judge(window(end_s), 0.0, THRESHOLDS).conditions for end_s in (5, 10, 15, 20, 25)}
    both = ("pause", "couplet")
    assert found == {5: (), 10: ("pause",), 15: both, 20: both, 25: ()}


def test_two_episodes_of_a_condition_are_apart() -> None:
    kept = history(CLEAN)
    kept.add_conditions(round(4.9 * FS_HZ), condition("pause", 2))
    kept.add_conditions(round(11.5 * FS_HZ), condition("pause", 10.5))
    assert [kept.judge(window(end_s), 0.0, THRESHOLDS).verdict for end_s in (5, 10, 15)] == [
        "abnormal", "normal", "abnormal",
    ]  # fmt: skip


def test_conditions_are_named_by_priority_and_urgency() -> None:
    kept = history(CLEAN)
    codes = ("lead_off", "pvc_rate", "asystole", "noisy_signal", "pause", "ventricular_tachycardia")
    kept.add_conditions(8 * FS_HZ, {code: Condition(code, 7 * FS_HZ, "", 1, 1, "") for code in codes})
    assert kept.judge(window(10), 0.0, THRESHOLDS).conditions == (
        "asystole", "ventricular_tachycardia", "pause", "lead_off", "pvc_rate", "noisy_signal",
    )  # fmt: skip


def test_what_no_window_needs_any_more_is_dropped() -> None:
    kept = WindowHistory()
    for second in range(1, 100):
        kept.add_second(RecentSecond(second * FS_HZ, 0.9, True))
        kept.add_conditions(second * FS_HZ, condition("couplet", second))
    assert len(kept.seconds) <= KEPT // FS_HZ
    assert len(kept.held) <= KEPT // FS_HZ
    kept.add_conditions(200 * FS_HZ, {})
    assert kept.held == []


def test_the_patients_threshold_is_above_the_baseline_and_never_below_the_bundles() -> None:
    rhythm, limits = Rhythm(), RhythmLimits(anomaly_p=0.84, anomaly_over_baseline=0.25)
    assert patient_threshold(rhythm, limits) == 0.84
    for n in range(TYPICAL_FROM - 1):
        rhythm.add_window(n, 0.7)
    assert patient_threshold(rhythm, limits) == 0.84, "two minutes are no baseline yet"
    rhythm.add_window(TYPICAL_FROM, 0.7)
    assert patient_threshold(rhythm, limits) == 0.95
    for n in range(2 * TYPICAL_FROM):
        rhythm.add_window(n, 0.99)
    assert patient_threshold(rhythm, limits) == 1.0


def test_a_monitor_judges_each_window_once_and_shows_the_newest_in_its_status() -> None:
    outputs = run_monitor(PatientMonitor("bed", shipped_qrs()), varied_rhythm_chunks())
    windows = [output for output in outputs if isinstance(output, Window)]
    assert [one.start_sample for one in windows] == [1800 * n for n in range(16)]
    assert len({one.window_id for one in windows}) == 16
    for one in windows:
        assert one.acquired_ns == pytest.approx(10**18 + one.end_sample / 360 * 1e9, abs=1e7)
        assert (one.fs, one.admission_id, one.quality is not None) == (360.0, None, True)
        assert one.p_threshold <= one.p_threshold_patient
    # The scenario: sinus 34 s, bigeminy 14 s, ventricular tachycardia 12 s, standstill 8 s, fibrillating atria.
    by_end_s = {one.end_sample // 360: one for one in windows}
    assert (by_end_s[20].verdict, by_end_s[20].rhythm, by_end_s[20].conditions) == ("normal", "(N", ())
    assert (by_end_s[40].verdict, by_end_s[40].rhythm, by_end_s[40].conditions) == ("normal", "(B", ("bigeminy",))
    assert (by_end_s[65].verdict, by_end_s[65].conditions[0]) == ("abnormal", "asystole")
    assert by_end_s[80].rhythm == "(AFIB"

    seen: Window | None = None
    for output in outputs:
        if isinstance(output, Window):
            assert seen is None or output.end_sample > seen.end_sample
            seen = output
        elif isinstance(output, Status):
            assert output.window == seen
            assert seen is None or output.sample - seen.end_sample < (5 + DECIDED_WITHIN_S + 1) * 360

"""Anomaly: most of the last windows are abnormal, more than is typical for the patient, and no rule explains why."""

from models.inputs import WINDOW_S
from processors.monitor.rhythm.conditions import FS_HZ, Condition, RhythmLimits
from processors.monitor.rhythm.rhythm_state import RhythmState

WINDOW_MEMORY = 120
"""Ten minutes of windows: the patient's baseline is the median of their probabilities."""
WINDOWS_MISSING_S = 10
"""The signal that the last windows cover may have gaps of up to 10 s in total."""


def anomaly_conditions(state: RhythmState, k: int, limits: RhythmLimits) -> list[Condition]:
    """``anomaly`` at sample ``k``, unless another rule explained the signal within the windows that count."""
    covered = WINDOW_S * limits.anomaly_of * FS_HZ
    if len(state.p_abnormal) < limits.anomaly_of or k - state.explained_k < covered:
        return []
    recent = state.p_abnormal[-limits.anomaly_of :]
    if k - recent[0][0] > covered + WINDOWS_MISSING_S * FS_HZ:
        return []
    threshold = abnormal_above(state, limits)
    abnormal = [end for end, p in recent if p > threshold]
    if len(abnormal) < limits.anomaly_windows:
        return []
    onset = state.onset_of("anomaly", abnormal[0] - WINDOW_S * FS_HZ)
    rule = f"windows over {threshold:.2f} of the last {limits.anomaly_of}"
    return [Condition("anomaly", onset, rule, len(abnormal), limits.anomaly_windows, "windows")]


def abnormal_above(state: RhythmState, limits: RhythmLimits) -> float:
    """The probability above which a window is abnormal for this patient now."""
    return max(limits.anomaly_p, state.baseline_p + limits.anomaly_over_baseline)

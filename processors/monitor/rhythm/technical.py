"""Technical conditions: no usable lead, and a signal that is too noisy for the rules."""

from processors.monitor.rhythm.conditions import FS_HZ, Condition, RhythmLimits, SecondSummary
from processors.monitor.rhythm.rhythm_state import RhythmState
from processors.monitor.rhythm.unreadable import BLIND_S

TECHNICAL_CODES = ("lead_off", "noisy_signal")
"""The conditions of this module. They explain no rhythm, so windows may be abnormal beside them."""
AFFECTED_BY_NOISE = (
    "bradycardia", "tachycardia", "extreme_bradycardia", "extreme_tachycardia", "pause", "ventricular_rhythm",
    "ventricular_run", "couplet", "bigeminy", "trigeminy", "pvc_rate", "supraventricular_run", "anomaly",
)  # fmt: skip
"""The conditions that do not begin in noise: false beats and misclassified beats would cause every one of them."""

WITHOUT_READABLE_BEATS = ("asystole", "ventricular_fibrillation", "ventricular_tachycardia")
"""In these rhythms a beat may be unreadable without any noise."""


def technical_conditions(state: RhythmState, others: list[Condition], limits: RhythmLimits) -> list[Condition]:
    """``lead_off`` or ``noisy_signal`` at the newest second, given the ``others`` that hold."""
    second = state.second
    if second is None:
        return []
    back_s = (second.k - second.leads_usable_since) / FS_HZ
    if back_s < (limits.lead_back_s if "lead_off" in state.holding else 0):  # a loose contact is one episode
        onset = state.onset_of("lead_off", second.k - FS_HZ)
        return [Condition("lead_off", max(onset, 0), "leads with a signal", 0, 1, "leads")]
    if state.noisy_seconds >= (2 if "noisy_signal" in state.holding else limits.noisy_s):
        onset = state.onset_of("noisy_signal", second.k - state.noisy_seconds * FS_HZ)
        return [_noise(second, max(onset, 0), limits)]
    blind_s = state.unreadable.blind_s(second.k)
    if blind_s > BLIND_S and not any(other.code in WITHOUT_READABLE_BEATS for other in others):
        onset = state.onset_of("noisy_signal", state.unreadable.first_r)
        return [Condition("noisy_signal", onset, "time without readable beats", round(blind_s, 1), BLIND_S, "s")]
    return []


def is_noisy(state: RhythmState, second: SecondSummary, limits: RhythmLimits) -> bool:
    """Whether a second is noisy.

    It is while a lead is usable and one of these holds: the QRS network is uncertain and the beats differ from each
    other in a signal that moves; all leads have high-frequency noise; the best lead has a low quality.
    """
    off = second.leads_usable_since > second.k
    most_uncertain = limits.clear_uncertainty if "noisy_signal" in state.holding else limits.noisy_uncertainty
    beats_differ = second.beat_similarity < limits.noisy_similarity and second.activity_mv > limits.flat_mv
    uncertain = second.qrs_uncertainty >= most_uncertain and beats_differ
    return not off and (uncertain or second.high_frequency_noise or second.quality < limits.noisy_quality)


def count_noisy_seconds(noisy_seconds: int, noisy: bool, limits: RhythmLimits) -> int:
    """The count of noisy seconds with one more second: up by 1 if it is noisy, else down by 2."""
    return min(noisy_seconds + 1, limits.noisy_s + 2) if noisy else max(noisy_seconds - 2, 0)


def _noise(second: SecondSummary, onset: int, limits: RhythmLimits) -> Condition:
    if second.high_frequency_noise:
        return Condition("noisy_signal", onset, "leads without hum or muscle noise", 0, 1, "leads")
    if second.quality < limits.noisy_quality:
        value = round(second.quality, 2)
        return Condition("noisy_signal", onset, "quality of the best lead", value, limits.noisy_quality, "")
    value = round(second.qrs_uncertainty, 2)
    return Condition("noisy_signal", onset, "doubt about each beat", value, limits.noisy_uncertainty, "")

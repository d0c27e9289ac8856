"""Asystole and pause: no QRS complex for some seconds, although at least one lead would show one."""

from processors.monitor.rhythm.conditions import FS_HZ, Condition, RhythmLimits
from processors.monitor.rhythm.rhythm_state import RhythmState

DETECTED_AFTER = 50
"""50 samples (0.2 s): a standstill counts from so much later while the newest signal may hold a QRS complex, because
the detector reports a beat 0.45 s (median) after its R peak. Without this a pause of 3.8 s in mitdb 201 is asystole."""
WITHOUT_QRS = ("ventricular_fibrillation", "ventricular_tachycardia")
"""In these rhythms the detector may find no QRS complex although the ventricles do not stand still."""


def standstill_conditions(state: RhythmState, others: list[Condition], limits: RhythmLimits) -> list[Condition]:
    """Asystole and pause at the newest second or later, given the ``others`` that hold.

    Where the signal moves without a QRS complex, the rule waits ``RhythmLimits.active_s`` longer. Noise or a
    ventricular tachycardia or fibrillation explains such a signal; then there is no standstill.
    """
    second = state.second
    if second is None or second.flat or second.leads_usable_since > second.k:
        return []
    since, silence_s = time_without_qrs(state)
    if silence_s < min(limits.asystole_s, limits.pause_s):
        return _pause_just_ended(state, second.k, limits)
    if second.activity_mv > limits.flat_mv and "asystole" not in state.holding:
        silence_s -= limits.active_s
        explained = state.noisy_seconds > 0 or any(other.code in WITHOUT_QRS for other in others)
        if explained or silence_s < min(limits.asystole_s, limits.pause_s):
            return _pause_just_ended(state, second.k, limits)
    return [
        Condition(code, since, "time without a QRS complex", round(silence_s, 2), limit, "s")
        for code, limit in (("asystole", limits.asystole_s), ("pause", limits.pause_s))
        if silence_s >= limit
    ]


def time_without_qrs(state: RhythmState) -> tuple[int, float]:
    """The sample since which there is no QRS complex although a lead would show one, and the seconds since then.

    What came before the end of noise is void: a beat could not be read there.
    """
    second = state.second
    if second is None:
        return 0, 0.0
    readable_since = max(second.leads_usable_since, state.unreadable.silence_from)
    since = max(second.last_r, readable_since)
    detected_after = DETECTED_AFTER if second.possible_qrs else 0
    silent = second.k - max(second.last_r + detected_after, readable_since)
    return since, max(silent, 0) / FS_HZ


def _pause_just_ended(state: RhythmState, k: int, limits: RhythmLimits) -> list[Condition]:
    """A pause holds until the beat that ended it has its class and the next beat has come."""
    last = state.beats[-1] if state.beats else None
    pause = state.holding.get("pause")
    if pause and (last is None or last.r <= pause.onset):
        return [pause]
    if last and last.rr and last.rr >= limits.pause_s * FS_HZ > k - last.r:
        seconds = round(last.rr / FS_HZ, 2)
        return [Condition("pause", last.r - last.rr, "interval between two beats", seconds, limits.pause_s, "s")]
    return []

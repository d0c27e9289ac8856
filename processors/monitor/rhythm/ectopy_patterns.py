"""Patterns of ectopic beats: bigeminy, trigeminy, many ventricular beats in a minute, supraventricular runs."""

from itertools import pairwise

from processors.monitor.rhythm.beat_intervals import in_learning_time, known_intervals, mean_bpm, starts_run
from processors.monitor.rhythm.conditions import FS_HZ, Condition, RhythmBeat, RhythmLimits
from processors.monitor.rhythm.rhythm_state import RhythmState


def periodic_conditions(state: RhythmState, k: int, limits: RhythmLimits) -> list[Condition]:
    """Bigeminy and trigeminy at sample ``k``."""
    summary = state.beat_summary
    if not (summary.bigeminy or summary.trigeminy) or not state.beats_are_current(k, limits):
        return []
    found = []
    for code, period, length in (("bigeminy", 2, summary.bigeminy), ("trigeminy", 3, summary.trigeminy)):
        if length >= period * limits.cycles:
            onset = state.onset_of(code, state.beats[-length].r)
            rule = f"cycles of {period - 1} other and one ventricular beat"
            found.append(Condition(code, onset, rule, length // period, limits.cycles, "cycles"))
    return found


def periodic_length(beats: list[RhythmBeat], period: int, limits: RhythmLimits) -> int:
    """How many of the newest beats make a pattern in which exactly every ``period``-th beat is ventricular.

    The pattern goes back to a gap, a pause or the end of the learning time at the most.
    """
    symbols = [beat.symbol for beat in reversed(beats[-period:])]
    if "V" not in symbols:
        return 0
    phase = symbols.index("V")
    length = 0
    for beat in reversed(beats):
        if (beat.symbol == "V") != (length % period == phase) or in_learning_time(beat, limits):
            break
        length += 1
        if starts_run(beat, limits):
            break
    return length


def pvc_rate_conditions(state: RhythmState, k: int, limits: RhythmLimits) -> list[Condition]:
    """Too many ventricular beats in the minute up to sample ``k``."""
    while state.v_peaks and state.v_peaks[0] <= k - 60 * FS_HZ:
        del state.v_peaks[0]
    readable_since = max(state.unreadable.last_r, state.unreadable.void_until)
    if state.v_peaks and "pvc_rate" in state.holding and k - readable_since < 60 * FS_HZ:
        return [state.holding["pvc_rate"]]  # the minute is not all readable, so its count is no reason to end
    count = len(state.v_peaks)
    if count <= limits.pvc_per_minute - (limits.pvc_hysteresis if "pvc_rate" in state.holding else 0):
        return []
    onset = state.onset_of("pvc_rate", state.v_peaks[0])
    return [Condition("pvc_rate", onset, "ventricular beats in a minute", count, limits.pvc_per_minute, "/min")]


def supraventricular_conditions(state: RhythmState, k: int, limits: RhythmLimits) -> list[Condition]:
    """A fast run of supraventricular beats at sample ``k``."""
    run = state.beat_summary.supraventricular_run
    if run < limits.supraventricular_run_beats or not state.beats_are_current(k, limits):
        return []
    fast = mean_bpm(state.beats[1 - run :]) > limits.supraventricular_run_bpm
    if "supraventricular_run" not in state.holding and not (fast and _begins_suddenly(state.beats, run, limits)):
        return []
    onset = state.onset_of("supraventricular_run", state.beats[-run].r)
    rule = "supraventricular beats in a row"
    return [Condition("supraventricular_run", onset, rule, run, limits.supraventricular_run_beats, "beats")]


def _begins_suddenly(beats: list[RhythmBeat], run: int, limits: RhythmLimits) -> bool:
    """Whether the heart is suddenly faster from the first beat of a run on, or from the beat before it."""
    first = len(beats) - run
    intervals = known_intervals(beats[max(0, first - 2) : first + 1])
    if len(intervals) < 3:
        return True  # the intervals before the run are unknown
    return any(rr <= limits.supraventricular_run_step * before for before, rr in pairwise(intervals))
